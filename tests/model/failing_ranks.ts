/**
 * One rank fails while the others are in all sorts of calls: everybody goes back, says why, and can go on.
 * Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { mpiHandleOf } from "../../src/comm/mpi/world.ts";
import { ConvergenceError, ReplayError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { freshValuesOf } from "../../src/mesh/fresh_fields.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { verifyReplay } from "../../src/model/verify_replay.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  const checks = [
    transactions,
    catchers,
    advances,
    onSteps,
    wrongOptions,
    replays,
    undoCopies,
    unlikeFiles,
  ];
  for (const check of checks) {
    try {
      await check(comm);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return checks.length;
}

function build(comm: Comm) {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const u = new MeshVariable(mesh, "u");
  u.set((x) => x);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  const solver = new Diffusion(u, { diffusivity: 1 });
  solver.addDirichlet("left", 0);
  return { comm, model, mesh, u, swarm, solver };
}

type Sim = ReturnType<typeof build>;

/** What the other ranks may be in when one has failed. */
function callsOf({ comm, model, mesh, u, swarm, solver }: Sim): Record<string, () => unknown> {
  const right = (_x: number, _y: number, _z: number, out: Float64Array) => void (out[0] = 1);
  const last = comm.size - 1;
  const calls: Record<string, () => unknown> = {
    barrier: () => comm.barrier(),
    bcast: () => comm.bcast("text"),
    max: () => comm.allreduce(7, "max"),
    sum: () => comm.allreduce(Float64Array.of(1, 2)),
    allgather: () => comm.allgather({ a: 1 }),
    allgatherv: () => comm.allgatherv(Float64Array.of(comm.rank)),
    alltoallv: () => comm.alltoallv(Array.from({ length: comm.size }, () => Int32Array.of(1))),
    exscan: () => comm.exscan(1),
    "a norm": () => u.max(),
    "a solve": () => solver.solve({ dt: 0.1 }),
    ghosts: () => freshValuesOf(u, u.data),
    "values anywhere": () => u.evaluate([[0.1, 0.1], [0.9, 0.9]]),
    particles: () => swarm.advect(right, 0.3),
    "a new swarm": () => new Swarm(mesh).populate({ perCell: 1 }),
    "a token": () => model.saveState(),
    "a transaction": () => model.transaction(() => u.set(9)),
    "the timeline": () => model.timeline.record(),
    nothing: () => u.data.fill(3),
  };
  // Under MPI a rank that receives is not told that nobody sends.
  if (mpiHandleOf(comm) === null) calls.recv = () => comm.recv(last);
  return calls;
}

async function errorOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** Everybody has the error of the one that failed, of the same class. */
function assertShared(error: Error, comm: Comm, guilty: number, message: string): void {
  assert(error instanceof RangeError, `${error}`);
  assertEquals(error.message, comm.rank === guilty ? message : `rank ${guilty}: ${message}`);
}

/** All calls, sync and async, once and several times: the state is what it was, and all ranks go on. */
async function transactions(comm: Comm): Promise<void> {
  const sim = build(comm), { model } = sim;
  for (const [name, call] of Object.entries(callsOf(sim))) {
    for (const isAsync of [false, true]) {
      for (const guilty of new Set([0, comm.size - 1])) {
        if (name === "recv" && guilty === 0) continue;
        const before = model.saveState();
        const work = () => {
          sim.u.data[0] += 1;
          if (comm.rank === guilty) throw new RangeError(`not ${name}`);
          for (let i = 0; i < 3; i++) call();
        };
        const error = await errorOf(() =>
          model.transaction(isAsync ? async () => (await Promise.resolve(), work()) : work)
        );
        assertShared(error, comm, guilty, `not ${name}`);
        assertEquals(diffSnapshots(before, model.saveState()), [], `${name}, ${isAsync}`);
        assertEquals(comm.allreduce(1), comm.size);
      }
    }
  }
}

/** Work that catches what it finds in its calls, and goes on to others. */
async function catchers(comm: Comm): Promise<void> {
  const sim = build(comm), { model } = sim;
  const before = model.saveState();
  const error = await errorOf(() =>
    model.transaction(() => {
      if (comm.rank === 0) throw new RangeError("early");
      for (const call of Object.values(callsOf(sim))) {
        try {
          call();
        } catch {
          sim.u.data[0] += 1;
        }
      }
    })
  );
  assertShared(error, comm, 0, "early");
  assertEquals(diffSnapshots(before, model.saveState()), []);
}

