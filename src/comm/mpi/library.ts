/**
 * Finds the MPI library that this program was started with. The environment is read through libc, so
 * that `--allow-ffi` is the only permission needed.
 *
 * @module
 */
import { CommError } from "../../errors.ts";
import { type Libc, openLibc } from "./libc.ts";
import {
  type MpiCalls,
  type MpiFlavour,
  mpiFlavours,
  type MpiObject,
  statusBytes,
  symbolsOf,
} from "./table.ts";

/** An MPI library that is loaded. */
export interface MpiLibrary {
  readonly flavour: MpiFlavour;
  /** The name by which it was loaded. */
  readonly file: string;
  readonly calls: MpiCalls;
  readonly world: MpiObject;
  /** MPI_COMM_SELF. */
  readonly self: MpiObject;
  readonly byte: MpiObject;
  readonly int32: MpiObject;
  /** MPI_MAX. */
  readonly max: MpiObject;
  /** The number of ranks that the launcher started; null if it does not say. */
  readonly launchedSize: number | null;
}

/**
 * Loads the library that belongs to the launcher of this program; without a launcher, the first that is
 * found. `TIMESTASH_MPI` names a library file in case the search goes wrong.
 *
 * @throws {CommError} when no library can be loaded.
 */
export function openLibrary(libc: Libc = openLibc()): MpiLibrary {
  const marked = mpiFlavours.filter(({ marks }) =>
    marks.some((mark) => libc.environment(mark) !== null)
  );
  const named = libc.environment("TIMESTASH_MPI");
  const tried: string[] = [];
  for (const flavour of marked.length > 0 && named === null ? marked : mpiFlavours) {
    for (const file of named === null ? flavour.files : [named]) {
      const library = load(flavour, file, libc);
      if (library !== null) return library;
      tried.push(file);
    }
  }
  const wanted = marked.length > 0 ? marked : mpiFlavours;
  throw new CommError(
    0,
    `mpiWorld: no MPI library of ${wanted.map(({ name }) => name).join(" or ")} can be loaded ` +
      `(tried ${[...new Set(tried)].join(", ")}). On Debian: apt-get install ` +
      `${wanted.map(({ install }) => install).join(", or ")}. ` +
      `TIMESTASH_MPI=/path/to/libmpi.so names another place`,
  );
}

function load(flavour: MpiFlavour, file: string, libc: Libc): MpiLibrary | null {
  let symbols: Record<string, unknown>;
  try {
    symbols = Deno.dlopen(file, symbolsOf(flavour)).symbols;
  } catch (error) {
    // The user has to grant the permission; a missing file or symbol means that it is another library.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return null;
  }
  const object = (name: string | number): MpiObject =>
    typeof name === "string" ? symbols[name] as Deno.PointerValue : name;
  const [size, localSize] = flavour.marks.map((mark) => {
    const text = libc.environment(mark);
    return text === null ? null : Number(text);
  });
  const direct = symbols as unknown as MpiCalls;
  const crowded = localSize !== null && localSize > navigator.hardwareConcurrency;
  const calls = crowded ? yieldingCalls(direct, flavour, libc.yieldProcessor) : direct;
  const world = object(flavour.world), self = object(flavour.self), byte = object(flavour.byte);
  const int32 = object(flavour.int32), max = object(flavour.max);
  return { flavour, file, calls, world, self, byte, int32, max, launchedSize: size };
}

/**
 * The same calls, for a machine with fewer processors than ranks. A blocking MPI call spins, which keeps the
 * processor from the very rank that it waits for (5 milliseconds for each call under MPICH). Here a waiting
 * rank yields the processor.
 *
 * @param calls The blocking calls.
 * @param flavour The library that they belong to.
 * @param yieldProcessor Lets another process run.
 */
export function yieldingCalls(
  calls: MpiCalls,
  flavour: MpiFlavour,
  yieldProcessor: () => void,
): MpiCalls {
  const request = new Uint8Array(new ArrayBuffer(8));
  const flag = new Int32Array(new ArrayBuffer(4));
  const status = new Uint8Array(new ArrayBuffer(statusBytes));
  const wait = (request: Uint8Array): number => {
    for (;;) {
      calls.MPI_Test(request, flag, status);
      if (flag[0] !== 0) return 0;
      yieldProcessor();
    }
  };
  return {
    ...calls,
    MPI_Allreduce(...args) {
      calls.MPI_Iallreduce(...args, request);
      return wait(request);
    },
    MPI_Allgather(...args) {
      calls.MPI_Iallgather(...args, request);
      return wait(request);
    },
    MPI_Allgatherv(...args) {
      calls.MPI_Iallgatherv(...args, request);
      return wait(request);
    },
    MPI_Alltoall(...args) {
      calls.MPI_Ialltoall(...args, request);
      return wait(request);
    },
    MPI_Bcast(...args) {
      calls.MPI_Ibcast(...args, request);
      return wait(request);
    },
    MPI_Recv(memory, count, type, from, tag, comm) {
      calls.MPI_Irecv(memory, count, type, from, tag, comm, request);
      return wait(request);
    },
    MPI_Waitall(count, requests) {
      const bytes = flavour.requestBytes;
      for (let i = 0; i < count; i++) {
        wait(new Uint8Array(requests.buffer, requests.byteOffset + i * bytes, bytes));
      }
      return 0;
    },
  };
}
