/**
 * Linear systems solved by PETSc.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { CsrMatrix } from "../linear/csr.ts";
import type { KrylovOptions, KrylovResult } from "../linear/operator.ts";
import type { LinearSolver, LinearSystem } from "../linear/linear_solver.ts";
import type { PetscRanks } from "./petsc_ranks.ts";
import { PetscSystem } from "./petsc_system.ts";

/** How many systems one solver keeps in PETSc, the same as `OperatorCache`. */
const capacity = 3;

/** A system in PETSc; its number is the same on all ranks. */
interface Kept {
  readonly number: number;
  readonly free: CsrMatrix;
  readonly isSingular: boolean;
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
    system: LinearSystem,
    b: Float64Array,
    x: Float64Array,
    options: KrylovOptions,
  ): KrylovResult {
    const kept = this.#known(system) ?? this.#made(system);
    try {
      return kept.system.solve(b, x, options);
    } finally {
      if (!system.isKept) this.#drop(kept);
    }
  }

  /** The system, where all ranks know it. */
  #known({ free, isSingular }: LinearSystem): Kept | null {
    const list = this.#kept;
    const at = list.findIndex((kept) => kept.free === free && kept.isSingular === isSingular);
    const [least, negative] = this.#comm.size === 1
      ? [at, -at]
      : this.#comm.allreduce(Float64Array.of(at, -at), "min");
    if (least < 0 || least !== -negative) return null;
    list.unshift(...list.splice(at, 1));
    return list[0];
  }

  #made({ free, ranks, isMass, isSingular }: LinearSystem): Kept {
    this.#orphans.clear(this.#comm);
    while (this.#kept.length >= capacity) this.#drop(this.#kept[this.#kept.length - 1]);
    const { petsc, comm } = this.#ranks;
    const system = new PetscSystem(petsc, comm, {
      free,
      positions: ranks?.positions ?? null,
      total: ranks?.total ?? free.rows,
      preconditioner: isMass ? "jacobi" : petsc.multigrid,
      isSingular,
    });
    this.#kept.unshift({ number: this.#orphans.next(), free, isSingular, system });
    return this.#kept[0];
  }

  #drop(kept: Kept): void {
    this.#kept.splice(this.#kept.indexOf(kept), 1);
    kept.system.destroy();
  }
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
