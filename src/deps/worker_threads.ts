import type * as Threads from "node:worker_threads";

/** The part of the built-in modules that this file uses. */
interface BuiltIns {
  readonly process: { getBuiltinModule(name: "node:worker_threads"): typeof Threads };
}

/**
 * `node:worker_threads`, loaded at the first call. A static import would cost every script that imports the
 * toolkit about ten milliseconds, and a dynamic one cannot be awaited in a synchronous call.
 */
export function threads(): typeof Threads {
  return (globalThis as unknown as BuiltIns).process.getBuiltinModule("node:worker_threads");
}
