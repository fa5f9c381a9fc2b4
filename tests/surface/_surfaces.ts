/** A layer of fluid whose surface relaxes. @module */
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { FreeSurface } from "../../src/surface/free_surface.ts";
import type { FreeSurfaceOptions, SurfaceScheme } from "../../src/surface/surface_options.ts";

const { cosh, sinh, PI } = Math;

/** The wave number of {@link layer}. */
export const waveNumber = 2 * PI;

/**
 * The time in which a low wave on {@link layer} shrinks by e: viscosity, density times gravity and depth 1, no slip
 * below. `tau = 2 k (cosh^2 k + k^2) / (sinh k cosh k - k)`; see S. C. Kramer, C. R. Wilson, D. R. Davies, Phys. Earth
 * Planet. Inter. 194-195 (2012) 25-37, DOI 10.1016/j.pepi.2012.01.001.
 */
export const relaxationTime = 2 * waveNumber * (cosh(waveNumber) ** 2 + waveNumber ** 2) /
  (sinh(waveNumber) * cosh(waveNumber) - waveNumber);

/** A layer, its flow and its surface. */
export interface Layer {
  readonly model: Model;
  readonly mesh: Mesh;
  readonly v: MeshVariable;
  readonly p: MeshVariable;
  readonly stokes: Stokes;
  readonly surface: FreeSurface;
}

/** How a layer is made. */
export interface LayerOptions extends FreeSurfaceOptions {
  readonly dim?: 2 | 3;
  /** Cells over the depth. */
  readonly n?: number;
  /** The height of the wave. */
  readonly amplitude?: number;
  readonly rtol?: number;
  readonly model?: Model;
}

/** A layer of depth 1 under half a wave: free slip at the sides, no slip below. */
export function layer(options: LayerOptions = {}): Layer {
  const { dim = 2, n = 8, amplitude = 0.05, rtol = 1e-11, model = new Model(), ...rest } = options;
  const wide = n / 2, flat = dim === 2 ? [0.5] : [0.5, 0.25];
  const cells = dim === 2 ? [wide, n] as const : [wide, 1, n] as const;
  const mesh = boxMesh(model, { min: cells.map(() => 0), max: [...flat, 1], cells });
  const v = new MeshVariable(mesh, "v", { components: dim, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const bodyForce = dim === 2 ? [0, -1] : [0, 0, -1];
  const stokes = new Stokes(v, p, { viscosity: 1, bodyForce, rtol });
  stokes.addDirichlet("bottom", 0);
  for (const side of mesh.boundaries.keys()) {
    if (side !== "top" && side !== "bottom") stokes.addFreeSlip(side);
  }
  const surface = new FreeSurface(stokes, rest);
  surface.setHeights((x) => 1 + amplitude * Math.cos(waveNumber * x));
  return { model, mesh, v, p, stokes, surface };
}

/** The part of the surface that is `cos(2 pi x)`, by least squares over its nodes. */
export function waveHeight(surface: FreeSurface): number {
  const { points, values } = surface.heights();
  const mean = values.reduce((sum, h) => sum + h, 0) / values.length;
  let above = 0, below = 0;
  values.forEach((h, i) => {
    const wave = Math.cos(waveNumber * points.get(i, 0));
    above += (h - mean) * wave;
    below += wave * wave;
  });
  return above / below;
}

/** Takes `count` steps. */
export function relax({ model, surface }: Pick<Layer, "model" | "surface">, dt: number, count = 1) {
  for (let i = 0; i < count; i++) {
    surface.step({ dt });
    model.tracker.time += dt;
  }
}

/** The heights of a small layer at the time of relaxation, after so many steps. */
export function heightsAfter(scheme: SurfaceScheme, steps: number): Float64Array {
  const made = layer({ n: 4, scheme, rtol: 1e-13, tolerance: 1e-12 });
  relax(made, relaxationTime / steps, steps);
  return made.surface.heights().values;
}

/** The orders at which the largest error of the heights falls from each number of steps to the next, twice as many. */
export function ordersOf(
  scheme: SurfaceScheme,
  steps: readonly number[],
  exact: Float64Array,
): number[] {
  const errors = steps.map((count) =>
    Math.max(...heightsAfter(scheme, count).map((h, i) => Math.abs(h - exact[i])))
  );
  return errors.slice(1).map((error, i) => Math.log2(errors[i] / error));
}