/** A step that throws on one rank, or does not converge on one, while others are in calls of it. */
async function advances(comm: Comm): Promise<void> {
  const guilty = comm.size - 1;
  for (const name of ["max", "allgather", "a solve", "particles", "a norm"]) {
    const sim = build(comm), { model } = sim;
    const call = callsOf(sim)[name];
    const before = model.saveState();
    const failing = await errorOf(() =>
      model.advance({
        dt: 0.1,
        until: 1,
        step: () => {
          if (comm.rank === guilty) throw new RangeError("bad step");
          call();
        },
      })
    );
    assertShared(failing, comm, guilty, "bad step");
    assertEquals(diffSnapshots(before, model.saveState()), [], name);
    const { accepted, rejected } = await model.advance({
      dt: 0.1,
      until: 0.2,
      step: (dt) => {
        if (dt > 0.06 && comm.rank === guilty) throw new ConvergenceError("no", [1]);
        call();
      },
      accept: (dt) => {
        // Rank 0 has seen enough, and the others ask it still.
        if (dt > 0.04 && comm.rank === 0) return false;
        return comm.allreduce(1) === comm.size;
      },
    });
    assert(accepted > 4 && rejected > 1, `${name}: ${accepted}, ${rejected}`);
  }
}

/** `onStep` belongs to the run: it throws on all, and the step stays. */
async function onSteps(comm: Comm): Promise<void> {
  const { model, u } = build(comm), guilty = comm.size - 1;
  const error = await errorOf(() =>
    model.advance({
      dt: 0.1,
      until: 1,
      step: () => u.norm(),
      onStep: () => {
        if (comm.rank === guilty) throw new RangeError("disk full");
        u.norm();
      },
    })
  );
  assertShared(error, comm, guilty, "disk full");
  assertEquals([model.tracker.step, comm.allreduce(1)], [1, comm.size]);
}

async function wrongOptions(comm: Comm): Promise<void> {
  const { model } = build(comm), guilty = comm.size - 1;
  const dt = comm.rank === guilty ? -1 : 0.1;
  const error = await errorOf(() => model.advance({ dt, until: 1, step: () => {} }));
  assertShared(error, comm, guilty, "advance: dt must be a positive number, got -1");
}

/** Runs that differ on one rank are a failure of all. */
async function replays(comm: Comm): Promise<void> {
  const { model, u } = build(comm), guilty = comm.size - 1;
  let forgotten = 0;
  const error = await errorOf(() =>
    verifyReplay(model, () => {
      if (comm.rank === guilty) u.data[0] = forgotten++;
      u.norm();
    })
  );
  assert(error instanceof ReplayError, `${error}`);
  assertEquals(error.first, "meshes/Mesh_0/variables/u");
  assertEquals(error.message.startsWith("rank "), comm.rank !== guilty);
}

/** A value that one rank could not save goes with a restore, for which that rank keeps an undo copy. */
function undoCopies(comm: Comm): void {
  const { model, u } = build(comm), guilty = comm.size - 1;
  // Only one rank has a bearer that does not check its state.
  const plain = { name: "plain", state: { schemaVersion: 1, value: 0 } };
  const checking = { ...plain, checkState: () => {} };
  model.register(comm.rank === guilty ? plain : checking);
  const token = model.saveState();
  u.set(42);
  if (comm.rank === guilty) model.tracker.callback = () => {};
  model.loadState(token);
  assertEquals([u.max(), "callback" in model.tracker], [1, false]);
}

/** All ranks write one snapshot, and read one. */
async function unlikeFiles(comm: Comm): Promise<void> {
  if (comm.size === 1) return;
  const { model, u } = build(comm);
  const own = Deno.makeTempDirSync({ prefix: "timestash_" }), shared = comm.bcast(own);
  const saving = await errorOf(() => model.saveState({ file: `${own}/a.snap.h5` }));
  assert(saving instanceof RangeError && saving.message.includes("the ranks differ"), `${saving}`);
  assertEquals([...Deno.readDirSync(own)], []);
  const files = [`${shared}/a.snap.h5`, `${shared}/b.snap.h5`];
  for (const file of files) {
    await model.saveState({ file });
    u.set(++model.tracker.step);
  }
  const before = model.saveState();
  const loading = await errorOf(() => model.loadState(files[comm.rank % 2]));
  assert(loading instanceof RangeError && loading.message.includes("rank 1: "), `${loading}`);
  assertEquals(diffSnapshots(before, model.saveState()), []);
  await model.loadState(files[1]);
  assertEquals([model.tracker.step, u.max()], [1, 1]);
  comm.barrier();
  Deno.removeSync(own, { recursive: true });
}
