/**
 * Failures that nobody has looked at when the program ends: they are printed, and the program ends with a code
 * that is not 0, so that a script or a queue does not take it for a success.
 *
 * @module
 */

/** What failed, by who knows of it. */
const unseen = new Map<object, string>();
let listening = false;
/** What is still to be done then. */
const last = new Set<() => void>();

/** Notes a failure, until {@link failureSeen}. */
export function noteFailure(owner: object, message: string): void {
  unseen.set(owner, message);
  listen();
}

/** Runs `work`, which cannot wait for promises, when the program ends; once, however often it is asked for. */
export function beforeEnd(work: () => void): void {
  last.add(work);
  listen();
}

/** Takes a failure back: it was looked at, or what failed was done after all. */
export function failureSeen(owner: object): void {
  unseen.delete(owner);
}

function listen(): void {
  if (listening) return;
  listening = true;
  globalThis.addEventListener("unload", endWithFailures);
}

function endWithFailures(): void {
  for (const work of last) work();
  for (const message of unseen.values()) console.error(`error: ${message}`);
  if (unseen.size > 0 && Deno.exitCode === 0) Deno.exitCode = 1;
}
