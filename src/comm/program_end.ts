import type { Comm } from "./comm.ts";

/** How a program on all ranks can end itself; it depends on the kind of communicator. */
export interface ProgramEnd {
  /** Ends it in good order; every rank calls it. If it returns a promise, that promise never resolves. */
  together(code: number): void | Promise<never>;
  /** Ends it at once, whatever the other ranks are doing. */
  alone(code: number): void;
}

const ends = new WeakMap<Comm, ProgramEnd>();

/** For a program on one rank: the process exits. */
const ownProcess: ProgramEnd = {
  together: (code) => Deno.exit(code),
  alone: (code) => Deno.exit(code),
};

/** Registers how a communicator's program ends; for the code that creates communicators. */
export function endsBy(comm: Comm, end: ProgramEnd): void {
  ends.set(comm, end);
}

/**
 * Ends the program on all ranks with an exit code, in good order: all ranks have left their calls, and the
 * job is not aborted. Collective.
 */
export async function endProgram(comm: Comm, code: number): Promise<void> {
  if (comm.size > 1) comm.barrier();
  await (ends.get(comm) ?? ownProcess).together(code);
}

/** Ends the program with an exit code at once, even if other ranks are still working. */
export function leaveProgram(comm: Comm, code: number): void {
  (ends.get(comm) ?? ownProcess).alone(code);
}
