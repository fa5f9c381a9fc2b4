/**
 * Transfers fields to a changed mesh, on all ranks.
 *
 * @module
 */
import { takeRows } from "../../arrays.ts";
import { onFirst } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import type { FieldStore } from "../field_store.ts";
import { gatherThings, toFirst } from "../gather_whole.ts";
import type { Topology } from "../topology.ts";
import type { Step } from "./change.ts";
import { coarsenedValues } from "./transfer_coarsen.ts";
import { refinedValues } from "./transfer_refine.ts";

/**
 * Computes the values of all variables that have any, on the mesh after a change. The first rank transfers one whole
 * field after the other, so that the result does not depend on the number of ranks. Collective.
 *
 * @param steps on the first rank: what changed; empty on others.
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
    const values = valuesOnFirst(store, before, comm);
    const changed = onFirst(
      comm,
      () =>
        steps.reduce(
          (values, step) =>
            step.kind === "refine"
              ? refinedValues(step, store.kind, values)
              : coarsenedValues(step, store.kind, values),
          values,
        ),
    );
    out.set(store, shareOf(store, changed, after, comm));
  });
  return out;
}

/** The values of all ranks on the first one; on one rank the values themselves. Collective. */
function valuesOnFirst(
  { kind, data }: FieldStore,
  { rankMesh }: Topology,
  comm: Comm,
): Float64Array {
  if (rankMesh === null) return data!;
  const { components } = kind, dofs = rankMesh.dofs(kind.degree, kind.continuous);
  const own = data?.slice(0, dofs.owned * components) ??
    new Float64Array(dofs.owned * components);
  return gatherThings(dofs, own, components, toFirst(comm));
}

/** This rank's rows, owned ones and ghosts, of what the first rank has. Collective. */
function shareOf(
  { kind }: FieldStore,
  values: Float64Array | null,
  { rankMesh }: Topology,
  comm: Comm,
): Float64Array {
  if (rankMesh === null) return values!;
  const { ids } = rankMesh.dofs(kind.degree, kind.continuous), { components } = kind;
  const none = new Int32Array(0);
  const asked = comm.alltoallv(Array.from({ length: comm.size }, (_, r) => (r === 0 ? ids : none)));
  const answers = comm.alltoallv(asked.map((list) => {
    const rows = new Float64Array(list.length * components);
    if (values !== null) takeRows(values, list, components, rows);
    return rows;
  }));
  return answers[0];
}
