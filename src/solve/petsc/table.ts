/**
 * The symbols taken from PETSc, for real double precision and 32-bit integers.
 *
 * @module
 */
import type { CallMemory, MpiObject } from "../../comm/mpi/table.ts";

/** An object of PETSc: an address. */
export type PetscObject = Deno.PointerValue;

/** KSP_NORM_UNPRECONDITIONED: convergence is judged by `b - A x` itself. */
export const unpreconditionedNorm = 2;

/** File names that the system's loader may know, newest versions first; Debian's are called real. */
export function petscFiles(): string[] {
  const files: string[] = [];
  for (let minor = 30; minor >= 15; minor--) {
    files.push(`libpetsc_real.so.3.${minor}`, `libpetsc.so.3.${minor}`);
  }
  return [...files, "libpetsc_real.so", "libpetsc.so", "libpetsc.dylib"];
}

const call = (...parameters: Deno.NativeType[]): Deno.ForeignFunction => (
  { parameters, result: "i32" }
);

/** The symbols; communicators are passed as `h`. */
export function petscSymbols(h: "pointer" | "i32"): Deno.ForeignLibraryInterface {
  const p = "pointer", b = "buffer";
  return {
    // MPI's own, found behind PETSc: the address tells which MPI it was built with.
    MPI_Init_thread: { type: "pointer" },
    PetscReturnErrorHandler: { type: "pointer" },
    PetscOptionsSetValue: call(p, b, b),
    PetscInitialized: call(b),
    PetscInitialize: call(p, p, p, p),
    PetscFinalize: call(),
    PetscGetVersion: call(b, "usize"),
    PetscDataTypeFromString: call(b, b, b),
    PetscDataTypeGetSize: call("i32", b),
    PetscPushErrorHandler: call(p, p),
    PetscErrorMessage: call("i32", b, b),
    MatCreateMPIAIJWithArrays: call(h, "i32", "i32", "i32", "i32", b, b, b, b),
    MatNullSpaceCreate: call(h, "i32", "i32", p, b),
    MatSetNullSpace: call(p, p),
    MatNullSpaceDestroy: call(b),
    MatDestroy: call(b),
    MatSetBlockSize: call(p, "i32"),
    VecCreateMPIWithArray: call(h, "i32", "i32", "i32", p, b),
    VecPlaceArray: call(p, b),
    VecResetArray: call(p),
    VecDestroy: call(b),
    KSPCreate: call(h, b),
    KSPSetOperators: call(p, p, p),
    KSPSetType: call(p, b),
    KSPGetPC: call(p, b),
    KSPSetNormType: call(p, "i32"),
    KSPSetTolerances: call(p, "f64", "f64", "f64", "i32"),
    KSPSetInitialGuessNonzero: call(p, "i32"),
    KSPSetOptionsPrefix: call(p, b),
    KSPSetFromOptions: call(p),
    KSPSetUp: call(p),
    // The length is an int in older versions and a long in newer ones: the same register.
    KSPSetResidualHistory: call(p, b, "isize", "i32"),
    KSPGetResidualHistory: call(p, b, b),
    KSPSolve: call(p, p, p),
    KSPGetConvergedReason: call(p, b),
    KSPDestroy: call(b),
    PCCreate: call(h, b),
    PCSetType: call(p, b),
    PCTelescopeSetReductionFactor: call(p, "i32"),
    PCDestroy: call(b),
  };
}

/** An address that a call writes. */
export type Out = BigUint64Array<ArrayBuffer>;

/** The same symbols as functions; each returns 0 or the number of an error. */
export interface PetscCalls {
  PetscOptionsSetValue(options: null, name: CallMemory, value: CallMemory): number;
  PetscInitialized(flag: CallMemory): number;
  PetscInitialize(argc: null, argv: null, file: null, help: null): number;
  PetscFinalize(): number;
  PetscGetVersion(text: CallMemory, length: number): number;
  PetscDataTypeFromString(name: CallMemory, type: CallMemory, found: CallMemory): number;
  PetscDataTypeGetSize(type: number, size: Out): number;
  PetscPushErrorHandler(handler: PetscObject, context: null): number;
  PetscErrorMessage(code: number, text: Out, specific: Out): number;
  MatCreateMPIAIJWithArrays(
    comm: MpiObject,
    rows: number,
    columns: number,
    allRows: number,
    allColumns: number,
    rowStarts: CallMemory,
    columnNumbers: CallMemory,
    values: CallMemory,
    matrix: Out,
  ): number;
  MatNullSpaceCreate(
    comm: MpiObject,
    constants: number,
    count: number,
    more: null,
    out: Out,
  ): number;
  MatSetNullSpace(matrix: PetscObject, space: PetscObject): number;
  MatNullSpaceDestroy(space: Out): number;
  MatDestroy(matrix: Out): number;
  MatSetBlockSize(matrix: PetscObject, size: number): number;
  VecCreateMPIWithArray(
    comm: MpiObject,
    blockSize: number,
    rows: number,
    allRows: number,
    memory: null,
    vector: Out,
  ): number;
  VecPlaceArray(vector: PetscObject, memory: CallMemory): number;
  VecResetArray(vector: PetscObject): number;
  VecDestroy(vector: Out): number;
  KSPCreate(comm: MpiObject, ksp: Out): number;
  KSPSetOperators(ksp: PetscObject, matrix: PetscObject, forPreconditioner: PetscObject): number;
  KSPSetType(ksp: PetscObject, name: CallMemory): number;
  KSPGetPC(ksp: PetscObject, pc: Out): number;
  KSPSetNormType(ksp: PetscObject, norm: number): number;
  KSPSetTolerances(
    ksp: PetscObject,
    rtol: number,
    atol: number,
    divergence: number,
    maxIterations: number,
  ): number;
  KSPSetInitialGuessNonzero(ksp: PetscObject, flag: number): number;
  KSPSetOptionsPrefix(ksp: PetscObject, prefix: CallMemory): number;
  KSPSetFromOptions(ksp: PetscObject): number;
  KSPSetUp(ksp: PetscObject): number;
  KSPSetResidualHistory(ksp: PetscObject, room: CallMemory, length: number, reset: number): number;
  KSPGetResidualHistory(ksp: PetscObject, room: Out, length: Out): number;
  KSPSolve(ksp: PetscObject, right: PetscObject, solution: PetscObject): number;
  KSPGetConvergedReason(ksp: PetscObject, reason: CallMemory): number;
  KSPDestroy(ksp: Out): number;
  PCCreate(comm: MpiObject, pc: Out): number;
  PCSetType(pc: PetscObject, name: CallMemory): number;
  PCTelescopeSetReductionFactor(pc: PetscObject, factor: number): number;
  PCDestroy(pc: Out): number;
}
