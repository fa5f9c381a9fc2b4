/** States with a field of another kind: what a file with a recomputed seal may hold. @module */
import { assert, assertEquals } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { Equation } from "../../src/equation/equation.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { Materials } from "../../src/materials/materials.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Ensemble } from "../../src/run/ensemble.ts";
import type { Snapshottable } from "../../src/snapshot/contract.ts";
import { statesEqual } from "../../src/snapshot/states_equal.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { FreeSurface } from "../../src/surface/free_surface.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

function everything(): Model {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const pair = (name: string) =>
    [
      new MeshVariable(mesh, `v${name}`, { components: 2, degree: 2 }),
      new MeshVariable(mesh, `p${name}`),
    ] as const;
  const u = new MeshVariable(mesh, "u"), [v, p] = pair("");
  u.set(1);
  v.set([0, 0]);
  model.parameters.define("k", 1, { units: "m" });
  model.parameters.set("k", 2);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 1 });
  new Materials(swarm, { rock: { density: 1, viscosity: "1" } });
  const law = expression("k + 0 * edot");
  new Stokes(v, p, { viscosity: law, bodyForce: [0, 1] }).addDirichlet("left", 0);
  new FreeSurface(new Stokes(...pair("2"), { viscosity: 1, bodyForce: [0, -1] }));
  const stress = new MeshVariable(mesh, "tau", { components: 3 });
  const elastic = { viscosity: 1, shearModulus: 1, yieldStress: 1, stress };
  new ViscoElastic(...pair("3"), elastic);
  const weak = "dt(u) * w + f * dot(grad(u), grad(w))";
  const equation = new Equation(u, { test: "w", weak, define: { f: "k" } });
  equation.addDirichlet(u, "left", 1);
  equation.addNeumann(u, "right", "u");
  new Diffusion(u, { diffusivity: 1, source: law, order: 2 }).addRobin("left", 1, law);
  new AdvectionDiffusion(u, { velocity: v, diffusivity: 1 });
  new EulerianDDt(u, { order: 2 });
  new Ensemble(model, { members: ["a"] });
  model.bindState({ a: 1 }, { name: "bound" });
  return model;
}

type Path = readonly (string | number)[];

/** The places of all fields of a state. */
function* placesIn(value: unknown, at: Path = []): Generator<Path> {
  yield at;
  if (!Array.isArray(value) && Object.getPrototypeOf(value ?? 0) !== Object.prototype) return;
  for (const [key, one] of Object.entries(value as object)) yield* placesIn(one, [...at, key]);
}

function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const copy: Record<string, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value);
  copy[key] = changed(copy[key], rest, to);
  return copy;
}

Deno.test("a state with a field of another kind is refused by its class, or taken whole", () => {
  const model = everything();
  const bearers: Snapshottable[] = [...model.bearers.values(), model.parameters, model.random];
  let refused = 0;
  for (const bearer of bearers) {
    const { state } = bearer;
    for (const at of placesIn(state)) {
      for (const to of [null, NaN, "", {}, [null], 1n]) {
        const wrong = changed(state, at, to) as typeof state;
        const what = `${bearer.name}.${at.join(".")} = ${Deno.inspect(to)}`;
        try {
          bearer.checkState!(wrong);
        } catch (error) {
          assert(error instanceof StateSchemaError, `${what}: ${error}`);
          refused++;
          continue;
        }
        bearer.state = wrong;
        bearer.state = state;
        assert(statesEqual(bearer.state, state), what);
      }
    }
  }
  assert(refused > 700);
  assertEquals(model.parameters.get("k"), 2);
});
