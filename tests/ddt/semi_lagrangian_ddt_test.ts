import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { DepartureTracer, type Wind } from "../../src/ddt/departure.ts";
import { ownedDofs } from "../../src/ddt/owned_dofs.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { placesIn } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertGoesOn, lastOrder, square } from "./_setup.ts";
import { assertSecondOrder, foot, stir, transport } from "./_transport.ts";
import { assertRounding } from "../_helpers.ts";

Deno.test("departure points are second order, with the velocity from its history too", () => {
  // v = (1 + t, x): dx/dt = 1 + t, dy/dt = x, so y - y0 is a cubic in time.
  const path = (x: number, y: number, t0: number, t1: number) => {
    const back = (t: number) => x - (t1 - t) - (t1 * t1 - t * t) / 2;
    const F = (t: number) => back(0) * t + t * t / 2 + t ** 3 / 6;
    return [back(t0), y - (F(t1) - F(t0))];
  };
  const errors = [0.2, 0.1, 0.05].map((dt) => {
    const { model, mesh } = square(4);
    const u = new MeshVariable(mesh, "u", { components: 2 });
    const v = new MeshVariable(mesh, "v", { components: 2 });
    const wind = () => {
      v.set((x, _y, _z, out, t) => {
        out[0] = 1 + t;
        out[1] = x;
      });
    };
    // The field is position itself, so its past value is the departure point.
    u.set((x, y, _z, out) => {
      out[0] = x;
      out[1] = y;
    });
    // It stays where it is, though what is kept over several steps would move with the material.
    const ddt = new SemiLagrangianDDt(u, { velocity: v, interpolation: "newest" });
    for (const size of [dt / 3, dt]) {
      wind();
      ddt.updatePreSolve(size);
      if (size < dt) {
        ddt.updatePostSolve();
        model.tracker.time += size;
      }
    }
    const star = ddt.historyTerms().map((h) => h / -ddt.leadingCoefficient());
    const t = model.tracker.time;
    let error = 0;
    for (let i = 0; i < u.dofCount; i++) {
      const [x, y] = path(u.coordinates.get(i, 0), u.coordinates.get(i, 1), t, t + dt);
      if (x < 0 || y < 0) continue;
      error = Math.max(error, Math.hypot(star[2 * i] - x, star[2 * i + 1] - y));
    }
    return error;
  });
  // The error of one step of a second-order path is O(dt^3).
  assert(lastOrder(errors) > 2.7, `${errors}`);
});

Deno.test("all past levels are seen from the new time, to second order", () => {
  for (const order of [2, 3]) {
    const errors = [8, 16, 32].map((n) => {
      const { model, mesh } = square(8);
      const u = new MeshVariable(mesh, "u", { degree: 2 });
      // Turning about the middle from time 1; the square of where the path was then is quadratic in space.
      const origin = (x: number, y: number, t: number) =>
        (x - 0.5) * Math.cos(t - 1) + (y - 0.5) * Math.sin(t - 1) + 0.2;
      const exact = (x: number, y: number, _z: number, t: number) =>
        origin(x, y, t) ** 2 * (1 + t) ** order;
      const ddt = new SemiLagrangianDDt(u, {
        order,
        velocity: (x, y, _z, out) => {
          out[0] = 0.5 - y;
          out[1] = x - 0.5;
        },
      });
      const dt = 1 / n;
      model.tracker.time = 1;
      ddt.initialiseHistory(new Array(order).fill(exact), dt);
      ddt.updatePreSolve(dt);
      model.tracker.time += dt;
      u.set(exact);
      const rate = ddt.bdf();
      let error = 0;
      const { coordinates } = u;
      for (let i = 0; i < u.dofCount; i++) {
        const x = coordinates.get(i, 0), y = coordinates.get(i, 1);
        if ((x - 0.5) ** 2 + (y - 0.5) ** 2 > 0.1) continue;
        const slope = order * origin(x, y, 1 + dt) ** 2 * (2 + dt) ** (order - 1);
        error = Math.max(error, Math.abs(rate[i] - slope));
      }
      return error;
    });
    assert(lastOrder(errors) > 1.8, `${order}: ${errors}`);
  }
});

