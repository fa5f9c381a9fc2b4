/**
 * Transfers fields to a changed mesh, on all ranks.
 *
 * @module
 */
import { takeRows } from "../../arrays.ts";
import type { Comm } from "../../comm/comm.ts";
import type { FieldStore } from "../field_store.ts";
import { gatherRows } from "../halo.ts";
import type { Topology } from "../topology.ts";
import type { Step } from "./change.ts";
import { coarsenedValues } from "./transfer_coarsen.ts";
import { refinedValues } from "./transfer_refine.ts";

/**
 * Computes the values of all variables that have any, on the mesh after a change. The ranks combine
 * their owned values and transfer the whole field, so that the result does not depend on the number
 * of ranks. Collective.
 *
 * @param before this rank's topology; `after` is the topology it will have.
 */
export function followed(
  stores: Iterable<FieldStore>,
  steps: readonly Step[],
  before: Topology,
  after: Topology,
  comm: Comm,
): Map<FieldStore, Float64Array> {
  const out = new Map<FieldStore, Float64Array>();
  const all = [...stores];
  if (all.length === 0) return out;
  const here = Float64Array.from(all, ({ data }) => (data === null ? 0 : 1));
  const anywhere = comm.size === 1 ? here : comm.allreduce(here, "max");
  all.forEach((store, i) => {
    if (anywhere[i] === 0) return;
    let values = wholeValues(store, before, comm);
    for (const step of steps) {
      values = step.kind === "refine"
        ? refinedValues(step, store.kind, values)
        : coarsenedValues(step, store.kind, values);
    }
    out.set(store, shareOf(store, values, after));
  });
  return out;
}

function wholeValues({ kind, data }: FieldStore, { rankMesh }: Topology, comm: Comm): Float64Array {
  if (rankMesh === null) return data!;
  const numbering = rankMesh.dofs(kind.degree, kind.continuous);
  const own = data ?? new Float64Array(numbering.count * kind.components);
  return gatherRows(numbering, own, kind.components, comm);
}

/** This rank's rows: owned rows, then ghosts. */
function shareOf({ kind }: FieldStore, values: Float64Array, { rankMesh }: Topology): Float64Array {
  if (rankMesh === null) return values;
  const { ids } = rankMesh.dofs(kind.degree, kind.continuous), { components } = kind;
  const out = new Float64Array(ids.length * components);
  takeRows(values, ids, components, out);
  return out;
}
