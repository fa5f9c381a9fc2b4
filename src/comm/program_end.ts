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

const lastWorks = new WeakMap<Comm, Set<() => void>>();

/** Registers collective work for the end of the program, when all ranks have reached it. */
export function atProgramEnd(comm: Comm, work: () => void): void {
  const works = lastWorks.get(comm);
  if (works) works.add(work);
  else lastWorks.set(comm, new Set([work]));
}

/** The work has been done. */
export function notAtProgramEnd(comm: Comm, work: () => void): void {
  lastWorks.get(comm)?.delete(work);
}

/** Does what was registered, in that order. Collective; for the code that creates communicators. */
export function doLastWork(comm: Comm): void {
  for (const work of lastWorks.get(comm) ?? []) work();
}

/**
 * Ends the program on all ranks with an exit code, in good order: all ranks have left their calls, and the
 * job is not aborted. Collective.
 */
export async function endProgram(comm: Comm, code: number): Promise<void> {
  if (comm.size > 1) comm.barrier();
  doLastWork(comm);
  await (ends.get(comm) ?? ownProcess).together(code);
}

/** Ends the program with an exit code at once, even if other ranks are still working. */
export function leaveProgram(comm: Comm, code: number): void {
  (ends.get(comm) ?? ownProcess).alone(code);
}
