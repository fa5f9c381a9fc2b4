/**
 * What moves particles, as the advection kernel sees it: velocities at a batch of points.
 *
 * @module
 */
import { evaluateInto, type Field } from "../mesh/interpolate.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { requirePresent } from "../mesh/registered.ts";
import { describe } from "../options.ts";

/** Velocities at batches of points. */
export interface Velocity {
  /** Whether `at` looks at cells and barycentric coordinates. */
  readonly located: boolean;
  /**
   * @param points `[count x dim]`.
   * @param cells `[count]`, none of them -1; not looked at unless `located`.
   * @param barycentric `[count x (dim + 1)]`, as above.
   * @param out `[count x dim]`.
   */
  at(
    points: Float64Array,
    cells: Int32Array,
    barycentric: Float64Array,
    count: number,
    t: number,
    out: Float64Array,
  ): void;
}

/**
 * @param access How a mesh variable is read: defaults to this rank's values in its cells.
 * @param who What takes the velocity, for messages.
 * @throws {TypeError} when `velocity` is neither a function nor a mesh variable.
 * @throws {RangeError} when the variable lives on another mesh or has not `dim` components.
 */
export function readVelocity(
  velocity: MeshVariable | VectorFunction,
  mesh: Mesh,
  access: (variable: MeshVariable) => Field = fieldOf,
  who = "advect",
): Velocity {
  if (typeof velocity === "function") return functionVelocity(velocity, mesh.dim);
  if (!(velocity instanceof MeshVariable)) {
    throw new TypeError(
      `${who}: the velocity is a mesh variable or a function (x, y, z, out, t) => void, got ${
        describe(velocity)
      }`,
    );
  }
  if (velocity.mesh !== mesh) {
    throw new RangeError(
      `${who}: the velocity '${velocity.name}' lives on mesh '${velocity.mesh.name}', what it moves on '${mesh.name}'; take one on the same mesh`,
    );
  }
  if (velocity.components !== mesh.dim) {
    throw new RangeError(
      `${who}: the velocity '${velocity.name}' has ${velocity.components} components; in ${mesh.dim}-D it needs ${mesh.dim}`,
    );
  }
  requirePresent(who, velocity);
  const field = access(velocity);
  return {
    located: true,
    at: (_points, cells, barycentric, count, _t, out) =>
      evaluateInto(field, cells, barycentric, count, out),
  };
}

function functionVelocity(f: VectorFunction, dim: 2 | 3): Velocity {
  const row = new Float64Array(dim);
  let checked = false;
  return {
    located: false,
    at(points, _cells, _barycentric, count, t, out) {
      if (!checked && count > 0) {
        checkReturn(f, f(points[0], points[1], dim === 3 ? points[2] : 0, row, t));
        checked = true;
      }
      for (let i = 0; i < count; i++) {
        const o = i * dim;
        row.fill(0);
        f(points[o], points[o + 1], dim === 3 ? points[o + 2] : 0, row, t);
        for (let d = 0; d < dim; d++) out[o + d] = row[d];
      }
    },
  };
}

/** Who returns the velocity instead of writing it would see particles stand still. */
function checkReturn(f: VectorFunction, result: unknown): void {
  if (result === undefined || f.length >= 4) return;
  throw new TypeError(
    `a velocity is a function (x, y, z, out, t) => void that writes into out; this one takes ${f.length} arguments and returned ${
      describe(result)
    }`,
  );
}
