/**
 * Small runs in which something crosses ranks, and the bytes that are kept of each: fields, particles and whole snapshots,
 * on every rank. See `fingerprints_long.ts`.
 *
 * @module
 */
import type { TypedArray } from "../../src/arrays.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshMotion } from "../../src/mesh/mesh_motion.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Projection } from "../../src/solve/projection.ts";
import type { SwarmBoundary } from "../../src/swarm/boundary_rule.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { scattered } from "../swarm/_setup.ts";

/** Bytes by name, those of this rank. */
export type Kept = Record<string, TypedArray>;

/** A run: what it leaves, besides the model whose snapshot is kept too. */
export type Case = (comm: Comm) => { readonly model: Model; readonly kept: Kept };

type Flow = (x: number, y: number, z: number, out: Float64Array) => void;

// Rational functions only: the same bits in every engine.
const bump = (x: number, y: number, z: number) => 1 / (1 + 4 * x * x + 3 * y * y + z * z) + x * y;
const turn: Flow = (x, y, z, out) => {
  out[0] = -y + 0.1 * x * x;
  out[1] = x;
  if (out.length === 3) out[2] = 0.3 * z - 0.2 * x;
};

/** A box of cells of which no two are alike. */
function bentBox(comm: Comm, dim: 2 | 3, n: number): { model: Model; mesh: Mesh } {
  const model = new Model({ comm, seed: 3 });
  const all = <T>(value: T) => Array<T>(dim).fill(value);
  const mesh = boxMesh(model, { min: all(-1), max: all(1), cells: all(n) });
  mesh.deform(mesh.coordinates.data.map((x) => x + 0.1 * x * (1 - x * x)));
  return { model, mesh };
}

function fieldOn(mesh: Mesh, name: string, degree: 1 | 2, components: number, f: Flow | number[]) {
  const field = new MeshVariable(mesh, name, { degree, components });
  field.set(f);
  return field;
}

function scalarOn(mesh: Mesh, name: string, degree: 0 | 1 | 2, continuous = true): MeshVariable {
  const field = new MeshVariable(mesh, name, { degree, continuous });
  field.set(bump);
  return field;
}

function marked(mesh: Mesh, boundary: SwarmBoundary, perCell = 2): Swarm {
  const swarm = new Swarm(mesh, { boundary });
  swarm.addVariable("material", { dtype: "uint8" }).set(0);
  swarm.addVariable("strain", { components: 2 });
  swarm.populate({ perCell });
  swarm.variables.get("material")!.set((x: number, y: number) => (x > y ? 3 : 1));
  swarm.variables.get("strain")!.set((x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = x;
    out[1] = y;
  });
  return swarm;
}

/** Round and round, by functions and by fields of both degrees, with one sub-step and with several. */
function circulation(dim: 2 | 3, boundary: SwarmBoundary): Case {
  return (comm) => {
    const { model, mesh } = bentBox(comm, dim, dim === 2 ? 7 : 3);
    const swarm = marked(mesh, boundary);
    const v = fieldOn(mesh, "v", 1, dim, turn), w = fieldOn(mesh, "w", 2, dim, turn);
    for (const [k, velocity] of [v, turn, w, v].entries()) {
      swarm.advect(velocity, 0.35, { order: k === 2 ? 2 : 4, ...(k > 1 ? { stepLimit: 1 } : {}) });
      model.tracker.time += 0.35;
    }
    return { model, kept: { lost: Float64Array.of(swarm.lost) } };
  };
}

/** Out through walls and corners. */
function walls(dim: 2 | 3, boundary: SwarmBoundary, by: "field" | "function"): Case {
  return (comm) => {
    const { model, mesh } = bentBox(comm, dim, dim === 2 ? 6 : 3);
    const swarm = marked(mesh, boundary);
    const flow: Flow = (x, y, z, out) => {
      out[0] = 1.3 + y;
      out[1] = 0.7 - 0.4 * x;
      if (out.length === 3) out[2] = -0.9 + 0.2 * z;
    };
    const velocity = by === "field" ? fieldOn(mesh, "v", 1, dim, flow) : flow;
    for (const order of [1, 2, 4] as const) swarm.advect(velocity, 0.6, { order });
    return { model, kept: { lost: Float64Array.of(swarm.lost) } };
  };
}

