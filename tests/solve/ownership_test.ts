import { assert, assertEquals, assertThrows } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { Model } from "../../src/model/model.ts";
import type { Snapshottable } from "../../src/snapshot/contract.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import type { SwarmVariable } from "../../src/swarm/swarm_variable.ts";
import { assertSameSnapshots } from "../model/_sim.ts";

const velocity: VectorFunction = (x, y, _z, out) => {
  out[0] = 0.5 - y;
  out[1] = x - 0.5;
};

interface Scene {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly v: MeshVariable;
  readonly swarm: Swarm;
  readonly strain: SwarmVariable<"float64">;
}

function scene(): Scene {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  const T = new MeshVariable(mesh, "T"), v = new MeshVariable(mesh, "v", { components: 2 });
  const swarm = new Swarm(mesh);
  const strain = swarm.addVariable("strain");
  swarm.populate({ perCell: 3 });
  return { model, T, v, swarm, strain };
}

/** Whatever makes variables, swarms or histories of its own. */
const owners: Record<string, (scene: Scene) => Snapshottable & { solve?(o: object): unknown }> = {
  EulerianDDt: ({ T }) => new EulerianDDt(T, { order: 2, velocity }),
  SemiLagrangianDDt: ({ T, v }) => new SemiLagrangianDDt(T, { order: 3, velocity: v }),
  LagrangianDDt: ({ T }) => new LagrangianDDt(T, { order: 2, velocity }),
  LagrangianSwarmDDt: ({ strain }) => new LagrangianSwarmDDt(strain, { order: 2 }),
  Diffusion: ({ T }) => new Diffusion(T, { diffusivity: 1, order: 3 }),
  AdvectionDiffusion: ({ T }) => new AdvectionDiffusion(T, { velocity, diffusivity: 1 }),
  "AdvectionDiffusion, BDF2": ({ T, v }) =>
    new AdvectionDiffusion(T, { velocity: v, diffusivity: 1, order: 2 }),
};

/** Every name in the model. */
function names({ model, T, swarm }: Scene): string[] {
  return [model.bearers, model.swarms, T.mesh.variables, swarm.variables].flatMap((
    map: ReadonlyMap<string, unknown>,
  ) => [...map.keys()]);
}

for (const [what, make] of Object.entries(owners)) {
  Deno.test(`unregister takes away what a ${what} made`, () => {
    const s = scene();
    const before = names(s);
    const owner = make(s);
    owner.solve?.({ dt: 0.1 });
    assert(names(s).length > before.length + 1);
    s.model.unregister(owner);
    assertEquals(names(s), before);
  });

  Deno.test(`a ${what} that finds a name taken leaves nothing behind`, () => {
    const probe = scene();
    const known = names(probe);
    const { name } = make(probe);
    // Every further name in turn, taken by something of the user's own.
    for (const taken of names(probe).filter((one) => !known.includes(one) && one !== name)) {
      const s = scene();
      if (probe.model.bearers.has(taken)) {
        s.model.register({ name: taken, state: { schemaVersion: 1 } });
      } else if (probe.model.swarms.has(taken)) new Swarm(s.T.mesh, { name: taken });
      else if (probe.swarm.variables.has(taken)) s.swarm.addVariable(taken);
      else new MeshVariable(s.T.mesh, taken);
      using before = s.model.saveState();
      assertThrows(() => make(s), RangeError, taken);
      assertSameSnapshots(s.model.saveState(), before);
    }
  });
}

Deno.test("a transaction that unregisters an owner and fails has it and its variables back", () => {
  const s = scene();
  const owner = owners.LagrangianDDt(s) as LagrangianDDt;
  owner.updatePreSolve(0.1);
  owner.updatePostSolve();
  using before = s.model.saveState();
  assertThrows(
    () =>
      s.model.transaction(() => {
        s.model.unregister(owner);
        throw new RangeError("no");
      }),
    RangeError,
    "no",
  );
  assertSameSnapshots(s.model.saveState(), before);
});
