/**
 * The functions of the C library that the toolkit calls, through the foreign functions that it may use anyway.
 *
 * @module
 */

/** Reads an environment variable (null if it is not set), and yields the processor to another process. */
export interface Libc {
  environment(name: string): string | null;
  yieldProcessor(): void;
}

/** Loads the C library; without one, all variables count as not set, and yielding does nothing. */
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
