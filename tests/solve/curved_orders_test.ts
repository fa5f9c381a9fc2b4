import { assert } from "@std/assert";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { errorOf, orderOf, sizeOf } from "../_curved.ts";
import { assertSameBytes } from "../_helpers.ts";

const sizes = [0.4, 0.2, 0.1, 0.05];

function ring(cellSize: number, geometryDegree: 1 | 2 = 2) {
  const model = new Model();
  const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize, geometryDegree });
  return { model, mesh, u: new MeshVariable(mesh, "u", { degree: 2 }) };
}

/** Harmonic, log(r) between the circles: heat conducted through a pipe. */
function pipe(cellSize: number, geometryDegree: 1 | 2 = 2) {
  const { u } = ring(cellSize, geometryDegree), solver = new Poisson(u);
  solver.addDirichlet("inner", 0);
  solver.addDirichlet("outer", Math.log(2));
  solver.solve();
  return { u, solver, size: sizeOf(u) };
}

const logarithm = ([x, y]: readonly number[]) => Math.log(Math.hypot(x, y));

Deno.test("P2 on a curved annulus is of third order, its fluxes of fourth; straight cells are of second", () => {
  const runs = sizes.map((size) => pipe(size)), h = runs.map(({ size }) => size);
  const errors = runs.map(({ u }) => errorOf(u, logarithm));
  assert(orderOf(h, errors) > 2.85 && orderOf(h.slice(2), errors.slice(2)) > 2.9, `${errors}`);
  for (const [name, sign] of [["inner", -1], ["outer", 1]] as const) {
    const fluxes = runs.map(({ solver }) =>
      Math.abs((solver.flux(name) as number) - sign * 2 * Math.PI)
    );
    assert(orderOf(h, fluxes) > 3.5, `${name}: ${fluxes}`);
  }
  const straight = [0.2, 0.1].map((size) => pipe(size, 1));
  const others = straight.map(({ u }) => errorOf(u, logarithm));
  assert(orderOf(straight.map(({ size }) => size), others) < 2.3);
  // At the same size the curved cells are 30 times better already at 0.1.
  assert(others[1] > 30 * errors[2], `${others[1]} ${errors[2]}`);
});

Deno.test("Neumann, Robin and varying coefficients are of third order on curved boundaries", () => {
  // -div(k grad u) = f with u = x^2 y, k = 1 + x / 4.
  const exact = ([x, y]: readonly number[]) => x * x * y;
  const k = (x: number) => 1 + x / 4;
  const source = (x: number, y: number) => -(k(x) * 2 * y + x * y / 2);
  const normalFlux = (sign: number) => (x: number, y: number) => {
    const r = sign * Math.hypot(x, y);
    return k(x) * (2 * x * y * x + x * x * y) / r;
  };
  const errors: number[] = [], h: number[] = [];
  for (const size of [0.4, 0.2, 0.1]) {
    const { u } = ring(size), solver = new Poisson(u, { diffusivity: k, source });
    solver.addNeumann("inner", normalFlux(-1));
    solver.addRobin("outer", 3, (x, y) => x * x * y + normalFlux(1)(x, y) / 3);
    solver.solve();
    errors.push(errorOf(u, exact));
    h.push(sizeOf(u));
  }
  assert(orderOf(h, errors) > 2.8, `${errors}`);
});

Deno.test("projections onto curved cells keep quadratic integrals, and are of third order", () => {
  const errors: number[] = [], h: number[] = [];
  for (const size of [0.4, 0.2, 0.1]) {
    const { u } = ring(size);
    new Projection(u, { source: (x: number, y: number) => Math.sin(2 * x) * Math.exp(y) }).solve();
    errors.push(errorOf(u, ([x, y]) => Math.sin(2 * x) * Math.exp(y)));
    h.push(sizeOf(u));
  }
  assert(orderOf(h, errors) > 2.8, `${errors}`);
});

/** A decaying mode between the circles, to have something that changes in time. */
function decaying() {
  const { model, u } = ring(0.4);
  u.set((x, y) => Math.sin(Math.PI * (Math.hypot(x, y) - 1)) * (1 + x / 3));
  const heat = new Diffusion(u, { diffusivity: 0.3, order: 2 });
  heat.addDirichlet("inner", 0);
  const step = (dt = 0.02) => {
    heat.solve({ dt });
    model.tracker.time += dt;
  };
  return { model, u, mesh: u.mesh, step };
}

Deno.test("diffusion on a deforming curved mesh: put back, it goes on to the same bytes", () => {
  const never = decaying(), sim = decaying();
  for (const { step } of [never, sim]) step();
  using saved = sim.model.saveState();
  sim.mesh.deform(sim.u.coordinates.data.map((x) => 1.1 * x));
  sim.step(7);
  sim.model.loadState(saved);
  for (const { step, mesh, u } of [never, sim]) {
    step();
    mesh.deform(u.coordinates.data.map((x, i) => x * (1 + 0.01 * (i % 2))));
    step();
  }
  assertSameBytes(sim.u.data, never.u.data);
  assertSameBytes(sim.u.coordinates.data, never.u.coordinates.data);
});
