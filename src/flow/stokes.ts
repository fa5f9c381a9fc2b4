/**
 * Slow flow of viscous fluids.
 *
 * @module
 */
import { checkOptions, requireOptions } from "../options.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import {
  checkCoefficients,
  type Coefficient,
  type Coefficients,
  type Samples,
} from "../solve/coefficient.ts";
import type { ConditionOptions } from "../solve/solver_types.ts";
import { volumeSources } from "./divergence.ts";
import { FlowSolver } from "./flow_solver.ts";
import { solveLaw } from "./solve_law.ts";
import { solveStokes, type StokesSolution } from "./solve_stokes.ts";
import {
  freeSlipOptionNames,
  type FreeSlipOptions,
  stokesOptionNames,
  type StokesOptions,
  type StokesResult,
} from "./stokes_options.ts";
import { withElasticLoads } from "./stress_loads.ts";
import { viscosityAveragings } from "./viscosity.ts";

/**
 * Slow flow of a viscous fluid: `-div(2 viscosity strainRate(v)) + grad p = bodyForce`, `div v = divergence`, with
 * `strainRate(v) = (grad v + grad v^T) / 2`. The stress is `sigma = 2 viscosity strainRate(v) - p`, positive in tension.
 *
 * Elements: P2-P1 (velocity of degree 2, pressure continuous of degree 1; orders 3 and 2), P2-P0, and P1-P1 with
 * stabilisation. GMRES for both at once, preconditioned by multigrid that keeps rigid motions and by the pressure's
 * mass matrix over the viscosity. The present fields are the first guess.
 *
 * Boundaries without a condition are open: `sigma n = 0`. Where all are closed, the mean of the pressure is 0; where
 * nothing prevents a rigid motion, such as the rotation of an annulus with free slip, the fluid has no part of it.
 *
 * State: inherited, it consists of conditions and coefficients.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Stokes } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
 * const p = new MeshVariable(mesh, "p");
 * const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: [8, 0] });
 * stokes.addDirichlet("bottom", 0);
 * stokes.addDirichlet("top", 0);
 * stokes.addDirichlet("left", 0, { component: 1 });
 * stokes.addDirichlet("right", 0, { component: 1 });
 * stokes.solve();
 * assertAlmostEquals(v.evaluate([[0.5, 0.5]]).get(0, 0), 1, 1e-6); // v = 4 y (1 - y)
 * ```
 */
export class Stokes<V extends MeshVariable = MeshVariable> extends FlowSolver<V> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;

  /**
   * Sets the problem up; nothing is solved yet.
   *
   * @param v The velocity, one component per dimension, continuous of degree 2 (or 1).
   * @param p The pressure, continuous of degree 1, or of degree 0.
   * @param options Coefficients and limits.
   * @throws {TypeError} when the variables do not make a known pair, or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range, or PETSc is asked for.
   */
  constructor(v: V, p: MeshVariable, options: StokesOptions) {
    requireOptions("Stokes", options, stokesOptionNames);
    if (!(v instanceof MeshVariable) || !(p instanceof MeshVariable)) {
      throw new TypeError("Stokes takes the mesh variables of velocity and pressure first");
    }
    const { averaging = "harmonic", solver } = options;
    if (!viscosityAveragings.includes(averaging)) {
      throw new RangeError(
        `Stokes: averaging is one of ${
          viscosityAveragings.map((name) => `"${name}"`).join(", ")
        }, got ` +
          JSON.stringify(averaging),
      );
    }
    if (solver === "petsc") {
      throw new RangeError(
        'Stokes has a solver of its own, which needs no PETSc: leave out solver: "petsc"',
      );
    }
    const { model } = v.mesh;
    super(v, p, "Stokes", options);
    this.name = model.adopt("bearer", this, "Stokes", options.name);
  }

  /**
   * Lets the fluid slip along a boundary of any shape: `v . n = value`, and no shear traction. On a curved boundary
   * n at a node is the mean normal of the facets around it; edges of more than 53 degrees are corners, in which
   * the fluid rests. On straight cells a curved boundary with free slip leaves order 2 in velocity and pressure.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param options A normal that is known better, and the normal velocity where it does not vanish.
   * @throws {RangeError} when there is no such boundary, or a number is not finite.
   * @throws {TypeError} when an option is nothing that it can be.
   */
  override addFreeSlip(boundary: string, options: FreeSlipOptions = {}): void {
    checkOptions(`${this.name}.addFreeSlip`, options, freeSlipOptionNames);
    const { normal, value = 0 } = options, { mesh } = this.variable;
    geometryOf(mesh).topology.facetsOf(boundary);
    checkCoefficients(value, 1, mesh, `${this.name}: normal velocity on ${boundary}`);
    if (normal !== undefined && typeof normal !== "function") {
      throw new TypeError(`${this.name}: normal is a function (x, y, z, out, t) => void`);
    }
    const transfer = normal === undefined ? 0 : normal as Coefficients;
    this.addCondition({ kind: "slip", boundary, component: null, value, transfer });
  }

  /**
   * Prescribes the traction on a boundary: `sigma n = traction`, n outwards, in components of the axes. A hydrostatic
   * pressure P outside is the traction `-P n`.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param traction As `value` in {@link FieldSolver.addDirichlet}.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite.
   * @throws {TypeError} when `traction` is nothing that a coefficient can be.
   */
  override addNeumann(
    boundary: string,
    traction: Coefficients,
    options: ConditionOptions = {},
  ): void {
    super.addNeumann(boundary, traction, options);
  }

  /**
   * Lets a boundary give way, or brakes it: `sigma n = transfer (ambient - v)`, n outwards, each component by itself.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param transfer Not negative; stress per velocity.
   * @param ambient The velocity at which there is no traction.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite or
   *   `transfer` is negative.
   * @throws {TypeError} when an argument is nothing that a coefficient can be.
   */
  override addRobin(
    boundary: string,
    transfer: Coefficient,
    ambient: Coefficients,
    options: ConditionOptions = {},
  ): void {
    super.addRobin(boundary, transfer, ambient, options);
  }

  /**
   * Solves for velocity and pressure, with `t = tracker.time` in coefficients and boundary values.
   *
   * @returns How it went.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when the viscosity is not positive somewhere, a coefficient is not finite, forces on a
   *   fluid that nothing holds do not balance, or more is let in than out.
   */
  solve(): StokesResult {
    return this.indivisible(() => {
      const frame = this.present(), law = this.law(frame);
      const owned = {
        velocities: frame.owned * frame.components,
        pressures: this.pressure.ownedDofCount,
      };
      const loads = {
        forces: frame.loads(this.bodyForce, "bodyForce"),
        sources: volumeSources(frame, this.pressure, this.divergence),
      };
      if (law !== null) {
        const blocks = (viscosity: Samples) => this.blocks(frame, viscosity);
        return this.#take(solveLaw({ context: law, blocks, owned, loads }, this.lawLimits));
      }
      const blocks = this.blocks(frame), { rtol, maxIterations } = this.limits;
      const solution = solveStokes(
        frame,
        this.pressure,
        (frames) => this.operators.system(blocks, frames, owned),
        withElasticLoads(loads, frame, blocks.inputs.viscosity, this.elasticRate),
        { rtol, maxIterations },
      );
      return this.#take({ ...solution, nonlinear: null });
    });
  }

  /** Both fields are written at the end, so that an error leaves both. */
  #take(
    { velocity, pressure, ...rest }: StokesSolution & Pick<StokesResult, "nonlinear">,
  ): StokesResult {
    this.variable.data.set(velocity);
    this.pressure.data.set(pressure);
    return { ...rest, converged: true };
  }
}
