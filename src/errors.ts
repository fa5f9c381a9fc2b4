/**
 * Every error class of the toolkit. A message says what was asked, what was found, and what to do;
 * the fields carry the same facts for programs.
 *
 * @module
 */

/** The base class of the toolkit's own errors; {@link isTimestashError} tells them apart in a `catch`. */
export abstract class TimestashError extends Error {
  /** A literal for each class, the same in all versions. */
  abstract readonly code: string;

  /** Takes what `Error` takes. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A snapshot does not fit the live model; nothing was changed. `problems` lists every difference found. */
export class SnapshotInvalidatedError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "SNAPSHOT_INVALIDATED";
  /** One sentence for each difference. */
  readonly problems: readonly string[];

  /** The message, and one sentence for each difference. */
  constructor(message: string, problems: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.problems = problems;
  }
}

/** A file is not a snapshot, or has a schema that this version does not know. */
export class SnapshotFormatError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "SNAPSHOT_FORMAT";
  /** The file, as the caller named it. */
  readonly path: string;

  /** The path as the caller named it, and the message. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** A snapshot file is damaged: a checksum differs or bytes are missing. */
export class SnapshotCorruptError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "SNAPSHOT_CORRUPT";
  /** The file, as the caller named it. */
  readonly path: string;
  /** The damaged datasets, where they are known. */
  readonly datasets: readonly string[];

  /** The path as the caller named it, the message, and what is damaged. */
  constructor(
    path: string,
    message: string,
    datasets: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.path = path;
    this.datasets = datasets;
  }
}

/** A value cannot be saved. `path` names it, e.g. `tracker.callback`. */
export class SnapshotSerializationError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "SNAPSHOT_SERIALIZATION";
  /** The path of the value in the model. */
  readonly path: string;

  /** The path of the value, and why it cannot be saved. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
  }
}

/** The model is in the middle of a solve or the like: saving or loading now would see a half-finished state. */
export class ModelBusyError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "MODEL_BUSY";
  /** What the model is doing. */
  readonly activity: string;

  /** What was called, and what the model is doing. */
  constructor(asked: string, activity: string) {
    super(
      `${asked} was called inside ${activity}, while the model's state is partly updated; call it before ` +
        "or after",
    );
    this.activity = activity;
  }
}

/** A state has a different schema version, or different fields, from the class that should take it. */
export class StateSchemaError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "STATE_SCHEMA";
  /** The name of the object that refused. */
  readonly bearer: string;

  /** The name of the object that refused, and the message. */
  constructor(bearer: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.bearer = bearer;
  }
}

/** An iteration did not reach its tolerance; the model is as it was before the call. */
export class ConvergenceError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "CONVERGENCE";
  /** The number of iterations. */
  readonly iterations: number;
  /** The last relative residual. */
  readonly residual: number;
  /** Relative residuals by iteration. */
  readonly history: readonly number[];
  /** Whether it ended because a matrix, or its preconditioner, is not positive definite. */
  readonly isIndefinite: boolean;

  /** The message, and the relative residuals by iteration, where there are any. */
  constructor(
    message: string,
    history: readonly number[] = [],
    options?: ErrorOptions & { isIndefinite?: boolean },
  ) {
    super(message, options);
    this.history = history;
    this.isIndefinite = options?.isIndefinite ?? false;
    this.iterations = Math.max(0, history.length - 1);
    this.residual = history.length > 0 ? history[history.length - 1] : NaN;
  }
}

/** A step would fold a mesh over itself; the model is as it was before the step. */
export class MeshTangledError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "MESH_TANGLED";
  /** The name of the mesh. */
  readonly mesh: string;
  /** The step that was too long. */
  readonly dt: number;

  /** The name of the mesh, the step, and the message. */
  constructor(mesh: string, dt: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.mesh = mesh;
    this.dt = dt;
  }
}

/** The adaptive loop cannot make its steps any smaller; the model is at the last good state. */
export class StepSizeError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "STEP_SIZE";
  /** The size of the step that would be tried next. */
  readonly dt: number;
  /** Why each attempt at this step was rejected, oldest first. */
  readonly reasons: readonly string[];

  /** The message, the size that would be tried next, and why the attempts were rejected. */
  constructor(message: string, dt: number, reasons: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.dt = dt;
    this.reasons = reasons;
  }
}

/** The calls of a time step came in a wrong order; nothing has changed. */
export class StepOrderError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "STEP_ORDER";
  /** What was called. */
  readonly asked: string;

  /** What was called, what is missing, and what to call first. */
  constructor(asked: string, missing: string, first: string) {
    super(`${asked}: ${missing}; call ${first} first`);
    this.asked = asked;
  }
}

