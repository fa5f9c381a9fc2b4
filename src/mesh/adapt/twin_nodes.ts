/**
 * Nodes of a periodic mesh that are one place, after cells were halved or merged.
 *
 * @module
 */
import type { Twins } from "../twins.ts";
import type { Refinement } from "./refine.ts";

/** The midpoints of edges that are one place are one place, too. */
export function refinedTwins(
  twins: Twins,
  nodeCount: number,
  { births, middles }: Refinement,
): Twins {
  const out = new Map<string, Int32Array>();
  for (const [name, pairs] of twins) {
    const all = Array.from(pairs), partner = new Map<number, number>();
    for (let i = 0; i < pairs.length; i += 2) partner.set(pairs[i], pairs[i + 1]);
    for (let i = 0; i < births.length; i += 2) {
      const a = partner.get(births[i]), b = partner.get(births[i + 1]);
      const twin = a === undefined || b === undefined ? -1 : middles.find(a, b);
      if (twin < 0) continue;
      const node = nodeCount + i / 2;
      partner.set(node, twin);
      all.push(node, twin);
    }
    out.set(name, Int32Array.from(all));
  }
  return out;
}

/** The pairs of nodes that stay, by their new ids. */
export function keptTwins(twins: Twins, nodeCount: number, kept: Int32Array): Twins {
  const ids = new Int32Array(nodeCount).fill(-1);
  kept.forEach((node, id) => ids[node] = id);
  const out = new Map<string, Int32Array>();
  for (const [name, pairs] of twins) {
    const all: number[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      if (ids[pairs[i]] >= 0) all.push(ids[pairs[i]], ids[pairs[i + 1]]);
    }
    out.set(name, Int32Array.from(all));
  }
  return out;
}