Deno.test("transport converges with second order on P1 where dt goes with h, at Courant 5", () => {
  assertSecondOrder(1);
});

/** The largest error of a hill that is carried around an annulus once, by the number of steps. */
function turned(steps: number, interpolation?: "kept" | "newest"): number {
  const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.12 });
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  const hill = (x: number, y: number) => Math.exp(-15 * ((x - 0.85) ** 2 + y * y));
  u.set(hill);
  const ddt = new SemiLagrangianDDt(u, {
    interpolation,
    velocity: (x, y, _z, out) => {
      out[0] = -2 * Math.PI * y;
      out[1] = 2 * Math.PI * x;
    },
  });
  for (let k = 0; k < steps; k++) {
    ddt.updatePreSolve(1 / steps);
    transport(u, ddt);
    ddt.updatePostSolve();
  }
  const { coordinates } = u;
  return u.data.reduce(
    (error, value, i) =>
      Math.max(error, Math.abs(value - hill(coordinates.get(i, 0), coordinates.get(i, 1)))),
    0,
  );
}

Deno.test("errors fall with second order as steps get shorter, where those of the newest field grow", () => {
  const errors = [32, 64, 128].map((steps) => turned(steps));
  errors.slice(1).forEach((error, i) => {
    assert(Math.log2(errors[i] / error) > 1.7, `${errors}`);
  });
  assert(turned(128, "newest") > 8 * errors[2]);
});

Deno.test("short steps stay at the spatial error where the flow stretches, and with a source", () => {
  const errorOf = (steps: number) => {
    const { model, mesh } = square(12);
    const u = new MeshVariable(mesh, "u", { degree: 2 });
    const hill = (x: number, y: number) => Math.exp(-20 * ((x - 0.3) ** 2 + (y - 0.5) ** 2));
    u.set(hill);
    const ddt = new SemiLagrangianDDt(u, { velocity: stir, order: 3 });
    for (let k = 0; k < steps; k++) {
      ddt.updatePreSolve(1 / steps);
      // Du/Dt = 1.
      u.set(ddt.historyTerms().map((h) => (1 - h) / ddt.leadingCoefficient()));
      ddt.updatePostSolve();
      model.tracker.time += 1 / steps;
    }
    const { coordinates } = u;
    return u.data.reduce((error, value, i) => {
      const [x, y] = foot(coordinates.get(i, 0), coordinates.get(i, 1));
      return Math.max(error, Math.abs(value - hill(x, y) - 1));
    }, 0);
  };
  const [few, many] = [16, 128].map(errorOf);
  // Interpolated in every step it would be three times as large with 128 steps as with 16.
  assert(many < 1.3 * few, `${few} ${many}`);
});

Deno.test("paths that leave stop at the boundary and take what flows in there and then", () => {
  const { mesh } = square(8);
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  u.set((x) => 1 + x);
  const right = (_x: number, _y: number, _z: number, out: Float64Array) => {
    out[0] = 1;
  };
  const plain = new SemiLagrangianDDt(u, { velocity: right });
  plain.updatePreSolve(0.3);
  const timed = new SemiLagrangianDDt(u, {
    velocity: right,
    inflow: (x, _y, _z, t) => x + 10 * t,
  });
  timed.updatePreSolve(0.3);
  const past = plain.historyTerms().map((h) => -h * 0.3);
  const late = timed.historyTerms().map((h) => -h * 0.3);
  for (let i = 0; i < u.dofCount; i++) {
    const x = u.coordinates.get(i, 0);
    assertRounding(past[i], 1 + Math.max(0, x - 0.3), 4000);
    // Met the boundary x = 0 at time 0.3 - x.
    assertAlmostEquals(late[i], x < 0.3 ? 10 * (0.3 - x) : 1 + x - 0.3, 1e-12);
  }
});

