/**
 * Meshes that adapt, on several ranks: the same cells and values as on one, put back in every way, and files from
 * other numbers of ranks. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { recoveryError } from "../../src/mesh/error_indicators.ts";
import { gatherThings } from "../../src/mesh/gather_whole.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { partitionCells } from "../../src/mesh/partition_cells.ts";
import { Model } from "../../src/model/model.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { assertSameBytes } from "../_helpers.ts";
import { runFileChecks, wholeOf } from "../_rank_checks.ts";
import { type Adapting, adapting, meshMakers } from "./_adapting.ts";

/** Runs all checks; as `tests/archive/files_ranks.ts` for the folder. */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  return runFileChecks(
    comm,
    [asOnOneRank, putBack, files, fromOthers],
    folder,
    earlier,
    onlyEarlier,
  );
}

function assertSame(a: Snapshot, b: Snapshot, what: string): void {
  assertEquals(diffSnapshots(a, b).slice(0, 3), [], what);
}

/** Fields and particles without solvers, whose sums depend on the number of ranks. */
function plain(name: string, comm: Comm) {
  const model = new Model({ comm });
  const mesh = meshMakers[name](model), { dim } = mesh;
  const kinds = [[0, false], [1, true], [2, true], [1, false], [2, false]] as const;
  const fields = kinds.map(([degree, continuous], i) => {
    const field = new MeshVariable(mesh, `w${i}`, { degree, continuous });
    field.set((x, y, z) => Math.sin(3 * x + i) + y * y - z);
    return field;
  });
  const adapt = () => {
    const reports = [
      mesh.adapt((x, y) => (Math.hypot(x - 0.5, y) < 0.3 ? dim : 0)),
      // Here and there, so that cells of several ranks hang because of each other.
      mesh.adapt((x, y) => (Math.sin(40 * x * y + 3 * x) > 0.6 ? 1 : 0)),
      mesh.adapt({ indicator: recoveryError(fields[2]), tolerance: 0.02, coarsenBelow: 0.4 }),
      mesh.adapt({ size: (x, y) => 0.15 + 0.3 * Math.abs(x - y), maxCells: 1500 }),
      mesh.adapt({ indicator: recoveryError(fields[1]), share: 0.3 }),
    ];
    mesh.coarsen((x) => (x < 0 ? -dim : 0));
    return reports;
  };
  return { mesh, fields, adapt };
}

/** Cells, nodes and values of all ranks together are those of one rank, byte for byte. */
function asOnOneRank(comm: Comm): void {
  for (const name of ["box2", "annulus", "box3"]) {
    const here = plain(name, comm), alone = plain(name, new SelfComm());
    const reports = alone.adapt();
    assert(reports.every(({ changed }) => changed) && reports.some(({ merged }) => merged > 0));
    assertEquals(here.adapt(), reports);
    const whole = wholeOf(here.mesh), one = geometryOf(alone.mesh);
    assertSameBytes(whole.topology.cells, one.topology.cells, `${name}: cells`);
    assertSameBytes(whole.coordinates, one.coordinates, `${name}: nodes`);
    assertSameBytes(whole.topology.forest!.labels, one.topology.forest!.labels, `${name}: labels`);
    assertEquals(whole.topology.boundaries, one.topology.boundaries);
    assertEquals(whole.topology.regions, one.topology.regions);
    assertEquals(here.mesh.globalCellCount, alone.mesh.cellCount);
    const { rankMesh } = geometryOf(here.mesh).topology;
    here.fields.forEach((field, i) => {
      const { data, degree, continuous } = field;
      const map = rankMesh?.dofs(degree, continuous);
      const all = map ? gatherThings(map, data.slice(0, map.owned), 1, comm) : data;
      assertSameBytes(all, alone.fields[i].data, `${name}: ${field.name}`);
    });
    if (rankMesh === null) continue;
    const fresh = partitionCells(
      whole.topology.dim,
      whole.topology.cells,
      whole.coordinates,
      comm.size,
    );
    assertSameBytes(rankMesh.cells.owners, fresh, `${name}: the division`);
    assertSameBytes(
      here.mesh.cellLevels,
      Uint8Array.from(here.mesh.globalCellIds, (id) => one.topology.forest!.levels[id]),
      `${name}: levels`,
    );
  }
}

