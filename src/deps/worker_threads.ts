import type * as Threads from "node:worker_threads";

interface Runtime {
  readonly process: { getBuiltinModule(name: "node:worker_threads"): typeof Threads };
}

/**
 * Deno's worker threads with Node's interface, loaded at the first call. A static import would cost every script that
 * imports the toolkit 10 to 30 milliseconds, and a dynamic one cannot be awaited in a synchronous call.
 */
export function workerThreads(): typeof Threads {
  return (globalThis as unknown as Runtime).process.getBuiltinModule("node:worker_threads");
}
