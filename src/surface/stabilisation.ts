/**
 * The weight of what the surface will have moved within the step.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Stokes } from "../flow/stokes.ts";
import { placeOf } from "../mesh/ascending.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { sampleAll } from "../solve/coefficient.ts";
import { dofsOn } from "../solve/conditions.ts";
import type { SurfaceMesh } from "./surface_mesh.ts";
import type { SurfaceSettings } from "./surface_options.ts";

/** The names of what a surface makes for its stabilisation. */
export function stabilisationNames(owner: string): readonly [weight: string, anchor: string] {
  return [`${owner}_weight`, `${owner}_anchor`];
}

/**
 * A traction on the surface, `sigma n = -theta dt w n_z (v_z - a_z)` along the last axis: the weight w per volume of
 * the layer that the flow adds until `theta dt` from now, beyond what the velocity a would add. With a = 0 it is the
 * stabilisation of B. J. P. Kaus, H. Muhlhaus, D. A. May, Phys. Earth Planet. Inter. 181 (2010) 12-20,
 * DOI 10.1016/j.pepi.2010.04.007, symmetric for a low surface; where a = v it vanishes. A mode that relaxes as
 * exp(-t / tau) shrinks by `1 - z / (1 + theta z)`, z = dt / tau, per step.
 *
 * Both fields are 0 between solves, so that the condition is then without effect.
 *
 * State: captured, both fields by the mesh, the condition by the solver.
 */
export class Stabilisation {
  readonly #stokes: Stokes;
  readonly #mesh: SurfaceMesh;
  readonly #settings: SurfaceSettings;
  readonly #weight: MeshVariable;
  readonly #anchor: MeshVariable;

  /** Makes two variables, and adds the condition to the solver. */
  constructor(stokes: Stokes, mesh: SurfaceMesh, settings: SurfaceSettings, owner: string) {
    this.#stokes = stokes;
    this.#mesh = mesh;
    this.#settings = settings;
    const { variable } = stokes, [weight, anchor] = stabilisationNames(owner);
    this.#weight = new MeshVariable(variable.mesh, weight);
    this.#anchor = new MeshVariable(variable.mesh, anchor, { degree: variable.degree });
    stokes.addRobin(settings.boundary, this.#weight, this.#anchor, { component: this.#up });
  }

  /** What it made for itself. */
  get owned(): readonly object[] {
    return [this.#weight, this.#anchor];
  }

  get #up(): number {
    return this.#stokes.variable.mesh.dim - 1;
  }

  /**
   * Solves for the flow with the weight of `span` ahead, and takes the weight off again.
   *
   * @param span theta dt.
   * @param anchor The velocity whose weight is there already, `[dofCount x dim]`; null for none.
   * @returns The iterations.
   */
  solve(span: number, anchor: Float64Array | null): number {
    const { dim } = this.#stokes.variable.mesh, up = this.#up, { data } = this.#anchor;
    this.#weight.data.set(this.#weights(span));
    if (anchor !== null) { for (let i = 0; i < data.length; i++) data[i] = anchor[i * dim + up]; }
    const { iterations } = this.#stokes.solve();
    this.#weight.data.fill(0);
    data.fill(0);
    return iterations;
  }

  /** `span w n_z` at the nodes of the surface, `[nodeCount]`. Collective. */
  #weights(span: number): Float64Array {
    const { mesh } = this.#stokes.variable, { dim } = mesh, up = this.#up;
    const { nodes, values } = this.#loads(mesh);
    const { shares, nodes: all } = this.#mesh.surface, ids = mesh.globalNodeIds;
    const out = new Float64Array(mesh.nodeCount);
    let most = 0;
    nodes.forEach((node, i) => {
      const load = typeof values === "number" ? values : values[i],
        at = placeOf(all, ids[node]) * dim;
      most = Math.max(most, load);
      let area = 0;
      for (let d = 0; d < dim; d++) area += shares[at + d] ** 2;
      out[node] = span * Math.max(0, load) * shares[at + up] / Math.sqrt(area);
    });
    if (mesh.model.comm.allreduce(most, "max") > 0) return out;
    throw new RangeError(
      `${this.#stokes.name} has a body force that does not press the surface "${this.#settings.boundary}" ` +
        `down, so that there is no weight to stabilise; give the surface a weight, density times gravity`,
    );
  }

  /** The weight per volume at the surface, downwards, positive. */
  #loads(mesh: Mesh): { nodes: Int32Array; values: number | Float64Array } {
    const { weight, boundary } = this.#settings;
    const geometry = geometryOf(mesh), map = geometry.topology.dofMap(1, true);
    const nodes = dofsOn(geometry, boundary, map);
    if (weight !== null) return { nodes, values: weight };
    const { name, bodyForce } = this.#stokes, t = mesh.model.tracker.time;
    const points = () => selectPoints(locatedDofs(geometry, map), nodes);
    const force = allOrNone(
      mesh.model.comm,
      () => sampleAll(bodyForce, mesh.dim, points, { mesh, t, what: `${name}: bodyForce` }),
    )[this.#up];
    return { nodes, values: typeof force === "number" ? -force : force.map((f) => -f) };
  }
}
