/**
 * What is taken from the C library, through the foreign functions that are granted anyway.
 *
 * @module
 */

/** The C library: reads an environment variable, null where it is not set; lets another process run. */
export interface Libc {
  environment(name: string): string | null;
  yieldProcessor(): void;
}

/** Loads it; where there is none, nothing is set and nobody else runs. */
export function openLibc(): Libc {
  for (const file of ["libc.so.6", "libSystem.B.dylib", "libc.so"]) {
    try {
      const { symbols } = Deno.dlopen(
        file,
        {
          getenv: { parameters: ["buffer"], result: "pointer" },
          sched_yield: { parameters: [], result: "i32" },
        } as const,
      );
      return {
        environment(name) {
          const text = symbols.getenv(new TextEncoder().encode(`${name}\0`));
          return text === null ? null : Deno.UnsafePointerView.getCString(text);
        },
        yieldProcessor: () => void symbols.sched_yield(),
      };
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
    }
  }
  return { environment: () => null, yieldProcessor: () => {} };
}
