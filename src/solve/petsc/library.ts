/**
 * Finds a PETSc that was built with the MPI that runs, and starts it. The only permission needed is
 * `--allow-ffi`.
 *
 * @module
 */
import { openLibc } from "../../comm/mpi/libc.ts";
import type { MpiObject } from "../../comm/mpi/table.ts";
import { beforeMpiEnds, type MpiHandle } from "../../comm/mpi/world.ts";
import { PetscError } from "../../errors.ts";
import { type Out, type PetscCalls, petscFiles, type PetscObject, petscSymbols } from "./table.ts";

/** A preconditioner that PETSc has, by its name. */
export type PetscPreconditioner = "hypre" | "gamg" | "jacobi" | "bjacobi" | "lu";

/** An iteration that PETSc has, by its name. */
export type PetscMethod = "cg" | "gmres" | "bcgs";

/** PETSc, loaded and started. */
export interface Petsc {
  /** The name it was loaded by. */
  readonly file: string;
  /** As "3.18.5". */
  readonly version: string;
  readonly calls: PetscCalls;
  /** For elliptic systems: BoomerAMG where this PETSc has hypre, its own multigrid otherwise. */
  readonly multigrid: PetscPreconditioner;
}

/** Text as C wants it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** Memory that outlives the call it is passed to, and does not move; never empty. */
export function stableMemory(length: number): Float64Array<ArrayBuffer> {
  return new Float64Array(new ArrayBuffer(8 * Math.max(16, length)));
}

/** The address that a call wrote. */
export function written(out: Out): PetscObject {
  return Deno.UnsafePointer.create(out[0]);
}

/** @throws {PetscError} when PETSc's answer is not 0. */
export function checked(calls: PetscCalls, code: number, what: string): void {
  if (code === 0) return;
  const general: Out = new BigUint64Array(1), specific: Out = new BigUint64Array(1);
  calls.PetscErrorMessage(code, general, specific);
  const texts = [general, specific].map((out) => {
    const address = written(out);
    return address === null ? "" : Deno.UnsafePointerView.getCString(address).trim();
  });
  throw new PetscError(
    `${what}: PETSc reports error ${code}: ${texts.filter((text) => text !== "").join(": ")}. ` +
      `Look at PETSC_OPTIONS, or take { solver: "timestash" }`,
    code,
  );
}

/**
 * Loads PETSc and starts it. `TIMESTASH_PETSC` names a library file where the search goes wrong.
 *
 * @param mpi The MPI that runs.
 * @throws {PetscError} when there is none that fits.
 */
export function openPetsc(mpi: MpiHandle): Petsc {
  const named = openLibc().environment("TIMESTASH_PETSC");
  let refused: string | null = null;
  for (const file of named === null ? petscFiles() : [named]) {
    const library = load(file, mpi);
    if (library === null) continue;
    if (typeof library !== "string") return start(file, library, mpi.self);
    refused ??= library;
  }
  throw new PetscError(
    refused ??
      `no PETSc library can be loaded (tried ${named ?? "libpetsc_real.so, libpetsc.so"}). On ` +
        `Debian: apt-get install libpetsc-real-dev, which goes with Open MPI. ` +
        `TIMESTASH_PETSC=/path/to/libpetsc.so names another place`,
  );
}

/** The library; null where there is none of that name, or why it does not fit. */
function load(file: string, mpi: MpiHandle): PetscCalls | string | null {
  let library: Deno.DynamicLibrary<Deno.ForeignLibraryInterface>;
  try {
    library = Deno.dlopen(file, petscSymbols(mpi.type));
  } catch (error) {
    // Permission is the user's to give; a missing file or symbol means: not this one.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return null;
  }
  const symbols = library.symbols as Record<string, unknown>;
  const running = Deno.dlopen(mpi.file, { MPI_Init_thread: { type: "pointer" } } as const);
  const ours = running.symbols.MPI_Init_thread;
  if (!Deno.UnsafePointer.equals(ours, symbols["MPI_Init_thread"] as Deno.PointerValue)) {
    library.close();
    return `${file} was built with another MPI than ${mpi.file} (${mpi.flavour}), which runs`;
  }
  const calls = symbols as unknown as PetscCalls;
  const wrong = wrongSizes(calls);
  if (wrong !== null) {
    library.close();
    return `${file} was built with ${wrong}; real numbers of 64 bits and integers of 32 are needed`;
  }
  calls.PetscPushErrorHandler(symbols["PetscReturnErrorHandler"] as Deno.PointerValue, null);
  return calls;
}

/** What differs from the sizes that the calls are written for. */
function wrongSizes(calls: PetscCalls): string | null {
  const type = new Int32Array(1), found = new Int32Array(1), size: Out = new BigUint64Array(1);
  for (const [name, bytes] of [["scalar", 8], ["real", 8], ["int", 4]] as const) {
    calls.PetscDataTypeFromString(cString(name), type, found);
    calls.PetscDataTypeGetSize(type[0], size);
    if (Number(size[0]) !== bytes) return `${name}s of ${8 * Number(size[0])} bits`;
  }
  return null;
}

/** Options of ours are `-timestash_ksp_...` and `-timestash_pc_...` in PETSC_OPTIONS. */
export const optionsPrefix = "timestash_";

/** What the rank does that makes the factors of a matrix for all ranks. PETSC_OPTIONS go over these. */
const factoring = { ksp_type: "preonly", pc_type: "lu", pc_factor_mat_solver_type: "mumps" };

function start(file: string, calls: PetscCalls, self: MpiObject): Petsc {
  const flag = new Int32Array(1);
  calls.PetscInitialized(flag);
  if (flag[0] === 0) {
    // Its signal handlers would take those of the JavaScript engine, which needs them.
    calls.PetscOptionsSetValue(null, cString("-no_signal_handler"), cString("true"));
    for (const [name, value] of Object.entries(factoring)) {
      const option = `-${optionsPrefix}telescope_${name}`;
      checked(calls, calls.PetscOptionsSetValue(null, cString(option), cString(value)), option);
    }
    checked(calls, calls.PetscInitialize(null, null, null, null), "PetscInitialize");
    beforeMpiEnds(() => calls.PetscFinalize());
  }
  const text = new Uint8Array(256);
  calls.PetscGetVersion(text, text.length);
  const about = new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
  const version = /\d+\.\d+\.\d+/.exec(about)?.[0] ?? about;
  return { file, version, calls, multigrid: has(calls, self, "hypre") ? "hypre" : "gamg" };
}

/** Whether this PETSc was built with a preconditioner. */
function has(calls: PetscCalls, self: MpiObject, name: PetscPreconditioner): boolean {
  const pc: Out = new BigUint64Array(1);
  checked(calls, calls.PCCreate(self, pc), "PCCreate");
  const code = calls.PCSetType(written(pc), cString(name));
  calls.PCDestroy(pc);
  return code === 0;
}
