import { TimestashError } from "../errors.ts";

/** A run cannot be resumed as it is: it was started by another model, or with other parameters. */
export class RunIdentityError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "RUN_IDENTITY";
  /** The id of the run. */
  readonly run: string;
  /** One sentence for each thing that differs. */
  readonly differences: readonly string[];

  /** The id of the run, what differs, and the message. */
  constructor(run: string, differences: readonly string[], message: string) {
    super(message);
    this.run = run;
    this.differences = differences;
  }
}

/** Checkpoints of a run could not be saved, or none could be loaded. `cause` is the last reason. */
export class CheckpointError extends TimestashError {
  /** Tells this class from the others; never changes. */
  readonly code = "CHECKPOINT";
  /** The folder. */
  readonly directory: string;
  /** How often it was tried. */
  readonly attempts: number;

  /** The folder, how often it was tried, and the message. */
  constructor(directory: string, attempts: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.directory = directory;
    this.attempts = attempts;
  }
}