/** Farther in one step than several ranks are long, with stages on all of them. */
function jumps(boundary: SwarmBoundary, by: "field" | "function"): Case {
  return (comm) => {
    const model = new Model({ comm });
    const mesh = boxMesh(model, { min: [0, 0], max: [8, 1], cells: [24, 3] });
    const swarm = marked(mesh, boundary);
    const flow: Flow = (x, y, _z, out) => {
      out[0] = 5 + 0.1 * x;
      out[1] = 0.5 * (y - 0.5);
    };
    const velocity = by === "field" ? fieldOn(mesh, "v", 1, 2, flow) : flow;
    swarm.advect(velocity, 1, { order: 4 });
    swarm.advect(velocity, -1.1, { order: 2, stepLimit: 3 });
    swarm.advect(velocity, 0.9, { order: 1 });
    return { model, kept: { lost: Float64Array.of(swarm.lost) } };
  };
}

/** Round holes, with straight or curved cells. */
function ring(boundary: SwarmBoundary, geometryDegree: 1 | 2): Case {
  return (comm) => {
    const model = new Model({ comm });
    const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize: 0.5, geometryDegree });
    const swarm = marked(mesh, boundary);
    const v = fieldOn(mesh, "v", 2, 2, (x, y, _z, out) => {
      out[0] = -y + 0.4 * x;
      out[1] = x + 0.2 * y;
    });
    swarm.advect(v, 0.4, { order: 4 });
    swarm.advect(turn, 0.5, { order: 2, stepLimit: 2 });
    swarm.advect(v, -0.6);
    return { model, kept: { lost: Float64Array.of(swarm.lost) } };
  };
}

/** Pure transport by a history. */
function transported(
  dim: 2 | 3,
  degree: 1 | 2,
  kind: "semi-Lagrangian" | "Eulerian" | "Lagrangian",
  by: "field" | "function",
): Case {
  return (comm) => {
    const { model, mesh } = bentBox(comm, dim, dim === 2 ? 7 : 3);
    const T = fieldOn(mesh, "T", degree, 2, (x, y, z, out) => {
      out[0] = bump(x, y, z);
      out[1] = x - y * y;
    });
    const velocity = by === "field" ? fieldOn(mesh, "v", 1, dim, turn) : turn;
    const ddt = kind === "Lagrangian"
      ? new LagrangianDDt(T, { order: 2, velocity })
      : kind === "Eulerian"
      ? new EulerianDDt(T, { order: 2, velocity: fieldOn(mesh, "w", 1, dim, turn) })
      : new SemiLagrangianDDt(T, { order: 2, velocity, clip: degree === 1 });
    const kept: Kept = {};
    for (const [k, dt] of (kind === "Eulerian" ? [0.02, 0.01] : [0.4, 0.2, 0.3]).entries()) {
      ddt.updatePreSolve(dt);
      const lead = ddt.leadingCoefficient();
      T.set(ddt.historyTerms().map((h) => -h / lead));
      kept[`flux ${k}`] = ddt.adamsMoultonFlux();
      ddt.updatePostSolve(dt);
      model.tracker.time += dt;
    }
    return { model, kept };
  };
}

/** Past values on particles of one's own. */
const particleHistory: Case = (comm) => {
  const { model, mesh } = bentBox(comm, 2, 6);
  const swarm = marked(mesh, "lose");
  const u = swarm.addVariable("u", { components: 2 });
  u.set((x, y, _z, out) => void out.set([x, y]));
  const ddt = new LagrangianSwarmDDt(u, { order: 3 }), v = fieldOn(mesh, "v", 1, 2, turn);
  const kept: Kept = {};
  for (let k = 0; k < 4; k++) {
    const dt = 0.3 / (k + 1);
    ddt.updatePreSolve(dt);
    for (let i = 0; i < u.data.length; i++) u.data[i] = 0.9 * u.data[i] + dt;
    kept[`bdf ${k}`] = ddt.bdf();
    ddt.updatePostSolve(dt);
    swarm.advect(v, dt, { order: 4 });
    swarm.addParticles([[0.1 * k, -0.2]], { global: true });
    model.tracker.time += dt;
  }
  return { model, kept };
};