Deno.test("at curved walls and in 3-D nothing sticks or leaves", () => {
  const annulus = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.1 });
  const u = new MeshVariable(annulus, "u", { degree: 2 });
  u.set((x, y) => Math.atan2(y, x));
  const turn = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = -y;
    out[1] = x;
  };
  const tracer = new DepartureTracer(placesIn(annulus));
  const { points, coordinates: starts } = ownedDofs(u);
  const at = tracer.start(points, starts);
  const wind: Wind = (p, { count }, out) => {
    for (let i = 0; i < count; i++) turn(p[2 * i], p[2 * i + 1], 0, out.subarray(2 * i));
  };
  tracer.back(at, 0.2, wind);
  const { coordinates } = u;
  for (let i = 0; i < u.dofCount; i++) {
    const before = Math.atan2(coordinates.get(i, 1), coordinates.get(i, 0));
    const after = Math.atan2(at.points[2 * i + 1], at.points[2 * i]);
    const turned = Math.atan2(Math.sin(before - after), Math.cos(before - after));
    // The midpoint rule turns by dt to within dt^3; the chords of the boundary add their height.
    assertAlmostEquals(turned, 0.2, 0.01);
    assert(at.cells[i] >= 0 && at.stopped[i] === 0);
  }

  const box = boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] });
  const w = new MeshVariable(box, "w");
  w.set((x, y, z) => x * y + z * z);
  const ddt = new SemiLagrangianDDt(w, {
    velocity: (_x, _y, _z, out) => void out.set([0.1, 0.2, -0.1]),
  });
  ddt.updatePreSolve(1);
  const past = ddt.historyTerms();
  for (let i = 0; i < w.dofCount; i++) {
    const [x, y, z] = [0, 1, 2].map((d) => w.coordinates.get(i, d) - [0.1, 0.2, -0.1][d]);
    // Quadratics are exact on P1, thanks to the recovered gradients.
    if (x > 0 && y > 0 && z < 1) assertAlmostEquals(-past[i], x * y + z * z, 1e-11);
  }
});

Deno.test("clipping keeps within the values of the cell", () => {
  for (const degree of [1, 2] as const) {
    const ranges = [false, true].map((clip) => {
      const { mesh } = square(12);
      const u = new MeshVariable(mesh, "u", { degree });
      u.set((x, y) => Math.hypot(x - 0.3, y - 0.5) < 0.15 ? 1 : 0);
      const ddt = new SemiLagrangianDDt(u, { velocity: stir, clip });
      for (let k = 0; k < 5; k++) {
        ddt.updatePreSolve(0.07);
        transport(u, ddt);
        ddt.updatePostSolve();
      }
      return [u.min(), u.max()];
    });
    // Without clipping quadratics overshoot a jump by far more than rounding.
    assert(ranges[0][0] < -1e-3 || ranges[0][1] > 1 + 1e-3);
    assert(ranges[1][0] >= 0 && ranges[1][1] <= 1);
  }
});

Deno.test("relaxation with a carried forcing is exact for a forcing linear in time", () => {
  const { model, mesh } = square(4);
  const u = new MeshVariable(mesh, "u"), force = new MeshVariable(mesh, "F");
  const ddt = new SemiLagrangianDDt(u, { velocity: stir, forcingHistory: force });
  // u' = -u / tau + a + b t has the solution c e^(-t / tau) + tau (a + b (t - tau)).
  const tau = 0.05, a = 2, b = -3;
  const exact = (t: number) => 4 * Math.exp(-t / tau) + tau * (a + b * (t - tau));
  u.set(exact(0));
  force.set(a);
  for (const dt of [0.2, 1e-4, 0.05]) {
    ddt.updatePreSolve(dt);
    const end = model.tracker.time + dt;
    force.set(a + b * end);
    const { newer, history } = ddt.relax(tau);
    u.set(history.map((h, i) => h + newer[i] * force.data[i]));
    ddt.updatePostSolve();
    model.tracker.time = end;
    assertRounding(u.max(), exact(end), 400);
    assertRounding(u.min(), exact(end), 400);
  }
  const perDof = new Float64Array(u.dofCount).fill(tau);
  assertEquals(ddt.relax(perDof), ddt.relax(tau));
  assertThrows(() => ddt.relax(0), RangeError, "relaxation time");
  const without = new SemiLagrangianDDt(u, { velocity: stir });
  without.updatePreSolve(1);
  assertThrows(() => without.relax(1), RangeError, "forcingHistory");
});

