/**
 * The steps of a surface in time, and the explicit Runge-Kutta schemes among them.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { ConvergenceError, MeshTangledError } from "../errors.ts";
import type { Stokes } from "../flow/stokes.ts";
import type { MeshMotion } from "../mesh/mesh_motion.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Model } from "../model/model.ts";
import type { Stabilisation } from "./stabilisation.ts";
import type { SurfaceMesh } from "./surface_mesh.ts";
import type { SurfaceScheme, SurfaceSettings } from "./surface_options.ts";

/** What a step works with. */
export interface SurfaceParts {
  /** The surface's name, for messages. */
  readonly name: string;
  readonly model: Model;
  readonly flow: Stokes;
  readonly mesh: SurfaceMesh;
  readonly stabilisation: Stabilisation;
  readonly motion: MeshMotion;
  /** Takes the mean velocity over the step. */
  readonly velocity: MeshVariable;
  readonly settings: SurfaceSettings;
}

/** A stage: speeds of the nodes, and the flow that they come from. */
interface Stage {
  /** Along the last axis, `[nodeCount]`. */
  readonly speeds: Float64Array;
  /** `[dofCount x dim]`. */
  readonly velocity: Float64Array;
}

/**
 * One step of a surface. It changes the model as it goes; whoever takes it puts the model back where it throws.
 *
 * State: none, it lives as long as one step.
 */
export class SurfaceStep {
  readonly #parts: SurfaceParts;
  readonly #dt: number;
  /** How often the flow was solved. */
  solves = 0;
  /** The iterations of all solves together. */
  iterations = 0;

  constructor(parts: SurfaceParts, dt: number) {
    this.#parts = parts;
    this.#dt = dt;
  }

  /** Takes the step. */
  take(scheme: SurfaceScheme, theta: number): void {
    const explicit = explicitScheme(scheme);
    if (explicit !== null) this.#explicit(explicit);
    else if (scheme === "midpoint") this.#midpoint();
    else this.#finish([this.#stage(theta * this.#dt, null)], [1]);
  }

  /** Each stage begins from the start of the step. */
  #explicit({ nodes, weights }: ExplicitScheme): void {
    const { model, mesh } = this.#parts, { time } = model.tracker, { places } = mesh;
    const dt = this.#dt;
    if (nodes.length === 1) return this.#finish([this.#stage(0, null)], weights);
    using start = model.saveState();
    const stages: Stage[] = [];
    let first: readonly Float64Array[] = [];
    for (const [s, node] of nodes.entries()) {
      if (s > 0) {
        model.loadState(start);
        this.#deform(mesh.moved(places, stages[s - 1].speeds, node * dt));
        model.tracker.time = time + node * dt;
      }
      stages.push(this.#stage(0, null));
      if (s === 0) first = this.#fields.map((field) => field.data.slice());
    }
    model.loadState(start);
    this.#fields.forEach((field, i) => field.data.set(first[i]));
    this.#finish(stages, weights);
  }

  /**
   * `X1 = X0 + dt W((X0 + X1) / 2)`, W the speeds. Each iteration solves for the flow on the mesh of the middle that
   * the one before gave, with the weight of what the flow changes beyond it; so a linear mode takes one.
   */
  #midpoint(): void {
    const { model, mesh, name, settings } = this.#parts, { time } = model.tracker;
    const { places } = mesh, dt = this.#dt;
    const { tolerance, maxIterations } = settings, changes: number[] = [];
    using start = model.saveState();
    let last = this.#stage(dt / 2, null), now = last;
    model.tracker.time = time + dt / 2;
    do {
      if (changes.length === maxIterations) {
        throw new ConvergenceError(
          `${name}: the midpoint of a step of ${dt} did not converge in ${maxIterations} iterations: the ` +
            `surface's velocity still changed by ${
              changes.at(-1)
            }, asked ${tolerance}; take a smaller step`,
          changes,
        );
      }
      last = now;
      this.#deform(mesh.moved(places, last.speeds, dt / 2));
      now = this.#stage(dt / 2, last.velocity);
      changes.push(this.#change(last.speeds, now.speeds));
    } while (changes.at(-1)! > tolerance);
    const fields = this.#fields.map((field) => field.data.slice());
    model.loadState(start);
    this.#fields.forEach((field, i) => field.data.set(fields[i]));
    this.#finish([now], [1]);
  }

