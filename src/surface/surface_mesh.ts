/**
 * The mesh below a surface: how fast its nodes have to move, and how high they stand.
 *
 * @module
 */
import { geometryOf, type Mesh, wholeGeometryOf } from "../mesh/mesh.ts";
import { MeshVariable, wholeValuesOf } from "../mesh/mesh_variable.ts";
import { Poisson } from "../solve/poisson.ts";
import { type Columns, columnsBelow, speedsInColumns } from "./columns.ts";
import type { SurfaceSettings } from "./surface_options.ts";
import { shapeOf, type SurfaceShape, surfaceSpeeds } from "./surface_speeds.ts";

/** The names of what a surface makes to move inner nodes by a harmonic function. */
export function liftNames(owner: string): { readonly variable: string; readonly solver: string } {
  return { variable: `${owner}_lift`, solver: `${owner}_laplace` };
}

/**
 * Speeds along the last axis, for all nodes of a mesh whose surface moves.
 *
 * State: none, what it keeps are columns, which follow from the geometry; the lift is zeroed before every use.
 */
export class SurfaceMesh {
  readonly mesh: Mesh;
  readonly #settings: SurfaceSettings;
  readonly #laplace: Poisson | null;
  #columns: Columns | null = null;

  /** Makes a variable and a solver for `interior: "laplace"`. */
  constructor(mesh: Mesh, settings: SurfaceSettings, owner: string) {
    this.mesh = mesh;
    this.#settings = settings;
    this.#laplace = settings.interior === "laplace" ? liftSolver(mesh, settings, owner) : null;
  }

  /** What it made for itself. */
  get owned(): readonly object[] {
    return this.#laplace === null ? [] : [this.#laplace, this.#laplace.variable];
  }

  /** The surface as it is now. */
  get surface(): SurfaceShape {
    return shapeOf(wholeGeometryOf(this.mesh), this.#settings.boundary);
  }

  /** The speeds of the surface with a flow, `[global nodes]`. Collective. */
  surfaceSpeeds(velocity: MeshVariable): Float64Array {
    return surfaceSpeeds(this.surface, velocity, wholeValuesOf(velocity, velocity.data));
  }

  /**
   * The speeds of this rank's nodes that go with those of the surface. Collective.
   *
   * @param speeds `[global nodes]`.
   * @returns `[nodeCount]`; the number of iterations that it took.
   */
  extended(speeds: Float64Array): { readonly speeds: Float64Array; readonly iterations: number } {
    const { surface, mesh } = this, ids = mesh.globalNodeIds;
    if (this.#laplace === null) {
      const { boundary, base: below } = this.#settings;
      const base = shapeOf(surface.geometry, below);
      this.#columns = columnsBelow(surface, base, [boundary, below], this.#columns);
      const all = speedsInColumns(this.#columns, surface, base, speeds);
      return { speeds: Float64Array.from(ids, (id) => all[id]), iterations: 0 };
    }
    const lift = this.#laplace.variable, { data } = lift;
    data.fill(0);
    const nodes = new Set(surface.nodes);
    // Of degree 1, so that degrees of freedom are nodes.
    ids.forEach((id, i) => data[i] = nodes.has(id) ? speeds[id] : 0);
    const { iterations } = this.#laplace.solve();
    const out = data.slice();
    data.fill(0);
    return { speeds: out, iterations };
  }

  /** The nodes' places after moving along the last axis, `[nodeCount x dim]`. */
  moved(from: Float64Array, by: Float64Array, factor: number): Float64Array {
    const { dim } = this.mesh, out = from.slice();
    for (let i = 0; i < by.length; i++) out[i * dim + dim - 1] += factor * by[i];
    return out;
  }

  /** The nodes' places, `[nodeCount x dim]`: not to be written. */
  get places(): Float64Array {
    return geometryOf(this.mesh).coordinates;
  }
}

function liftSolver(mesh: Mesh, { boundary, base }: SurfaceSettings, owner: string): Poisson {
  const { variable, solver } = liftNames(owner);
  const lift = new MeshVariable(mesh, variable);
  const laplace = new Poisson(lift, { name: solver, rtol: 1e-13 });
  // The surface takes the values that the field has there, and has to win where both meet.
  laplace.addDirichlet(base, 0);
  laplace.addDirichlet(boundary, lift);
  return laplace;
}
