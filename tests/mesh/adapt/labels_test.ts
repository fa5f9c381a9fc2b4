import { assertEquals } from "@std/assert";
import { firstLabels, labelRules, noLabel } from "../../../src/mesh/adapt/labels.ts";
import { refineCells } from "../../../src/mesh/adapt/refine.ts";
import { meshOf } from "./_meshes.ts";

Deno.test("3 labels in 2-D and 66 in 3-D are in use, and halves tell the label of their cell", () => {
  for (const [dim, expected] of [[2, 3], [3, 66]] as const) {
    const { count, ends, halves, parentOf } = labelRules(dim);
    let used = 0;
    for (let label = 0; label < count; label++) {
      if (halves[2 * label] === noLabel) continue;
      used++;
      const both = [halves[2 * label], halves[2 * label + 1]];
      for (const half of both) assertEquals(halves[2 * half] !== noLabel, true);
      assertEquals(parentOf(ends[2 * label], ends[2 * label + 1], both[0], both[1]), label);
      assertEquals(parentOf(ends[2 * label + 1], ends[2 * label], both[0], both[1]), label);
    }
    assertEquals(used, expected);
  }
});

Deno.test("a tetrahedron is halved as in the paper: from type A, O or M to P, P with a flag, and A", () => {
  const { count, halves } = labelRules(3);
  // A label without a flag gets one in its halves exactly where its edges lie in one plane.
  const kind = (label: number) =>
    (label & 1) === 1 ? "Pf" : (halves[2 * label] & 1) === 1 ? "Pu" : "A, O or M";
  const after = new Map([["Pf", "A, O or M"], ["Pu", "Pf"], ["A, O or M", "Pu"]]);
  for (let label = 0; label < count; label++) {
    if (halves[2 * label] === noLabel) continue;
    for (const side of [0, 1]) assertEquals(kind(halves[2 * label + side]), after.get(kind(label)));
  }
});

Deno.test("first labels are legal, and cells agree on the faces that they share", () => {
  for (const name of ["hexagons", "channel", "kuhn", "shell"]) {
    const { geometry: { topology, coordinates } } = meshOf(name);
    const { dim, cells, cellCount, nodeCount } = topology;
    const labels = firstLabels(dim, cells, coordinates);
    const { halves } = labelRules(dim);
    assertEquals(labels.every((label) => halves[2 * label] !== noLabel), true);
    // Every cell halved dim times: 2^dim parts of each, with no need for more on shared faces.
    const levels = new Uint8Array(cellCount), wants = new Uint8Array(cellCount).fill(dim);
    const { labels: after } = refineCells({ dim, nodeCount, cells, labels, levels }, wants);
    assertEquals(after.length, 2 ** dim * cellCount);
  }
});
