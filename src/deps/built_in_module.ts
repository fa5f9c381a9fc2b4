import type * as Threads from "node:worker_threads";

/** The modules that are taken from Deno's node layer. */
interface BuiltInModules {
  "node:worker_threads": typeof Threads;
}

interface Runtime {
  readonly process: {
    getBuiltinModule<N extends keyof BuiltInModules>(name: N): BuiltInModules[N];
  };
}

/**
 * A module of Deno's node layer, loaded at the first call. A static import would cost every script that imports the
 * toolkit 10 to 30 milliseconds, and a dynamic one cannot be awaited in a synchronous call.
 */
export function builtInModule<N extends keyof BuiltInModules>(name: N): BuiltInModules[N] {
  return (globalThis as unknown as Runtime).process.getBuiltinModule(name);
}
