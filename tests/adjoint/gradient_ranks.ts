/**
 * The gradient of a run on several ranks: as on one, but for rounding and tolerances. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { gradient } from "../../src/adjoint/gradient.ts";
import { optimize } from "../../src/adjoint/optimize.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { Equation } from "../../src/equation/equation.ts";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { gatherThings } from "../../src/mesh/gather_whole.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { madeByFirst } from "../_rank_checks.ts";

/** Gradients of one run by every kind of control, in global numbers. */
async function gradients(
  comm: Comm,
  memory: number,
  isSymmetric: boolean,
): Promise<Float64Array[]> {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [8, 4] });
  const T = new MeshVariable(mesh, "T", { degree: 2 }),
    f = new MeshVariable(mesh, "f", { degree: 0 });
  const g = new MeshVariable(mesh, "g");
  T.set((x, y) => x + 0.3 * y * y);
  f.set((x, y) => 1 + x * y);
  g.set((_, y) => 0.5 + y);
  model.parameters.define("k", 0.8);
  model.parameters.define("h", 0.6);
  const carried = isSymmetric
    ? ""
    : "+ dot([0.5, 0.2], grad(T)) * v + k * T^2 * dot(grad(T), grad(v))";
  const heat = new Equation(T, {
    order: 2,
    test: "v",
    rtol: 1e-12,
    weak: `dt(T) * v + k * dot(grad(T), grad(v)) - f * (1 + t) * v ${carried}`,
  });
  heat.addDirichlet(T, "left", g);
  heat.addDirichlet(T, "top", expression("h * (1 + x) + t"));
  heat.addNeumann(T, "right", "h * (1 - T) * f");
  const { value, gradients: [byT, byF, byG, byK, byH] } = await gradient(model, {
    steps: 4,
    step: (k) => {
      model.tracker.time += heat.solve({ dt: 0.05 + 0.01 * k }).dt;
    },
    objective:
      'integral((T - x)^2 * k) + integral(T^2, "right") * at(T, [1, 0.5])^2 + k * at(grad(T)[1], [0.4, 0.3])',
    controls: [T, f, g, "k", "h"],
    memory,
  });
  const fields = [byT, byF, byG].map((field) => inGlobalNumbers(field, comm));
  return [...fields, Float64Array.of(value, byK, byH)];
}

function inGlobalNumbers({ mesh, degree, data, components }: MeshVariable, comm: Comm) {
  const map = geometryOf(mesh).topology.rankMesh?.dofs(degree, true);
  if (map === undefined) return data.slice();
  return gatherThings(map, data.slice(0, map.owned * components), components, comm);
}

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  let checks = 0;
  for (const isSymmetric of [true, false]) {
    const own = comm.rank === 0 ? await gradients(new SelfComm(), 10, isSymmetric) : [];
    const alone = Object.values(
      madeByFirst(comm, () => Object.fromEntries(own.entries())),
    ) as Float64Array[];
    const here = await gradients(comm, 10, isSymmetric);
    assertEquals(here.length, alone.length);
    for (const [k, values] of here.entries()) {
      assertEquals(values.length, alone[k].length);
      // Solves stop at 1e-12, and the L2 gradient divides by the mass of a node.
      const size = Math.max(...alone[k].map(Math.abs));
      assert(size > 0);
      values.forEach((value, i) => assertAlmostEquals(value, alone[k][i], 1e-8 * size));
      checks++;
    }
    // The budget changes no bit.
    const again = await gradients(comm, 2, isSymmetric);
    assertEquals(again, here);
    checks++;
  }
  await optimum(comm);
  checks++;
  return checks + await refusals(comm);
}

/** A source and a number that fit best, found on several ranks and on one. */
async function optimum(comm: Comm): Promise<void> {
  const found = async (comm: Comm) => {
    const model = new Model({ comm });
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] });
    const T = new MeshVariable(mesh, "T"), f = new MeshVariable(mesh, "f", { degree: 2 });
    model.parameters.define("h", 1);
    const heat = new Equation(T, {
      test: "v",
      weak: "dot(grad(T), grad(v)) - (f + h) * v",
      rtol: 1e-12,
    });
    heat.addDirichlet(T, "left", 0);
    const { value, iterates, converged } = await optimize(model, {
      steps: 1,
      step: () => heat.solve(),
      objective: "integral((T - x * y)^2) + 1e-3 * integral(f^2) + 0.01 * h^2",
      controls: [f, "h"],
      rtol: 1e-3,
    });
    assert(converged);
    return [iterates.length, value, f.norm(), model.parameters.get("h")];
  };
  const alone = comm.bcast(comm.rank === 0 ? await found(new SelfComm()) : []);
  const here = await found(comm);
  assertEquals(here[0], alone[0]);
  // The gradient is small to 1e-3 of what it was, and both are on the same way.
  here.forEach((number, k) => assertAlmostEquals(number, alone[k], 1e-6 * Math.abs(alone[k])));
}

/** What one rank does wrong is refused on all of them. */
async function refusals(comm: Comm): Promise<number> {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [8, 4] });
  const T = new MeshVariable(mesh, "T"), w = new MeshVariable(mesh, "w");
  w.set(1);
  const heat = new Equation(T, { test: "v", weak: "dt(T) * v + w * T * v" });
  const step = () => {
    heat.solve({ dt: 0.1 });
    if (comm.rank === comm.size - 1) w.data[0] = 2;
  };
  const options = { steps: 2, step, objective: "integral(T)", controls: [T] };
  await assertRejects(() => gradient(model, options), RangeError, "variable 'w'");
  return 1;
}