/** The same step from the same state gave two results; `first` is the first entry that differs. */
export class ReplayError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "REPLAY";
  /** The key of the first entry that differs. */
  readonly first: string;
  /** What the step used that a snapshot cannot hold, e.g. `Math.random`. */
  readonly suspects: readonly string[];

  /** The message, the first key that differs, and what a snapshot cannot hold. */
  constructor(message: string, first: string, suspects: readonly string[]) {
    super(message);
    this.first = first;
    this.suspects = suspects;
  }
}

/** A mesh file cannot be read, or does not describe a usable mesh. */
export class MeshFormatError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "MESH_FORMAT";
  /** The file, or `"bytes"`. */
  readonly path: string;

  /** The path as the caller named it, and the message. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/**
 * A mesh has curved cells (geometry of degree 2), and what was asked for is made for straight ones alone. Nothing
 * was changed.
 */
export class CurvedCellsError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "CURVED_CELLS";
  /** What is made for straight cells alone. */
  readonly what: string;

  /** What was asked for, and the name of the mesh. */
  constructor(what: string, mesh?: string, options?: ErrorOptions) {
    const which = mesh === undefined ? "the mesh" : `mesh '${mesh}'`;
    super(
      `${what}: ${which} has curved cells, and this works on straight ones alone so far; make the mesh with ` +
        "{ geometryDegree: 1 }",
      options,
    );
    this.what = what;
  }
}

/** A mesh is periodic, and what was asked for is made for other meshes alone. Nothing was changed. */
export class PeriodicMeshError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "PERIODIC_MESH";
  /** What is made for other meshes alone. */
  readonly what: string;

  /** What was asked for, and the name of the mesh. */
  constructor(what: string, mesh: string, options?: ErrorOptions) {
    super(
      `${what}: mesh '${mesh}' is periodic, and this works on other meshes alone so far; make the mesh without ` +
        "periodic directions",
      options,
    );
    this.what = what;
  }
}

/** The ranks disagree, a rank is missing, or the message layer failed. */
export class CommError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "COMM";
  /** The rank that reports. */
  readonly rank: number;

  /** The rank that reports, and the message. */
  constructor(rank: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.rank = rank;
  }
}

/** PETSc was requested and is not available, or one of its calls failed. */
export class PetscError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "PETSC";
  /** PETSc's own error number; null where PETSc was not reached. */
  readonly petscCode: number | null;

  /** The message, and PETSc's error number where it gave one. */
  constructor(message: string, petscCode: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.petscCode = petscCode;
  }
}

/** A run cannot be resumed as it is: another model, or one with other parameters, started it. */
export class RunIdentityError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "RUN_IDENTITY";
  /** The id of the run. */
  readonly run: string;
  /** One sentence for each difference. */
  readonly differences: readonly string[];

  /** The id of the run, what differs, and the message. */
  constructor(run: string, differences: readonly string[], message: string) {
    super(message);
    this.run = run;
    this.differences = differences;
  }
}

/** A run has completed, and its script was started again without being told what to do then. */
export class RunCompletedError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "RUN_COMPLETED";
  /** The id of the run. */
  readonly run: string;

  /** The id of the run, and the message. */
  constructor(run: string, message: string) {
    super(message);
    this.run = run;
  }
}

/** Checkpoints of a run could not be saved, or none could be loaded. `cause` is the last reason. */
export class CheckpointError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "CHECKPOINT";
  /** The folder. */
  readonly directory: string;
  /** The number of attempts. */
  readonly attempts: number;

  /** The folder, the number of attempts, and the message. */
  constructor(directory: string, attempts: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.directory = directory;
    this.attempts = attempts;
  }
}

/** Why a store of checkpoints refused: see {@link StoreError}. */
export type StoreFailure =
  | "credentials"
  | "access"
  | "bucket"
  | "missing"
  | "connection"
  | "timeout"
  | "server";

/** A store of checkpoints, such as an `S3Store`, could not do what was asked. `cause` is the error of its client. */
export class StoreError extends TimestashError {
  /** Identifies this class; never changes. */
  readonly code = "STORE";
  /** Where the store is. */
  readonly location: string;
  /**
   * Why: there are no `credentials`; they do not give `access`; there is no such `bucket`; the file is `missing`; the
   * `connection` could not be made or broke; there was no answer within the `timeout`; or the `server` said no.
   */
  readonly reason: StoreFailure;

  /** Where the store is, why it refused, and the message. */
  constructor(location: string, reason: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.location = location;
    this.reason = reason;
  }
}