Deno.test("restored between or within steps, it goes on with the same bytes", () => {
  for (const order of [1, 3]) {
    for (const degree of [1, 2] as const) {
      const { model, mesh } = square(4, true);
      const u = new MeshVariable(mesh, "u", { degree });
      u.set((x, y) => Math.sin(3 * x) * y);
      const velocity = new MeshVariable(mesh, "v", { components: 2 });
      velocity.set((x, y, _z, out) => stir(x, y, 0, out));
      const forcingHistory = new MeshVariable(mesh, "F", { degree });
      forcingHistory.set(1);
      assertGoesOn(model, new SemiLagrangianDDt(u, { order, velocity, forcingHistory }));
    }
  }
});

Deno.test("a velocity changed within a step changes nothing that was traced", () => {
  const { model, mesh } = square(4);
  const u = new MeshVariable(mesh, "u");
  u.set((x) => x);
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set([0.5, 0]);
  const ddt = new SemiLagrangianDDt(u, { velocity: v });
  ddt.updatePreSolve(0.1);
  const traced = ddt.historyTerms();
  v.set([-3, 0]);
  model.loadState(model.saveState());
  assertEquals(ddt.historyTerms(), traced);
});

Deno.test("a mesh that is deformed between steps is traced anew", () => {
  const { model, mesh } = square(6);
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  u.set((x, y) => x + y);
  const ddt = new SemiLagrangianDDt(u, { velocity: stir });
  ddt.updatePreSolve(0.1);
  using token = model.saveState();
  const before = ddt.historyTerms();
  const wider = mesh.coordinates.data.map((x, i) => i % 2 === 0 ? 1.5 * x : x);
  mesh.deform(wider);
  assert(ddt.historyTerms().some((h, i) => h !== before[i]));
  model.loadState(token);
  assertEquals(ddt.historyTerms(), before);
});

Deno.test("wrong options are refused", () => {
  const { model, mesh } = square(2);
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
  const other = new MeshVariable(square(2).mesh, "w", { components: 2 });
  const make = (options: Record<string, unknown>) => () =>
    new SemiLagrangianDDt(u, options as never);
  assertThrows(make({}), TypeError);
  assertThrows(() => new SemiLagrangianDDt(u, undefined as never), TypeError);
  assertThrows(make({ velocity: u }), RangeError, "components");
  assertThrows(make({ velocity: other }), RangeError, "mesh");
  assertThrows(make({ velocity: v, inflow: 3 }), TypeError, "inflow");
  assertThrows(make({ velocity: v, interpolation: "oldest" }), RangeError, "kept");
  const cells = new MeshVariable(mesh, "c", { degree: 0, continuous: false });
  const keep = { velocity: v, interpolation: "kept" } as const;
  assertThrows(() => new SemiLagrangianDDt(cells, keep), RangeError, "continuous");
  assertThrows(make({ velocity: v, forcingHistory: v }), RangeError, "same kind");
  assertThrows(make({ velocity: v, forcingHistory: 1 }), TypeError);
  assertEquals(model.bearers.size, 0);
  v.set([NaN, 0]);
  const ddt = new SemiLagrangianDDt(u, { velocity: v });
  assertThrows(() => ddt.updatePreSolve(1), RangeError, "not finite");
  assertEquals(ddt.state.phase, "between");
});
