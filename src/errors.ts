/**
 * Every error class of the toolkit. A message says what was asked, what was found, and what to do;
 * the fields carry the same facts for programs.
 *
 * @module
 */

/** The base of all errors that are the toolkit's own; `code` tells the classes apart without `instanceof`. */
export abstract class TimestashError extends Error {
  /** A literal that never changes between versions. */
  abstract readonly code: string;

  /** Takes what `Error` takes. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A snapshot does not fit the live model; nothing was changed. `problems` has every difference found. */
export class SnapshotInvalidatedError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "SNAPSHOT_INVALIDATED";
  /** One sentence for each difference. */
  readonly problems: readonly string[];

  /** The message, and each difference on its own. */
  constructor(message: string, problems: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.problems = problems;
  }
}

/** A file is not a snapshot, or of a schema that this version does not know. */
export class SnapshotFormatError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "SNAPSHOT_FORMAT";
  /** The file, as it was asked for. */
  readonly path: string;

  /** The path that was asked for, and the message. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** A snapshot file is damaged: a checksum differs or bytes are missing. */
export class SnapshotCorruptError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "SNAPSHOT_CORRUPT";
  /** The file, as it was asked for. */
  readonly path: string;
  /** The datasets that are damaged, where that is known. */
  readonly datasets: readonly string[];

  /** The path that was asked for, the message, and what is damaged. */
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
  /** Tells this class from the others; never changes. */
  readonly code = "SNAPSHOT_SERIALIZATION";
  /** Where the value stands. */
  readonly path: string;

  /** The path of the value, and why it cannot be saved. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
  }
}

/** The model is in the middle of something (a solve): saving or loading now would catch half of it. */
export class ModelBusyError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "MODEL_BUSY";
  /** What is under way. */
  readonly activity: string;

  /** What was called, and what is under way. */
  constructor(asked: string, activity: string) {
    super(
      `${asked} was called inside ${activity}, where the model's state is half old and half new; call it ` +
        "before or after",
    );
    this.activity = activity;
  }
}

/** A state has another schema version, or other fields, than the class that should take it. */
export class StateSchemaError extends TimestashError {
  /** Tells this class from the others; never changes. */
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
  /** Tells this class from the others; never changes. */
  readonly code = "CONVERGENCE";
  /** Iterations done. */
  readonly iterations: number;
  /** The last relative residual. */
  readonly residual: number;
  /** Relative residuals by iteration. */
  readonly history: readonly number[];

  /** The message, and the relative residuals by iteration. */
  constructor(message: string, history: readonly number[], options?: ErrorOptions) {
    super(message, options);
    this.history = history;
    this.iterations = Math.max(0, history.length - 1);
    this.residual = history.length > 0 ? history[history.length - 1] : NaN;
  }
}

/** The adaptive loop would have to step below its smallest step; the model is at the last good state. */
export class StepSizeError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "STEP_SIZE";
  /** The size that would come next. */
  readonly dt: number;
  /** Why the last tries of this step were taken back, oldest first. */
  readonly reasons: readonly string[];

  /** The message, the size that would come next, and why tries were taken back. */
  constructor(message: string, dt: number, reasons: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.dt = dt;
    this.reasons = reasons;
  }
}

/** The same step from the same state gave two results; `first` is where they differ first. */
export class ReplayError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "REPLAY";
  /** The key of the first entry that differs. */
  readonly first: string;
  /** What the step used that no snapshot can hold, e.g. `Math.random`. */
  readonly suspects: readonly string[];

  /** The message, the first key that differs, and what no snapshot can hold. */
  constructor(message: string, first: string, suspects: readonly string[]) {
    super(message);
    this.first = first;
    this.suspects = suspects;
  }
}

/** A mesh file cannot be read, or describes no usable mesh. */
export class MeshFormatError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "MESH_FORMAT";
  /** The file, or `"bytes"`. */
  readonly path: string;

  /** The path that was asked for, and the message. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** Ranks disagree, a rank is missing, or the message layer failed. */
export class CommError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "COMM";
  /** The rank that reports. */
  readonly rank: number;

  /** The rank that reports, and the message. */
  constructor(rank: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.rank = rank;
  }
}

/** PETSc was asked for and is not there, or one of its calls failed. */
export class PetscError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "PETSC";
  /** PETSc's own number of the error; null where PETSc was not reached. */
  readonly petscCode: number | null;

  /** The message, and PETSc's number where it gave one. */
  constructor(message: string, petscCode: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.petscCode = petscCode;
  }
}
