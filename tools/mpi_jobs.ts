/**
 * Jobs under an MPI launcher, for the parallel suite.
 *
 * @module
 */

/** More ranks than processors, and root in containers, are wanted here. */
const environment = {
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
  NO_COLOR: "1",
};

/** A job that takes longer has failed. */
export const secondsPerJob = 180;

/** What became of a job. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly late: boolean;
}

/** A job that runs. */
export interface Job {
  /** Sends the launcher a signal. */
  kill(signal: Deno.Signal): void;
  /** Its end. */
  readonly outcome: Promise<Outcome>;
}

/** Starts `deno run` with these arguments on so many ranks. */
export function startJob(command: string, ranks: number, args: readonly string[]): Job {
  const job = new Deno.Command(command, {
    args: ["-np", String(ranks), Deno.execPath(), "run", ...args],
    env: environment,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const clock = setTimeout(() => {
    late = true;
    job.kill("SIGTERM");
  }, secondsPerJob * 1000);
  const ended = async () => {
    const { code, stdout, stderr } = await job.output();
    clearTimeout(clock);
    const text = new TextDecoder();
    return { code, output: text.decode(stdout) + text.decode(stderr), late };
  };
  return { kill: (signal) => job.kill(signal), outcome: ended() };
}

/** Runs a job to its end. */
export function runJob(
  command: string,
  ranks: number,
  args: readonly string[],
): Promise<Outcome> {
  return startJob(command, ranks, args).outcome;
}
