import type * as Threads from "node:worker_threads";

/** The built-in modules, as far as this file asks for them. */
interface BuiltIns {
  readonly process: { getBuiltinModule(name: "node:worker_threads"): typeof Threads };
}

/**
 * `node:worker_threads`, loaded at the first call: a static import would cost every script that imports
 * the toolkit some ten milliseconds, and a dynamic one could not be waited for in a synchronous call.
 */
export function threads(): typeof Threads {
  return (globalThis as unknown as BuiltIns).process.getBuiltinModule("node:worker_threads");
}
