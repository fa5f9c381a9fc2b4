/**
 * Linear systems solved by PETSc.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { KrylovOptions, KrylovResult } from "../linear/operator.ts";
import type { LinearSolver, LinearSystem } from "../linear/linear_solver.ts";
import type { PetscRanks } from "./petsc_ranks.ts";
import type { PetscPreconditioner } from "./library.ts";
import { type PetscRows, PetscSystem } from "./petsc_system.ts";

/** How many systems one solver keeps in PETSc, the same as `OperatorCache`. */
const capacity = 3;

/** A system as it is handed to PETSc; see {@link PetscRows}. */
export interface PetscAsked extends Omit<PetscRows, "positions" | "ranks" | "total"> {
  /** Who has the other rows; null where there is one rank. */
  readonly ranks: { readonly positions: Int32Array; readonly total: number } | null;
  /** Whether the matrix may come again. */
  readonly isKept: boolean;
}

/** A system in PETSc; its number is the same on all ranks. */
interface Kept {
  readonly number: number;
  readonly asked: PetscAsked;
  readonly system: PetscSystem;
}

/**
 * The systems of one field's solver. Making and destroying them is collective: all ranks do both at the
 * same points, in the same order.
 *
 * State: none, everything is a function of the matrices; cold or warm, same bytes.
 */
export class PetscSolver implements LinearSolver {
  readonly #ranks: PetscRanks;
  readonly #comm: Comm;
  readonly #kept: Kept[] = [];
  readonly #orphans: OrphanedSystems;

  /** The ranks as PETSc knows them, and as we do. */
  constructor(ranks: PetscRanks, comm: Comm) {
    this.#ranks = ranks;
    this.#comm = comm;
    this.#orphans = orphansOf(comm);
    this.#orphans.watch(this, this.#kept);
  }

  /** Collective. */
  solve(
    { free, ranks, isMass, isSingular, isKept }: LinearSystem,
    b: Float64Array,
    x: Float64Array,
    options: KrylovOptions,
  ): KrylovResult {
    const preconditioner = isMass ? "jacobi" : this.multigrid;
    const asked = { free, basis: free, blockSize: 1, method: "cg", preconditioner } as const;
    return this.solveAs({ ...asked, ranks, isSingular, isKept }, b, x, options);
  }

  /** The multigrid that this PETSc has. */
  get multigrid(): PetscPreconditioner {
    return this.#ranks.petsc.multigrid;
  }

  /**
   * Solves by a method and a preconditioner of PETSc. Collective.
   *
   * @throws {ConvergenceError} when the tolerance is not reached.
   * @throws {PetscError} when a call fails.
   */
  solveAs(
    asked: PetscAsked,
    b: Float64Array,
    x: Float64Array,
    options: KrylovOptions,
  ): KrylovResult {
    const kept = this.#known(asked) ?? this.#made(asked);
    try {
      return kept.system.solve(b, x, options);
    } finally {
      if (!asked.isKept) this.#drop(kept);
    }
  }

  /** The system, where all ranks know it. */
  #known(asked: PetscAsked): Kept | null {
    const list = this.#kept;
    const at = list.findIndex((kept) => isSame(kept.asked, asked));
    const [least, negative] = this.#comm.size === 1
      ? [at, -at]
      : this.#comm.allreduce(Float64Array.of(at, -at), "min");
    if (least < 0 || least !== -negative) return null;
    list.unshift(...list.splice(at, 1));
    return list[0];
  }

  #made(asked: PetscAsked): Kept {
    const { ranks, ...rows } = asked;
    this.#orphans.clear(this.#comm);
    while (this.#kept.length >= capacity) this.#drop(this.#kept[this.#kept.length - 1]);
    const { petsc, comm } = this.#ranks;
    const system = new PetscSystem(petsc, comm, {
      ...rows,
      positions: ranks?.positions ?? null,
      ranks: this.#comm.size,
      total: ranks?.total ?? rows.free.rows,
    });
    this.#kept.unshift({ number: this.#orphans.next(), asked, system });
    return this.#kept[0];
  }

  #drop(kept: Kept): void {
    this.#kept.splice(this.#kept.indexOf(kept), 1);
    kept.system.destroy();
  }
}

function isSame(a: PetscAsked, b: PetscAsked): boolean {
  return a.free === b.free && a.basis === b.basis && a.isSingular === b.isSingular &&
    a.method === b.method && a.preconditioner === b.preconditioner;
}

/**
 * Systems of solvers that were garbage-collected. Each rank finds them at a time of its own; they are
 * destroyed when all ranks have found them.
 *
 * State: none, systems are functions of their matrices.
 */
class OrphanedSystems {
  #count = 0;
  readonly #left = new Map<number, PetscSystem>();
  readonly #registry = new FinalizationRegistry<readonly Kept[]>((list) => {
    for (const { number, system } of list) this.#left.set(number, system);
  });

  /** A number for a new system. */
  next(): number {
    return this.#count++;
  }

  /** Looks after the systems of a solver. */
  watch(solver: PetscSolver, kept: readonly Kept[]): void {
    this.#registry.register(solver, kept);
  }

  /** Destroys what is left behind on all ranks. Collective. */
  clear(comm: Comm): void {
    const found = comm.allgatherv(Float64Array.from(this.#left.keys()));
    const times = new Map<number, number>();
    for (const number of found) times.set(number, (times.get(number) ?? 0) + 1);
    const everywhere = [...times.keys()].filter((number) => times.get(number) === comm.size);
    for (const number of everywhere.sort((a, b) => a - b)) {
      this.#left.get(number)!.destroy();
      this.#left.delete(number);
    }
  }
}

const orphans = new WeakMap<Comm, OrphanedSystems>();

function orphansOf(comm: Comm): OrphanedSystems {
  const known = orphans.get(comm) ?? new OrphanedSystems();
  orphans.set(comm, known);
  return known;
}