/** Points on nodes, in the middle of edges and of cells, on cuts between ranks, and outside. */
function pointsOf(mesh: Mesh, comm: Comm): Float64Array {
  const dim = mesh.dim, x = mesh.coordinates.data as Float64Array, cells = mesh.cells.data;
  const own: number[] = [];
  for (let c = 0; c < mesh.ownedCellCount; c++) {
    for (let k = 0; k <= dim; k++) {
      const a = cells[c * (dim + 1) + k], b = cells[c * (dim + 1) + (k + 1) % (dim + 1)];
      for (let d = 0; d < dim; d++) own.push(x[a * dim + d]);
      for (let d = 0; d < dim; d++) own.push((x[a * dim + d] + x[b * dim + d]) / 2);
    }
  }
  const more = scattered(30, dim, 1.05);
  return Float64Array.from([...comm.allgatherv(Float64Array.from(own)), ...more]);
}

/** Values and gradients anywhere, particles added anywhere. */
function onCuts(dim: 2 | 3): Case {
  return (comm) => {
    const { model, mesh } = bentBox(comm, dim, dim === 2 ? 5 : 2);
    const kept: Kept = {}, points = pointsOf(mesh, comm);
    for (const [degree, continuous] of [[1, true], [2, true], [0, false], [2, false]] as const) {
      const u = scalarOn(mesh, `u${degree}${continuous}`, degree, continuous);
      kept[`${u.name} values`] = u.evaluate(points).data;
      if (degree > 0) kept[`${u.name} gradients`] = u.gradient(points).data;
    }
    kept.located = mesh.locate(points).cells;
    const swarm = new Swarm(mesh);
    kept.added = swarm.addParticles(points, { global: true });
    swarm.addParticles(points.subarray(0, dim * 40 * (comm.rank + 1)));
    const { data } = swarm.coordinates;
    for (let i = 0; i < data.length; i++) data[i] = -Math.round(data[i] * 4) / 4;
    swarm.migrate();
    return { model, kept };
  };
}

/** Nodes move, particles with them and through them. */
const deformed: Case = (comm) => {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] });
  const motion = new MeshMotion(mesh), v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((x, y, _z, out) => void out.set([0.5 - y, x - 0.5]));
  const swarm = marked(mesh, "clamp"), T = scalarOn(mesh, "T", 2);
  const kept: Kept = {};
  for (let step = 0; step < 3; step++) {
    const x = mesh.coordinates.data as Float64Array;
    const next = x.map((value, i) =>
      i % 2 === 0 ? value : value * (1 + 0.1 * (step - 0.9) * x[i - 1])
    );
    motion.move(next, 0.2);
    swarm.advect(v, 0.2, { motion, ...(step === 1 ? { stepLimit: 1 } : {}) });
    kept[`T ${step}`] = T.evaluate(scattered(20, 2)).data;
    model.tracker.time += 0.2;
  }
  mesh.deform(mesh.coordinates.data.map((value) => 1.1 * value - 0.02));
  swarm.migrate();
  return { model, kept };
};

