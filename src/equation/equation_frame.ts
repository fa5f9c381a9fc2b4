/**
 * One solve of one equation: its unknowns in one vector, at one time.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { ConstantNullSpace } from "../solve/linear/null_space.ts";
import type { KrylovResult } from "../solve/linear/operator.ts";
import { Reductions } from "../solve/linear/reductions.ts";
import { removeMean, requireBalance } from "../solve/pure_neumann.ts";
import type { Assembler, Point } from "./assembler.ts";
import { type Environment, environmentOf } from "./environment.ts";
import type { Constraints } from "../solve/conditions.ts";
import type { EquationLimits, FrameTime } from "./frame_inputs.ts";
import {
  type FreeJacobian,
  freeJacobian,
  type JacobianMethods,
  solveJacobian,
} from "./jacobian_solver.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";
import { requireHeld } from "./free_rotations.ts";
import { hasLooseConstant, requireMeans } from "./loose_constants.ts";
import { type MatrixCache, type MatrixInputs, matrixInputs } from "./matrix_cache.ts";
import type { Program } from "./program.ts";
import { zeroBlocksHint } from "./properties.ts";
import { requireFiniteJacobian } from "./finite_jacobian.ts";
import { RankUnknowns } from "./rank_unknowns.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/**
 * The equation during one solve.
 *
 * State: none, it lives as long as one solve.
 */
export class EquationFrame {
  readonly program: Program;
  readonly limits: EquationLimits;
  /** The equation's name, for errors. */
  readonly what: string;
  readonly geometry: Geometry;
  readonly space: UnknownSpace;
  /** Who has the other unknowns; null where there is one rank. */
  readonly ranks: RankUnknowns | null;
  /** The unknowns as they are; not finite values become 0, or no iteration would get rid of them. */
  readonly start: Float64Array;
  /** `[unknowns]`: 1 where there is a Dirichlet value, and the value. */
  readonly constrained: Uint8Array;
  readonly prescribed: Float64Array;
  readonly #cache: MatrixCache;
  /** The time, and what rates are. */
  readonly point: Omit<Point, "x" | "environment">;
  /** What the equation and its preconditioner read of the model. */
  readonly #environments: ReadonlyMap<Assembler, Environment>;
  readonly #methods: JacobianMethods;
  readonly #reductions: Reductions;
  readonly #nullSpace: ConstantNullSpace | null;
  #isHeld = false;