function run(sim: Adapting, steps: number): Snapshot {
  for (let i = 0; i < steps; i++) sim.tick();
  return sim.model.saveState();
}

/** From memory, by a transaction that one rank ends, and by the timeline. */
function putBack(comm: Comm): void {
  for (const name of ["box2", "annulus"]) {
    const never = adapting(name, name === "annulus", comm);
    never.tick();
    const expected = run(never, 2);
    const sim = adapting(name, name === "annulus", comm), { model, mesh } = sim;
    sim.tick();
    const { timeline } = model;
    timeline.record();
    const start = model.saveState(), count = mesh.globalCellCount;
    sim.adapt();
    sim.tick();
    assert(mesh.globalCellCount > count);
    timeline.record();
    const adapted = model.saveState(), geometry = geometryOf(mesh).topology;
    sim.adapt();
    const ahead = run(sim, 1);
    model.loadState(start);
    assertSame(run(sim, 2), expected, `${name}: from memory`);
    model.loadState(adapted);
    assert(geometryOf(mesh).topology === geometry, "the topology is found again");
    sim.adapt();
    assertSame(run(sim, 1), ahead, `${name}: forward again`);
    model.loadState(start);
    const last = comm.size - 1;
    assertThrows(() =>
      model.transaction(() => {
        sim.adapt();
        sim.tick();
        if (comm.rank === last) throw new Error("taken back");
      })
    );
    assertSame(model.saveState(), start, `${name}: after a transaction`);
    timeline.rewind({ toStep: 2 });
    assertSame(model.saveState(), adapted, `${name}: the timeline, adapted`);
    timeline.rewind({ toStep: 1 });
    assertSame(run(sim, 2), expected, `${name}: the timeline, before`);
  }
}

/** Files of as many ranks, into a fresh model and into one that adapted otherwise. */
async function files(comm: Comm, folder: string): Promise<void> {
  const fresh = `${folder}/fresh${comm.size}.snap.h5`,
    adapted = `${folder}/adapted${comm.size}.snap.h5`;
  const sim = adapting("annulus", false, comm), { model } = sim;
  sim.tick();
  await model.saveState({ file: fresh });
  sim.adapt();
  sim.tick();
  await model.saveState({ file: adapted });
  const start = model.saveState();
  const expected = run(sim, 2);
  const other = adapting("annulus", false, comm);
  await other.model.loadState(adapted);
  assertSame(other.model.saveState(), start, "loaded into a fresh model");
  assertSame(run(other, 2), expected, "two steps later");
  other.mesh.adapt((x) => (x > 0 ? 1 : -2));
  await other.model.loadState(adapted);
  assertSame(run(other, 2), expected, "loaded into a model that adapted otherwise");
  await other.model.loadState(fresh);
  const never = adapting("annulus", false, comm);
  never.tick();
  assertSame(run(other, 2), run(never, 2), "the file from before");
}

/** Files of other numbers of ranks: everything once, and the same whether the live model was adapted or not. */
async function fromOthers(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  for (const ranks of earlier) {
    const file = `${folder}/adapted${ranks}.snap.h5`,
      own = `${folder}/again${ranks}to${comm.size}.snap.h5`;
    const ends: Snapshot[] = [];
    for (const spoiled of [false, true]) {
      const sim = adapting("annulus", false, comm);
      if (spoiled) sim.mesh.adapt((x) => (x > 0 ? 2 : 0));
      await sim.model.loadState(file);
      if (!spoiled) {
        await sim.model.saveState({ file: own });
        // Entries that have as many rows on each rank are compared by global ids.
        if (comm.rank === 0) assertEquals((await diffSnapshots(file, own)).slice(0, 3), []);
        comm.barrier();
      }
      const { dim, cells } = wholeOf(sim.mesh).topology;
      const { rankMesh } = geometryOf(sim.mesh).topology;
      const owners = partitionCells(dim, cells, wholeOf(sim.mesh).coordinates, comm.size);
      if (rankMesh !== null) assertSameBytes(rankMesh.cells.owners, owners, "the division");
      sim.adapt();
      ends.push(run(sim, 2));
    }
    assertSame(ends[0], ends[1], `from ${ranks} ranks`);
  }
}
