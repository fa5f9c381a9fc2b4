import type { Comm } from "./comm.ts";

/** How the program of all ranks is ended from within, by the kind of communicator. */
export interface ProgramEnd {
  /** In good order; every rank calls it. What it returns, if anything, never resolves. */
  together(code: number): void | Promise<never>;
  /** At once, whatever the other ranks do. */
  alone(code: number): void;
}

const ends = new WeakMap<Comm, ProgramEnd>();

/** Where there is nothing to agree on: a process ends. */
const ownProcess: ProgramEnd = {
  together: (code) => Deno.exit(code),
  alone: (code) => Deno.exit(code),
};

/** Says how the program of a communicator is ended; for those that make communicators. */
export function endsBy(comm: Comm, end: ProgramEnd): void {
  ends.set(comm, end);
}

/**
 * Ends the program with an exit code, on all ranks and in good order: nobody is still in a call, no job is
 * aborted. Collective.
 */
export async function endProgram(comm: Comm, code: number): Promise<void> {
  if (comm.size > 1) comm.barrier();
  await (ends.get(comm) ?? ownProcess).together(code);
}

/** Ends the program with an exit code at once, also where other ranks are in the middle of something. */
export function leaveProgram(comm: Comm, code: number): void {
  (ends.get(comm) ?? ownProcess).alone(code);
}