  /**
   * @param program The equation.
   * @param unknowns Its fields.
   * @param time When it is solved.
   * @param constraints Dirichlet values, given the numbering.
   * @param cache Where matrices are kept.
   * @throws {TypeError} when a parameter is not a number.
   * @throws {RangeError} when a value is not finite, or unknowns lack a Dirichlet value.
   */
  constructor(
    program: Program,
    unknowns: readonly MeshVariable[],
    time: FrameTime,
    constraints: (space: UnknownSpace) => Constraints,
    cache: MatrixCache,
    limits: EquationLimits,
    what: string,
  ) {
    const { mesh } = unknowns[0];
    this.program = program;
    this.limits = limits;
    this.what = what;
    this.#cache = cache;
    this.geometry = geometryOf(mesh);
    const space = this.space = program.assembler.spaceOn(this.geometry);
    // Reading `data` would take memory, which is state.
    this.start = space.gather(unknowns.map((unknown) => fieldOf(unknown).data));
    this.start.forEach((value, i) => {
      if (!Number.isFinite(value)) this.start[i] = 0;
    });
    const ranks = this.ranks = RankUnknowns.of(mesh, space);
    ranks?.sync(this.start);
    ({ constrained: this.constrained, values: this.prescribed } = constraints(space));
    this.#environments = new Map(
      allOrNone(
        mesh.model.comm,
        () =>
          [program.assembler, program.preconditioner].flatMap((assembler) =>
            assembler === null ? [] : [[assembler, environmentOf(assembler.inputs, mesh, what)]]
          ),
      ),
    );
    const past = space.gather(time.past);
    ranks?.sync(past);
    this.point = { t: time.t, rate: time.factor, past };
    const isSymmetric = program.symmetry !== "no";
    if (limits.linear.method === "cg" && !isSymmetric) {
      throw new RangeError(
        `${what}: conjugate gradients ask for a symmetric Jacobian, and this one is not; leave ` +
          `linear.method out, or choose "gmres" or "bicgstab"`,
      );
    }
    this.#methods = {
      mesh,
      ranks,
      space,
      isSymmetric,
      isKept: program.isLinear,
      choice: limits.linear,
    };
    this.#reductions = new Reductions(ranks?.owned ?? space.count, mesh.model.comm);
    this.#nullSpace = hasLooseConstant(mesh, program, space, this.constrained, what)
      ? new ConstantNullSpace(this.#reductions, ranks?.total ?? space.count)
      : null;
  }

  /** The residual at x and the values of the Jacobian, where they are given. */
  evaluate(x: Float64Array, residual: Float64Array | null, values: Float64Array | null): void {
    this.#evaluate(this.program.assembler, x, residual, values);
  }

  /** A matrix between the unknowns, of zeros. */
  emptyMatrix(): CsrMatrix {
    const { count, sparsity: { rowStarts, columns } } = this.space;
    return new CsrMatrix(count, count, rowStarts, columns, new Float64Array(columns.length));
  }

  /** Whether the Jacobian is its own transpose. */
  get isSymmetric(): boolean {
    return this.#methods.isSymmetric;
  }

  /** Whether a constant may be added to the solution. */
  get isSingular(): boolean {
    return this.#nullSpace !== null;
  }

  /** The system with the Jacobian at x. */
  systemAt(x: Float64Array): FreeJacobian {
    const { isLinear, assembler } = this.program;
    return isLinear ? this.linearSystem() : this.system(this.#matrixOf(assembler, x), x);
  }

  /** A system with transposed matrices, that of the preconditioner too. */
  transposed({ whole, basis }: FreeJacobian): FreeJacobian {
    const make = (matrix: CsrMatrix) =>
      freeJacobian(this.#methods, matrix.transpose(), this.constrained);
    const system = make(whole);
    if (basis.whole === whole) return system;
    const { basis: other, preconditioners } = make(basis.whole);
    return { ...system, basis: other, preconditioners };
  }

  /** The system of a linear equation: its matrix does not depend on the unknowns. */
  linearSystem(): FreeJacobian {
    const { assembler } = this.program;
    const { comm } = this.#methods.mesh.model;
    const matrix = this.#cache.matrix(
      this.#inputs(assembler),
      comm,
      () => this.#matrixOf(assembler, this.start),
    );
    const make = () => this.system(matrix, this.start);
    return this.#cache.system(matrix, this.constrained, comm, make);
  }

  /**
   * The system with a Jacobian at x.
   *
   * @throws {RangeError} when it is not finite, a body may turn, or a step is too long.
   */
  system(matrix: CsrMatrix, x: Float64Array): FreeJacobian {
    const { assembler } = this.program;
    const environment = this.#environments.get(assembler)!;
    requireFiniteJacobian(matrix, { assembler, environment }, (here) => this.any(here), this.what);
    this.#requireHeld(matrix);
    const { preconditioner } = this.program;
    const system = freeJacobian(this.#methods, matrix, this.constrained);
    if (preconditioner === null) return system;
    const other = this.program.isPreconditionerLinear
      ? this.#kept(preconditioner)
      : freeJacobian(this.#methods, this.#matrixOf(preconditioner, x), this.constrained);
    return { ...system, basis: other.basis, preconditioners: other.preconditioners };
  }

  /**
   * For bodies that may turn looks at the first matrix of a solve only: that of the values at the start.
   *
   * @throws {RangeError} when a body may turn, or a step is too long. Collective.
   */
  #requireHeld(matrix: CsrMatrix): void {
    const { mesh, ranks } = this.#methods, { space, constrained, what } = this;
    const context = { mesh, ranks, space, constrained, reductions: this.#reductions, matrix, what };
    requireMeans(context, this.program.rates);
    if (!this.#isHeld) requireHeld(context);
    this.#isHeld = true;
  }

  /** A preconditioner's form that does not depend on the unknowns. */
  #kept(assembler: Assembler): FreeJacobian {
    const { comm } = this.#methods.mesh.model;
    const matrix = this.#cache.matrix(
      this.#inputs(assembler),
      comm,
      () => this.#matrixOf(assembler, this.start),
    );
    const make = () => freeJacobian(this.#methods, matrix, this.constrained);
    return this.#cache.system(matrix, this.constrained, comm, make);
  }

  #matrixOf(assembler: Assembler, x: Float64Array): CsrMatrix {
    const matrix = this.emptyMatrix();
    this.#evaluate(assembler, x, null, matrix.values);
    return matrix;
  }

  #evaluate(
    assembler: Assembler,
    x: Float64Array,
    residual: Float64Array | null,
    values: Float64Array | null,
  ): void {
    const environment = this.#environments.get(assembler)!;
    assembler.evaluate(this.geometry, { ...this.point, environment, x }, residual, values);
  }

  #inputs(assembler: Assembler): MatrixInputs {
    const environment = this.#environments.get(assembler)!;
    return matrixInputs(assembler, this.geometry, this.point, environment);
  }

  /**
   * Solves with a system.
   *
   * @param b The right-hand side; changed.
   * @param x The first guess, overwritten by the solution; 0 in constrained rows.
   * @throws {ConvergenceError} when the tolerance is not reached.
   */
  solveSystem(
    system: FreeJacobian,
    b: Float64Array,
    x: Float64Array,
    rtol: number,
    what: string,
  ): KrylovResult {
    if (this.#nullSpace !== null) requireBalance(b, this.what, this.#ranksOfField);
    this.#nullSpace?.project(b);
    const result = solveJacobian(this.#methods, system, b, x, {
      rtol,
      maxIterations: this.limits.maxIterations,
      what: `${what}${this.limits.linear.petsc === null ? zeroBlocksHint(this.program) : ""}`,
      reductions: this.#reductions,
      nullSpace: this.#nullSpace,
    });
    this.ranks?.sync(x);
    return result;
  }

  /** Of the one unknown that there is. */
  get #ranksOfField(): RankSpace | null {
    return RankSpace.of(this.#methods.mesh, this.space.fields[0].map);
  }

  /** Whether something is so on any rank. Collective. */
  any(here: boolean): boolean {
    return this.ranks?.any(here) ?? here;
  }

  /** Of solutions that differ by a constant, the one with a vanishing integral. */
  settle(x: Float64Array): void {
    if (this.#nullSpace === null) return;
    const { degree, map } = this.space.fields[0];
    const reference = referenceOf(this.geometry.topology.dim, degree);
    removeMean(x, this.geometry, reference, map, this.#ranksOfField);
  }

  /** The norm over free rows. */
  norm(residual: Float64Array): number {
    const free = residual.map((value, i) => this.constrained[i] === 1 ? 0 : value);
    return this.#reductions.norm(free);
  }
}
