/**
 * The mesh below a surface: how fast its nodes have to move, and how high they stand.
 *
 * @module
 */
import { placeOf } from "../mesh/ascending.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { Poisson } from "../solve/poisson.ts";
import { type Columns, columnsBelow, speedsInColumns } from "./columns.ts";
import type { SurfaceSettings } from "./surface_options.ts";
import { shapeOf, type SurfaceShape } from "./surface_shape.ts";
import { surfaceSpeeds } from "./surface_speeds.ts";

/** The names of what a surface makes to move inner nodes by a harmonic function. */
export function liftNames(owner: string): { readonly variable: string; readonly solver: string } {
  return { variable: `${owner}_lift`, solver: `${owner}_laplace` };
}

/**
 * Speeds along the last axis, for all nodes of a mesh whose surface moves.
 *
 * State: none, what it keeps are shapes and columns, which follow from the geometry; the lift is zeroed before every use.
 */
export class SurfaceMesh {
  readonly mesh: Mesh;
  readonly #settings: SurfaceSettings;
  readonly #laplace: Poisson | null;
  #columns: Columns | null = null;
  /** The shapes of boundaries that were asked for, of one geometry. */
  readonly #shapes = new Map<string, SurfaceShape>();
  #shapesOf: Geometry | null = null;

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

  /** The surface as it is now. Collective. */
  get surface(): SurfaceShape {
    return this.#shape(this.#settings.boundary);
  }

  /** The speeds of the surface with a flow, by the numbers of its nodes. Collective. */
  surfaceSpeeds(velocity: MeshVariable): Float64Array {
    return surfaceSpeeds(this.surface, velocity);
  }

  /**
   * The speeds of this rank's nodes that go with those of the surface. Collective.
   *
   * @param speeds by the numbers of the surface's nodes.
   * @returns `[nodeCount]`; the number of iterations that it took.
   */
  extended(speeds: Float64Array): { readonly speeds: Float64Array; readonly iterations: number } {
    const { surface, mesh } = this;
    if (this.#laplace === null) {
      const { boundary, base: below } = this.#settings, base = this.#shape(below);
      this.#columns = columnsBelow(mesh, surface, base, [boundary, below], this.#columns);
      const all = speedsInColumns(this.#columns, mesh, surface, base, speeds);
      return { speeds: all, iterations: 0 };
    }
    const lift = this.#laplace.variable, { data } = lift;
    // Of degree 1, so that degrees of freedom are nodes.
    mesh.globalNodeIds.forEach((id, i) => {
      const place = placeOf(surface.nodes, id);
      data[i] = place < 0 ? 0 : speeds[place];
    });
    const { iterations } = this.#laplace.solve();
    const out = data.slice();
    data.fill(0);
    return { speeds: out, iterations };
  }

  /** The shape of a boundary, measured once for each geometry. Collective. */
  #shape(boundary: string): SurfaceShape {
    const geometry = geometryOf(this.mesh), { comm } = this.mesh.model;
    // Nodes of one rank may have moved where those of another have not.
    if (comm.allreduce(geometry === this.#shapesOf ? 0 : 1, "max") > 0) this.#shapes.clear();
    this.#shapesOf = geometry;
    let shape = this.#shapes.get(boundary);
    if (!shape) this.#shapes.set(boundary, shape = shapeOf(this.mesh, boundary));
    return shape;
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