/** Fields of both degrees, their integrals and what solvers make of them. */
const fields: Case = (comm) => {
  const { model, mesh } = bentBox(comm, 2, 8);
  const kept: Kept = {};
  for (const degree of [1, 2] as const) {
    const u = scalarOn(mesh, `u${degree}`, degree);
    kept[`${u.name} numbers`] = Float64Array.of(
      u.integrate() as number,
      u.integrate("left") as number,
      u.norm(),
      u.min() as number,
      u.max() as number,
      mesh.minRadius,
    );
    const heat = new Diffusion(u, { diffusivity: 0.1 });
    heat.addDirichlet("left", 1);
    for (let step = 0; step < 2; step++) heat.solve({ dt: 0.1 });
    kept[`${u.name} places`] = u.coordinates.data as Float64Array;
  }
  const swarm = marked(mesh, "lose", 3), m = new MeshVariable(mesh, "m");
  new Projection(m, { source: swarm.variables.get("material")! }).solve();
  return { model, kept };
};

/** Through the sides of periodic boxes. */
function around(dim: 2 | 3, boundary: SwarmBoundary): Case {
  return (comm) => {
    const model = new Model({ comm });
    const mesh = dim === 2
      ? boxMesh(model, { min: [0, 0], max: [1, 1], cells: [7, 6], periodic: ["x"] })
      : boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [4, 3, 3], periodic: ["x", "z"] });
    const swarm = new Swarm(mesh, { boundary, wraps: true });
    swarm.populate({ perCell: 2 });
    const flow: Flow = (x, y, _z, out) => {
      out[0] = 1.5 + y * (1 - y);
      out[1] = 0.6 * (x - x * x) + 0.2;
      if (out.length === 3) out[2] = -0.8;
    };
    const v = fieldOn(mesh, "v", 1, dim, flow), T = scalarOn(mesh, "T", dim === 2 ? 2 : 1);
    const ddt = new SemiLagrangianDDt(T, { order: 2, velocity: v });
    for (const dt of [0.4, 0.9]) {
      ddt.updatePreSolve(dt);
      const lead = ddt.leadingCoefficient();
      T.set(ddt.historyTerms().map((h) => -h / lead));
      ddt.updatePostSolve(dt);
      swarm.advect(v, dt, { order: 4 });
      swarm.advect(flow, -0.5 * dt, { stepLimit: 2 });
      model.tracker.time += dt;
    }
    const points = scattered(40, dim, 3);
    return { model, kept: { values: T.evaluate(points).data } };
  };
}

/** A mesh from a file: regions, boundaries, curved or periodic sides; particles, paths and values in it. */
function read(file: string, boundary: SwarmBoundary): Case {
  return (comm) => {
    const model = new Model({ comm });
    const mesh = readGmsh(model, new URL(`../data/gmsh/${file}`, import.meta.url));
    const { dim } = mesh, x = mesh.coordinates.data as Float64Array;
    const swarm = marked(mesh, boundary);
    const v = fieldOn(mesh, "v", 1, dim, (x, y, z, out) => {
      out[0] = 0.3 + 0.2 * y;
      out[1] = -0.2 * x;
      if (out.length === 3) out[2] = 0.1 + 0.1 * z;
    });
    const T = scalarOn(mesh, "T", mesh.geometryDegree === 2 || dim === 2 ? 2 : 1);
    const ddt = mesh.geometryDegree === 1 ? new SemiLagrangianDDt(T, { velocity: v }) : null;
    const kept: Kept = { places: T.coordinates.data as Float64Array };
    for (const dt of [0.3, 0.5]) {
      ddt?.updatePreSolve(dt);
      if (ddt !== null) T.set(ddt.historyTerms().map((h) => -h / ddt.leadingCoefficient()));
      ddt?.updatePostSolve(dt);
      swarm.advect(v, dt, { order: 4 });
      model.tracker.time += dt;
    }
    kept.values = T.evaluate(scattered(30, dim)).data;
    mesh.deform(x.map((value) => 1.1 * value + 0.01));
    swarm.migrate();
    kept.moved = T.coordinates.data as Float64Array;
    for (const [name, cells] of mesh.regions) kept[`region ${name}`] = cells;
    kept.numbers = Float64Array.of(T.integrate() as number, mesh.minRadius, ...mesh.periods.data);
    return { model, kept };
  };
}

