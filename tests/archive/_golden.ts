/** What the files in tests/data/snapshots hold. Frozen: never change it, or old files are tested against new data. @module */
import { allocate, arrayKinds, bytesOf } from "../../src/arrays.ts";
import type { SnapshotAttributes, SnapshotEntry } from "../../src/snapshot/contract.ts";

/** The attributes of `/metadata` in those files. */
export const goldenMetadata: SnapshotAttributes = {
  created_at: "2026-01-02T03:04:05.678Z",
  toolkit_version: "0.1.0",
  run_name: "golden",
  step: 42,
  sim_time: 0.1 + 0.2,
  dt: null,
  dim: 2,
  mesh_type: "box",
  coordinate_system: "cartesian",
  ranks_at_write: 1,
  mesh_names_json: '["Mesh_0"]',
  swarm_names_json: '["Swarm_0"]',
  bearer_classes_json: '{"history":"SymbolicDDt"}',
  variables_summary: "Mesh_0: T [300]",
};

const scalars: SnapshotAttributes = {
  schemaVersion: 1,
  nan: NaN,
  infinity: -Infinity,
  minusZero: -0,
  big: 2n ** 200n,
  small: -7n,
  yes: true,
  no: false,
  nothing: null,
  empty: "",
  nul: "a\0b",
  lone: "\ud800",
  scripts: "Ω 数値 שלום 🎉",
  checksum: "a name that the format uses itself",
};

const plain = (
  kind: SnapshotEntry["kind"],
  attributes: SnapshotAttributes,
  keys?: readonly string[],
): SnapshotEntry => ({
  kind,
  data: null,
  shape: [],
  attributes,
  ...(keys && { keys }),
});

/** The entries; `changed` is what `v1_changed` holds on top of `v1`. */
export function goldenEntries(changed = false): Map<string, SnapshotEntry> {
  const array = (
    data: SnapshotEntry["data"],
    shape: number[],
    attributes: SnapshotAttributes = {},
  ): SnapshotEntry => ({
    kind: "array",
    data,
    shape,
    attributes,
  });
  const field = Float64Array.from({ length: 300 }, (_, i) => i / 7 + (changed && i === 9 ? 1 : 0));
  const coordinates = Float64Array.from({ length: 600 }, (_, i) => i / 3);
  const entries = new Map<string, SnapshotEntry>([
    ["meshes", plain("group", {}, ["Mesh_0"])],
    ["meshes/Mesh_0", plain("group", { dim: 2, mesh_type: "box", geometry_version: 1 })],
    ["meshes/Mesh_0/topology/cells", array(Int32Array.of(0, 1, 2, 2, 1, 3), [2, 3])],
    ["meshes/Mesh_0/topology/boundaries/left", array(Int32Array.of(0, 2), [1, 2])],
    ["meshes/Mesh_0/topology/boundaries/of %2F it", array(new Int32Array(0), [0, 2])],
    ["meshes/Mesh_0/coordinates", array(coordinates, [300, 2])],
    ["meshes/Mesh_0/variables", plain("group", {}, ["T", "p"])],
    ["meshes/Mesh_0/variables/T", array(field, [300, 1], { degree: 1, continuous: true })],
    ["meshes/Mesh_0/variables/p", plain("group", { allocated: false, degree: 2 })],
    ["swarms", plain("group", {}, ["Swarm_0"])],
    ["swarms/Swarm_0", plain("group", { count: 2, mesh_name: "Mesh_0", next_id: 2 })],
    ["swarms/Swarm_0/ids", array(BigInt64Array.of(0n, 1n), [2])],
    ["state", plain("group", {}, ["history"])],
    ["state/history", {
      ...plain("record", scalars, [...Object.keys(scalars), "list", "at", "f", "n", "t", "cube"]),
      className: "SymbolicDDt",
    }],
    ["state/history/list", plain("list", { 0: null, 1: 5n }, ["0", "1", "2"])],
    ["state/history/list/2", plain("record", { deep: "x" }, ["deep"])],
    ["state/history/at", plain("date", { iso: "2026-01-02T03:04:05.678Z" })],
    ["state/history/f", plain("expression", { text: '{"formula":"sin(x)"}' })],
    [
      "state/history/n",
      { ...array(Float64Array.of(1, -0, NaN), [3]), kind: "numbers" },
    ],
    ["state/history/t", plain("texts", { json: '["a",null,true]' })],
    [
      "state/history/cube",
      { ...array(Float32Array.from({ length: 24 }, (_, i) => i), [2, 3, 4]), kind: "ndarray" },
    ],
    ["tracker", plain("record", { time: 0.5, step: 42, dt: null }, ["time", "step", "dt"])],
  ]);
  for (const kind of arrayKinds) {
    const data = allocate(kind, 5);
    bytesOf(data).forEach((_, i, bytes) => bytes[i] = (i * 53 + 127) & 255);
    entries.set(`random/${kind}`, array(data, [5]));
  }
  return entries;
}