  /** The fields of the flow. */
  get #fields(): readonly MeshVariable[] {
    const { flow } = this.#parts;
    return [flow.variable, flow.pressure];
  }

  /** Solves for the flow on the present mesh. */
  #stage(span: number, anchor: Float64Array | null): Stage {
    const { flow, mesh, stabilisation, name } = this.#parts, dt = this.#dt;
    this.iterations += span > 0 ? stabilisation.solve(span, anchor) : flow.solve().iterations;
    this.solves++;
    const surface = mesh.surfaceSpeeds(flow.variable);
    if (surface.some(Number.isNaN)) {
      throw new MeshTangledError(
        flow.variable.mesh.name,
        dt,
        `${name}: the surface stands upright or overhangs; take a smaller step than ${dt}`,
      );
    }
    return {
      speeds: mesh.extended(surface).speeds,
      velocity: flow.variable.data.slice(),
    };
  }

  #finish(stages: readonly Stage[], weights: readonly number[]): void {
    const { mesh, motion, velocity } = this.#parts, dt = this.#dt;
    const speeds = combined(weights, stages.map((stage) => stage.speeds));
    const coordinates = mesh.moved(mesh.places, speeds, dt);
    this.#untangled(() => motion.move(coordinates, dt));
    velocity.data.set(combined(weights, stages.map((stage) => stage.velocity)));
  }

  #deform(coordinates: Float64Array): void {
    this.#untangled(() => this.#parts.flow.variable.mesh.deform(coordinates));
  }

  /** The mesh refuses places at which a cell is inverted; the number of them and their types are right. */
  #untangled(move: () => void): void {
    try {
      move();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { name } = this.#parts.flow.variable.mesh, dt = this.#dt;
      throw new MeshTangledError(
        name,
        dt,
        `${this.#parts.name}: a step of ${dt} tangles mesh '${name}': ${
          messageOf(error)
        }; take a smaller step`,
        { cause: error },
      );
    }
  }

  /** The largest difference, of the largest speed. */
  #change(before: Float64Array, now: Float64Array): number {
    const most = new Float64Array(2);
    for (let i = 0; i < now.length; i++) {
      most[0] = Math.max(most[0], Math.abs(now[i] - before[i]));
      most[1] = Math.max(most[1], Math.abs(now[i]));
    }
    const { comm } = this.#parts.model;
    const change = comm.allreduce(most[0], "max"), size = comm.allreduce(most[1], "max");
    return size === 0 ? 0 : change / size;
  }
}

/** A scheme whose stages each follow from the one before. */
export interface ExplicitScheme {
  /** When each stage is, in steps. The stage s moves the mesh by `nodes[s] dt` with the velocity of the one before. */
  readonly nodes: readonly number[];
  /** The part of each stage's velocity in the step; the sum is 1. */
  readonly weights: readonly number[];
}

/**
 * Euler, midpoint and the classical scheme: W. Kutta, Z. Math. Phys. 46 (1901) 435-453; E. Hairer, S. P. Norsett,
 * G. Wanner, Solving ordinary differential equations I (1993), DOI 10.1007/978-3-540-78862-1, section II.1.
 */
const explicit: ReadonlyMap<SurfaceScheme, ExplicitScheme> = new Map([
  ["euler", { nodes: [0], weights: [1] }],
  ["rk2", { nodes: [0, 0.5], weights: [0, 1] }],
  ["rk4", { nodes: [0, 0.5, 0.5, 1], weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6] }],
]);

/** The explicit scheme of that name; null for the others. */
export function explicitScheme(name: SurfaceScheme): ExplicitScheme | null {
  return explicit.get(name) ?? null;
}

/** `weights[0] columns[0] + weights[1] columns[1] + ...`, new memory. */
export function combined(
  weights: readonly number[],
  columns: readonly Float64Array[],
): Float64Array {
  const out = new Float64Array(columns[0].length);
  for (let s = 0; s < weights.length; s++) {
    if (weights[s] === 0) continue;
    const column = columns[s], weight = weights[s];
    for (let i = 0; i < out.length; i++) out[i] += weight * column[i];
  }
  return out;
}
