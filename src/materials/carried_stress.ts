/**
 * Stress that moves and turns with the material.
 *
 * @module
 */
import { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import { nearestField } from "../flow/cell_samples.ts";
import { spinComponents, spins, turnTensor } from "../flow/vorticity.ts";
import { geometryOf, haloOf } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldFrame } from "../solve/field_frame.ts";

/** The variables that are made beside a stress. */
export function carriedNames({ name }: MeshVariable): string[] {
  return ["carried", "forcing", "spin"].map((suffix) => `${name}_${suffix}`);
}

/** What the material brings along, turned, `[nodes x components]` each. */
export interface ArrivedStress {
  /** The stress. */
  readonly past: Float64Array;
  /** What drove it. */
  readonly driven: Float64Array;
}

/**
 * A stress, how fast it turns, and what drives it, carried by a `SemiLagrangianDDt`.
 *
 * State: captured, by the mesh, whose variables hold everything, and by the history.
 */
export class CarriedStress {
  readonly history: SemiLagrangianDDt;
  readonly #stress: MeshVariable;
  /** Stress and spin, side by side. */
  readonly #carried: MeshVariable;
  /** What drives them. */
  readonly #forcing: MeshVariable;
  /** The spin of the step before. */
  readonly #spinBefore: MeshVariable;

  constructor(stress: MeshVariable, velocity: MeshVariable) {
    const { mesh } = stress, spin = spinComponents(mesh.dim);
    const [carried, forcing, before] = carriedNames(stress);
    const components = stress.components + spin;
    this.#stress = stress;
    this.#carried = new MeshVariable(mesh, carried, { components });
    this.#forcing = new MeshVariable(mesh, forcing, { components });
    this.#spinBefore = new MeshVariable(mesh, before, { components: spin });
    this.history = new SemiLagrangianDDt(this.#carried, {
      name: `${stress.name}_history`,
      velocity,
      forcingHistory: this.#forcing,
      // Values are turned in each step, so that a level of several steps ago is of no use.
      interpolation: "newest",
    });
  }

  /** What it made. */
  get owned(): readonly object[] {
    return [this.history, this.#carried, this.#forcing, this.#spinBefore];
  }

  /** Starts with the stress and a flow. */
  begin(frame: FieldFrame): void {
    const spin = this.#atNodes(frame, this.#spinBefore.components, spins(frame));
    this.#spinBefore.data.set(spin);
    this.#carried.data.set(this.#sideBySide(this.#stress.data, spin));
    this.#forcing.data.fill(0);
    this.history.initialiseHistory();
  }

  /** What the material brings along in the step that began. */
  arrived(dt: number): ArrivedStress {
    const { levels: [past], forcing } = this.history.carriedLevels;
    const angles = this.#angles(past, dt);
    return { past: this.#turned(past, angles), driven: this.#turned(forcing!, angles) };
  }

  /**
   * Takes the stress at the end of the step.
   *
   * @param frame The flow then.
   * @param tensors The stress, `[cellCount x points x components]`.
   * @param driven What drives it.
   */
  take(frame: FieldFrame, tensors: Float64Array, driven: Float64Array): void {
    const { components: width, data } = this.#stress, { components: spin } = this.#spinBefore;
    const turning = this.#atNodes(frame, spin, spins(frame));
    const forces = this.#atNodes(frame, width, driven);
    const now = this.#carried.data;
    this.#spinBefore.data.set(turning.map((_, i) => now[this.#spinAt(i)]));
    data.set(this.#atNodes(frame, width, tensors));
    now.set(this.#sideBySide(data, turning));
    this.#forcing.data.set(this.#sideBySide(forces, new Float64Array(turning.length)));
  }

  /**
   * By how much the material at the nodes turned in the step, `[nodes x spins]`: the mean of the spin where it came
   * from, at the start, and of that at the node at the end, extrapolated from the two steps before.
   *
   * @param past Stress and spin where the material came from.
   */
  #angles(past: Float64Array, dt: number): Float64Array {
    const now = this.#carried.data, [, last] = this.history.stepSizes;
    const growth = last === undefined ? 0 : dt / last;
    return this.#spinBefore.data.map((old, i) => {
      const at = this.#spinAt(i);
      return dt * (past[at] + now[at] + growth * (now[at] - old)) / 2;
    });
  }

  /** The tensors among carried values, turned, `[nodes x components]`. */
  #turned(carried: Float64Array, angles: Float64Array): Float64Array {
    const { components: width, mesh } = this.#stress, { components: spin } = this.#spinBefore;
    const all = width + spin, count = carried.length / all;
    const out = new Float64Array(count * width);
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < width; c++) out[i * width + c] = carried[i * all + c];
      turnTensor(out, i * width, mesh.dim, angles, i * spin);
    }
    return out;
  }

  /** Values at the quadrature points as a continuous field of degree 1, `[nodes x components]`. Collective. */
  #atNodes({ reference }: FieldFrame, components: number, samples: Float64Array): Float64Array {
    const { mesh, degree, continuous } = this.#stress;
    const out = nearestField(
      { mesh, degree, continuous, components },
      reference.quadrature,
      samples,
    );
    const { rankMesh } = geometryOf(mesh).topology;
    if (rankMesh !== null) haloOf(mesh, rankMesh.dofs(degree, continuous)).sync(out, components);
    return out;
  }

  /** Where the i-th number of all spins stands among carried values. */
  #spinAt(i: number): number {
    const { components: width } = this.#stress, { components: spin } = this.#spinBefore;
    return Math.floor(i / spin) * (width + spin) + width + i % spin;
  }

  /** Rows of tensors with rows of spins behind them. */
  #sideBySide(tensors: Float64Array, spin: Float64Array): Float64Array {
    const { components: width } = this.#stress,
      out = new Float64Array(tensors.length + spin.length);
    const all = this.#carried.components;
    for (let i = 0; i * width < tensors.length; i++) {
      out.set(tensors.subarray(i * width, (i + 1) * width), i * all);
    }
    for (let i = 0; i < spin.length; i++) out[this.#spinAt(i)] = spin[i];
    return out;
  }
}