/** Cells are halved and put together under particles, and crowds are thinned. */
const adapted: Case = (comm) => {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [6, 6] });
  const T = scalarOn(mesh, "T", 2), v = fieldOn(mesh, "v", 1, 2, turn);
  const swarm = marked(mesh, "clamp");
  for (const size of [0.15, 0.3]) {
    mesh.adapt({ size: (x: number, y: number) => (x * x + y * y < 0.3 ? size : 0.5) });
    swarm.advect(v, 0.3);
    swarm.balance({ fewest: 2, most: 4 });
  }
  return { model, kept: { values: T.evaluate(scattered(20, 2)).data } };
};

/** A run that is saved on one number of ranks and loaded on another. */
export function saved(comm: Comm): { model: Model; mesh: Mesh; goOn: () => void } {
  const { model, mesh } = bentBox(comm, 2, 6);
  const T = fieldOn(mesh, "T", 2, 2, turn), v = fieldOn(mesh, "v", 1, 2, turn);
  scalarOn(mesh, "cells", 0, false);
  const ddt = new LagrangianDDt(T, { order: 2, velocity: v });
  const swarm = marked(mesh, "reflect");
  const goOn = () => {
    ddt.updatePreSolve(0.3);
    const lead = ddt.leadingCoefficient();
    T.set(ddt.historyTerms().map((h) => -h / lead));
    ddt.updatePostSolve(0.3);
    swarm.advect(v, 0.3);
    model.tracker.time += 0.3;
  };
  return { model, mesh, goOn };
}

const rules = ["lose", "clamp", "reflect"] as const;

/** A few that take no time, for every run of the tests. */
export const quickCases: Readonly<Record<string, Case>> = {
  "circulation in 2-D": circulation(2, "lose"),
  "jumps by a field, reflect": jumps("reflect", "field"),
  "points on cuts in 2-D": onCuts(2),
  "semi-Lagrangian P2 in 2-D": transported(2, 2, "semi-Lagrangian", "field"),
  "periodic in 2-D, clamp": around(2, "clamp"),
};

/** All of them. */
export const allCases: Readonly<Record<string, Case>> = {
  ...quickCases,
  "circulation in 3-D": circulation(3, "reflect"),
  ...Object.fromEntries(rules.flatMap((rule) => [
    [`walls in 2-D by a field, ${rule}`, walls(2, rule, "field")],
    [`walls in 2-D by a function, ${rule}`, walls(2, rule, "function")],
    [`walls in 3-D by a field, ${rule}`, walls(3, rule, "field")],
    [`jumps by a function, ${rule}`, jumps(rule, "function")],
    [`ring of straight cells, ${rule}`, ring(rule, 1)],
    [`ring of curved cells, ${rule}`, ring(rule, 2)],
  ])),
  "jumps by a field, clamp": jumps("clamp", "field"),
  "semi-Lagrangian P1 in 2-D": transported(2, 1, "semi-Lagrangian", "function"),
  "semi-Lagrangian P1 in 3-D": transported(3, 1, "semi-Lagrangian", "field"),
  "semi-Lagrangian P2 in 3-D": transported(3, 2, "semi-Lagrangian", "function"),
  "Eulerian P2 in 2-D": transported(2, 2, "Eulerian", "field"),
  "Lagrangian P1 in 2-D": transported(2, 1, "Lagrangian", "function"),
  "Lagrangian P2 in 2-D": transported(2, 2, "Lagrangian", "field"),
  "Lagrangian P1 in 3-D": transported(3, 1, "Lagrangian", "field"),
  "history on particles": particleHistory,
  "points on cuts in 3-D": onCuts(3),
  "a mesh that moves": deformed,
  "fields and solvers": fields,
  "periodic in 2-D, reflect": around(2, "reflect"),
  "periodic in 3-D, lose": around(3, "lose"),
  "adapted, and balanced": adapted,
  "a file of tetrahedra": read("cubes_41_binary.msh", "reflect"),
  "a file of curved cells": read("annulus_41_order2.msh", "clamp"),
  "a file of a periodic mesh": read("periodic_41_binary.msh", "lose"),
};
