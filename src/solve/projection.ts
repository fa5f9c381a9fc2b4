import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import { FieldSolver, type SolveResult, type SolverOptions } from "./field_solver.ts";

/** What {@link Projection} is made of. */
export interface ProjectionOptions extends SolverOptions {
  /** f, what is projected. */
  readonly source: Coefficients;
}

/**
 * The L2 projection onto a mesh variable: `integral of (u - f) v = 0` for all v.
 *
 * Any function, expression or field of the same mesh onto a field of any degree, continuous or not.
 * Held values are kept exactly.
 *
 * State: inherited, conditions and coefficients are all there is.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Projection } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const u = new MeshVariable(mesh, "u");
 * new Projection(u, { source: (x, y) => x + 2 * y }).solve();
 * assertAlmostEquals(u.evaluate([[0.3, 0.2]]).get(0, 0), 0.7, 1e-8); // P1 holds it exactly
 * ```
 */
export class Projection extends FieldSolver {
  readonly name: string;

  /**
   * @param u The variable to project onto.
   * @param options The source and limits.
   * @throws {TypeError} when `u` is not a mesh variable or the source is of no known kind.
   * @throws {RangeError} when a number is out of range.
   */
  constructor(u: MeshVariable, options: ProjectionOptions) {
    super(u, "Projection", { source: options?.source }, options ?? {});
    this.name = u.mesh.model.adopt("bearer", this, "Projection", options.name);
  }

  /**
   * Projects, with `t = tracker.time` in the source.
   *
   * @returns How it went.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when the source is not finite somewhere.
   */
  solve(): SolveResult {
    return this.indivisible(() => {
      const frame = this.frame(this.variable.mesh.model.tracker.time);
      const scales = { massScale: 1, stiffnessScale: 0, diffusivity: 0 };
      return this.accept(frame.solve(scales, frame.loads(this.source), this.limits));
    });
  }

  /** @throws {TypeError} always: a projection has no flux. */
  override addNeumann(_boundary: string, _flux: Coefficients): void {
    this.#refuseFlux();
  }

  /** @throws {TypeError} always: a projection has no flux. */
  override addRobin(_boundary: string, _transfer: Coefficient, _ambient: Coefficients): void {
    this.#refuseFlux();
  }

  #refuseFlux(): never {
    throw new TypeError(`${this.name}: a projection has no flux; hold values with addDirichlet`);
  }

  /** A projection has no time scale: infinity. */
  estimateDt(): number {
    return Infinity;
  }
}
