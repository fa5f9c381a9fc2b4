/**
 * Telling errors apart where they are caught.
 *
 * @module
 */
import type * as errors from "./errors.ts";

/** The toolkit's error classes by name, for {@link isTimestashError}. */
export interface TimestashErrors {
  /** Checkpoints could not be saved, or none could be loaded. */
  readonly CheckpointError: errors.CheckpointError;
  /** The ranks disagree, or the message layer failed. */
  readonly CommError: errors.CommError;
  /** An iteration did not reach its tolerance. */
  readonly ConvergenceError: errors.ConvergenceError;
  /** Something works on straight cells alone. */
  readonly CurvedCellsError: errors.CurvedCellsError;
  /** Something does not work on periodic meshes. */
  readonly PeriodicMeshError: errors.PeriodicMeshError;
  /** A mesh file cannot be read. */
  readonly MeshFormatError: errors.MeshFormatError;
  /** A step would fold a mesh over itself. */
  readonly MeshTangledError: errors.MeshTangledError;
  /** The model is in the middle of a solve. */
  readonly ModelBusyError: errors.ModelBusyError;
  /** PETSc is not available, or failed. */
  readonly PetscError: errors.PetscError;
  /** The same step gave two results. */
  readonly ReplayError: errors.ReplayError;
  /** A run has completed, and its script was started again. */
  readonly RunCompletedError: errors.RunCompletedError;
  /** A run was started by another model. */
  readonly RunIdentityError: errors.RunIdentityError;
  /** A snapshot file is damaged. */
  readonly SnapshotCorruptError: errors.SnapshotCorruptError;
  /** A file is not a snapshot that this version knows. */
  readonly SnapshotFormatError: errors.SnapshotFormatError;
  /** A snapshot does not fit the model. */
  readonly SnapshotInvalidatedError: errors.SnapshotInvalidatedError;
  /** A value cannot be saved. */
  readonly SnapshotSerializationError: errors.SnapshotSerializationError;
  /** A state does not fit its class. */
  readonly StateSchemaError: errors.StateSchemaError;
  /** The calls of a time step came in a wrong order. */
  readonly StepOrderError: errors.StepOrderError;
  /** The adaptive loop cannot make its steps any smaller. */
  readonly StepSizeError: errors.StepSizeError;
  /** A store of checkpoints refused. */
  readonly StoreError: errors.StoreError;
}

/** The name of one of the toolkit's error classes. */
export type TimestashErrorName = keyof TimestashErrors;

const codes: { readonly [N in TimestashErrorName]: TimestashErrors[N]["code"] } = {
  CheckpointError: "CHECKPOINT",
  CommError: "COMM",
  ConvergenceError: "CONVERGENCE",
  CurvedCellsError: "CURVED_CELLS",
  PeriodicMeshError: "PERIODIC_MESH",
  MeshFormatError: "MESH_FORMAT",
  MeshTangledError: "MESH_TANGLED",
  ModelBusyError: "MODEL_BUSY",
  PetscError: "PETSC",
  ReplayError: "REPLAY",
  RunCompletedError: "RUN_COMPLETED",
  RunIdentityError: "RUN_IDENTITY",
  SnapshotCorruptError: "SNAPSHOT_CORRUPT",
  SnapshotFormatError: "SNAPSHOT_FORMAT",
  SnapshotInvalidatedError: "SNAPSHOT_INVALIDATED",
  SnapshotSerializationError: "SNAPSHOT_SERIALIZATION",
  StateSchemaError: "STATE_SCHEMA",
  StepOrderError: "STEP_ORDER",
  StepSizeError: "STEP_SIZE",
  StoreError: "STORE",
};

/**
 * Whether a caught value is one of the toolkit's errors, or one of a certain class. The type is narrowed to
 * that class, with its fields. It compares the `code`, so it also recognises errors of another copy of the
 * toolkit in the same program.
 *
 * @param error what a `catch` received: anything.
 * @param name the name of the class; any of the toolkit's errors when left out.
 * @throws {TypeError} when the toolkit does not have an error of that name.
 *
 * @example
 * ```ts
 * import { boxMesh, isTimestashError, MeshVariable, Model, Poisson } from "@timestash/timestash";
 *
 * const u = new MeshVariable(boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [24, 24] }), "u");
 * const solver = new Poisson(u, { source: 1, maxIterations: 3 });
 * solver.addDirichlet("left", 0);
 * try {
 *   solver.solve();
 * } catch (error) {
 *   if (!isTimestashError(error, "ConvergenceError")) throw error;
 *   console.log(error.iterations, error.residual > 1e-10); // 3 true
 * }
 * ```
 */
export function isTimestashError(error: unknown): error is TimestashErrors[TimestashErrorName];
/** Whether it is of the class `name`. */
export function isTimestashError<N extends TimestashErrorName>(
  error: unknown,
  name: N,
): error is TimestashErrors[N];
export function isTimestashError(error: unknown, name?: TimestashErrorName): boolean {
  if (name !== undefined && !Object.hasOwn(codes, name)) {
    throw new TypeError(
      `isTimestashError: there is no error class "${String(name)}"; there are ` +
        Object.keys(codes).join(", "),
      { cause: error },
    );
  }
  if (!(error instanceof Error) || !("code" in error)) return false;
  return name === undefined
    ? (Object.values(codes) as unknown[]).includes(error.code)
    : error.code === codes[name];
}

/** The message of an error; for anything else that was thrown, its text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
