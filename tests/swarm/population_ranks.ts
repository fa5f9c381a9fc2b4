/**
 * Random sequences of everything that changes who is in a swarm, on several ranks and on one: after each, the
 * same particles with the same bytes, none lost or doubled. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import type { RandomStream } from "../../src/model/random_stream.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import type { SwarmBoundary } from "../../src/swarm/boundary_rule.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertHome, assertSameParticles, scattered } from "./_setup.ts";

const cases = [
  { dim: 2, n: 5, boundary: "lose" },
  { dim: 2, n: 5, boundary: "clamp" },
  { dim: 2, n: 6, boundary: "reflect" },
  { dim: 3, n: 2, boundary: "lose" },
  { dim: 3, n: 2, boundary: "reflect" },
  // More ranks than cells.
  { dim: 2, n: 1, boundary: "lose" },
] as const;

const actionsPerCase = 40;

/** Runs all cases; their number, the same on every rank. */
export function main(comm: Comm): number {
  const tried = new Set<string>();
  cases.forEach((one, i) => {
    const pair = new Pair(comm, one.dim, one.n, one.boundary);
    const random = new Model({ seed: 100 + i }).random;
    const done: string[] = [];
    for (let k = 0; k < actionsPerCase; k++) {
      const name = names[random.int(0, names.length)];
      done.push(name);
      tried.add(name);
      try {
        actions[name](pair, random);
        pair.each(mark);
        pair.check(name);
      } catch (error) {
        const where = `case ${i}, ${boundaryOf(one)}: ${done.join(", ")}`;
        throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
  assertEquals(tried.size, names.length, "some action was never tried");
  return cases.length;
}

function boundaryOf({ dim, boundary }: { dim: number; boundary: string }): string {
  return `${dim}-D, ${boundary}`;
}

interface Side {
  readonly model: Model;
  readonly swarm: Swarm;
  readonly velocity: MeshVariable;
  token: Snapshot | null;
}

/** A swarm on all ranks, and the same on one. */
class Pair {
  readonly sides: readonly [Side, Side];
  /** Whether all particles are where they belong. */
  settled = true;

  constructor(readonly comm: Comm, readonly dim: 2 | 3, n: number, boundary: SwarmBoundary) {
    const side = (which?: Comm): Side => {
      const model = new Model({ comm: which });
      const all = <T>(value: T) => Array<T>(dim).fill(value);
      const mesh = boxMesh(model, { min: all(-1), max: all(1), cells: all(n) });
      const swarm = new Swarm(mesh, { boundary });
      swarm.addVariable("material", { dtype: "uint8" });
      swarm.addVariable("strain", { components: 3, dtype: "float32" });
      swarm.addVariable("from", { components: dim });
      const velocity = new MeshVariable(mesh, "v", { components: dim });
      velocity.set((x, y, z, out) => {
        out[0] = 0.4 - y;
        out[1] = x + 0.3 * z;
      });
      return { model, swarm, velocity, token: null };
    };
    this.sides = [side(comm), side()];
  }

  each(work: (side: Side) => void): void {
    this.sides.forEach(work);
  }

  check(what: string): void {
    const [here, alone] = this.sides;
    const { comm } = this;
    assertSameParticles(here.swarm, alone.swarm, comm, what);
    assertEquals(comm.allreduce(here.swarm.count), alone.swarm.count);
    assertEquals(comm.allreduce(here.swarm.lost), alone.swarm.lost);
    const ids = comm.allgatherv(here.swarm.ids);
    assertEquals(new Set(ids).size, ids.length, "an id twice");
    if (this.settled) assertHome(here.swarm);
  }

  /** The same ids came back on all ranks together as on one. */
  checkIds(here: BigInt64Array, alone: BigInt64Array): void {
    assert(here.every((id, i) => i === 0 || id > here[i - 1]));
    assertEquals(this.comm.allgatherv(here).sort(), alone);
  }
}

/** Gives new particles values that tell them apart: their ids, and where they are now. */
function mark({ swarm }: Side): void {
  const { dim } = swarm.mesh, { coordinates: { data: x }, ids, count } = swarm;
  const [material, strain, from] = [...swarm.variables.values()].map(({ data }) => data) as [
    Uint8Array,
    Float32Array,
    Float64Array,
  ];
  for (let i = 0; i < count; i++) {
    if (material[i] !== 0) continue;
    material[i] = Number(ids[i] % 250n) + 1;
    strain.set([x[i * dim], -0, 1 / x[i * dim + 1]], 3 * i);
    from.set(x.subarray(i * dim, (i + 1) * dim), i * dim);
  }
}

/** n points of rank r, some of them outside, some on nodes and facets. */
function pointsOf(rank: number, n: number, dim: number, shift: number): Float64Array {
  return scattered(n, dim, 1.05).map((x, i) =>
    i % 7 === 0 ? Math.round(2 * x) / 2 : Math.min(1.04, x * (1 - 0.01 * rank) + 0.001 * shift)
  );
}

type Action = (pair: Pair, random: RandomStream) => void;

const actions: Readonly<Record<string, Action>> = {
  populate(pair, random) {
    const perCell = random.int(1, 3);
    pair.each((side) => side.swarm.count < 2000 && side.swarm.populate({ perCell }));
  },
  populateSome(pair, random) {
    const every = random.int(2, 5);
    pair.each(({ swarm }) => {
      const { globalCellIds, ownedCellCount } = swarm.mesh;
      const cells = Array.from({ length: ownedCellCount }, (_, c) => c)
        .filter((c) => globalCellIds[c] % every === 0);
      swarm.populate({ perCell: 2, cells });
    });
  },
  addOwn: (pair, random) => addOwn(pair, random, true),
  addOwnAndStay: (pair, random) => addOwn(pair, random, false),
  addGlobal(pair, random) {
    const points = pointsOf(0, random.int(0, 30), pair.dim, random.int(0, 9));
    const [here, alone] = pair.sides.map(({ swarm }) =>
      swarm.addParticles(points, { global: true })
    );
    pair.checkIds(here, alone);
    if (points.length > 0) pair.settled = true;
  },
  remove(pair, random) {
    const every = BigInt(random.int(2, 6));
    pair.each(({ swarm }) => swarm.removeParticles((i) => swarm.ids[i] % every === 0n));
  },
  advectByFunction(pair, random) {
    const speed = 2 * random.next();
    pair.each(({ swarm }) =>
      swarm.advect((x, y, _z, out) => {
        out[0] = speed * y;
        out[1] = -x;
      }, 0.7)
    );
    pair.settled = true;
  },
  advectByField(pair, random) {
    const dt = random.next() - 0.5, order = [1, 2, 4][random.int(0, 3)] as 1 | 2 | 4;
    const stepLimit = random.next() < 0.5 ? undefined : 0.8;
    pair.each(({ swarm, velocity }) => swarm.advect(velocity, dt, { order, stepLimit }));
    pair.settled = true;
  },
  jump(pair) {
    pair.each(({ swarm: { coordinates: { data }, ids } }) => {
      for (let i = 0; i < data.length; i++) {
        if (ids[Math.floor(i / pair.dim)] % 3n === 0n) data[i] = -data[i] * 1.01;
      }
    });
    pair.settled = false;
  },
  migrate(pair) {
    pair.each(({ swarm }) => swarm.migrate());
    pair.settled = true;
  },
  save(pair) {
    if (!pair.settled) return actions.migrate(pair, pair.sides[0].model.random);
    pair.each((side) => {
      side.token?.release();
      side.token = side.model.saveState();
    });
  },
  restore(pair) {
    if (pair.sides[0].token === null) return;
    pair.each(({ model, token }) => model.loadState(token!));
    pair.settled = true;
  },
};

const names = Object.keys(actions);

/** Each rank adds its own points, which may be anywhere; one rank adds them all, in the order of ranks. */
function addOwn(pair: Pair, random: RandomStream, migrate: boolean): void {
  const counts = Array.from({ length: pair.comm.size }, () => random.int(0, 12));
  const shift = random.int(0, 9);
  const lists = counts.map((n, rank) => pointsOf(rank, n, pair.dim, shift));
  const all = Float64Array.from(lists.flatMap((list) => [...list]));
  const [here, alone] = pair.sides.map(({ swarm }, i) =>
    swarm.addParticles(i === 0 ? lists[pair.comm.rank] : all, { migrate })
  );
  pair.checkIds(here, alone);
  if (all.length > 0) pair.settled = migrate;
}
