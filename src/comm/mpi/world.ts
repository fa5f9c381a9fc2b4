import { CommError } from "../../errors.ts";
import { CollectiveComm } from "../collective_comm.ts";
import type { Comm } from "../comm.ts";
import { doLastWork, endsBy } from "../program_end.ts";
import { anyKind, CallAgreement, CallCode, describeHeader } from "../message_transport.ts";
import { type MpiLibrary, openLibrary } from "./library.ts";
import { MpiTransport } from "./mpi_transport.ts";
import { threadFunneled } from "./table.ts";

/** What another library (PETSc, through the same FFI) needs to communicate with the same ranks. */
export interface MpiHandle {
  /** Which MPI it is; a handle of one is not valid in the other. */
  readonly flavour: "Open MPI" | "MPICH";
  /** How the communicator is passed to C: an address or a 32-bit integer. */
  readonly type: "pointer" | "i32";
  /** MPI_COMM_WORLD. */
  readonly world: Deno.PointerValue | number;
  /** MPI_COMM_SELF. */
  readonly self: Deno.PointerValue | number;
  /** The library file, as it was loaded. */
  readonly file: string;
}

/** Work that libraries on top of MPI have to do before MPI ends. */
const endings: (() => void)[] = [];

/**
 * Registers work for the end of the program, when all ranks have reached it and before MPI is finalised. The
 * work registered last runs first.
 *
 * @internal
 */
export function beforeMpiEnds(work: () => void): void {
  endings.unshift(work);
}

let world: { readonly comm: Comm; readonly handle: MpiHandle } | null = null;

/**
 * The communicator of all ranks of an MPI job, for scripts that are started with
 * `mpirun -np 4 deno run --allow-ffi script.ts`.
 *
 * The library is Open MPI or MPICH, depending on the launcher. A script started without a launcher is a job
 * of one rank. A rank that throws, or that ends while others wait for it, ends the job. MPI is finalised when
 * the script ends. Further calls return the same communicator.
 *
 * @returns The communicator.
 * @throws {CommError} when no MPI library is found, or one that does not belong to the launcher.
 *
 * @example
 * ```ts ignore
 * import { mpiWorld } from "@timestash/timestash";
 *
 * const comm = mpiWorld();
 * console.log(`rank ${comm.rank} of ${comm.size}`);
 * ```
 */
export function mpiWorld(): Comm {
  world ??= openWorld();
  return world.comm;
}

/** The MPI behind a communicator made by `mpiWorld`; null for any other. */
export function mpiHandleOf(comm: Comm): MpiHandle | null {
  return world !== null && comm === world.comm ? world.handle : null;
}

/** Starts MPI; with `pieceBytes`, small messages of tests travel as large ones do, and few ranks meet as many do. */
export function openWorld(pieceBytes?: number): { comm: Comm; handle: MpiHandle } {
  const library = openLibrary();
  const { calls, flavour, file, launchedSize: launched } = library;
  const answer = new Int32Array(1);
  calls.MPI_Initialized(answer);
  if (answer[0] === 0) calls.MPI_Init_thread(null, null, threadFunneled, answer);
  const transport = new MpiTransport(library, pieceBytes, pieceBytes === undefined ? undefined : 0);
  if (launched !== null && launched !== transport.size) {
    throw new CommError(
      transport.rank,
      `mpiWorld: the launcher started ${launched} ranks, but ${file} (${flavour.name}) sees ` +
        `${transport.size}. Launcher and library must belong together`,
    );
  }
  const comm = new CollectiveComm(transport);
  const leaving = endWithProgram(library, transport, comm);
  const { world, self } = library;
  const handle = { flavour: flavour.name, type: flavour.handle, world, self, file };
  endsBy(comm, {
    together(code) {
      leaving.agreed = true;
      Deno.exit(code);
    },
    alone: (code) => Deno.exit(code),
  });
  return { comm, handle };
}

/**
 * An uncaught error ends the job, and so does an exit code; the ordinary end of the script finalises MPI.
 *
 * @returns a mark that, if all ranks set it, lets a script with an exit code end in the ordinary way.
 */
function endWithProgram(
  library: MpiLibrary,
  transport: MpiTransport,
  comm: Comm,
): { agreed: boolean } {
  const leaving = { agreed: false };
  const abort = (code: number) => {
    // Launchers kill at once and lose what is still in their pipes, so give the error time to get out.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    library.calls.MPI_Abort(library.world, code);
  };
  const fail = (event: Event, error: unknown) => {
    if (event.defaultPrevented) return;
    console.error(`rank ${transport.rank} of ${transport.size}:`, error);
    abort(1);
  };
  addEventListener("error", (event) => fail(event, event.error));
  addEventListener("unhandledrejection", (event) => fail(event, event.reason));
  addEventListener("unload", () => {
    if (Deno.exitCode !== 0 && !leaving.agreed) abort(Number(Deno.exitCode));
    transport.mail.sayGoodbye();
    const waiting = meetAtTheEnd(transport);
    if (waiting.length > 0) {
      console.error(
        `rank ${transport.rank} is at the end of the program while others go on: ${
          waiting.join("; ")
        }`,
      );
      abort(1);
    }
    try {
      doLastWork(comm);
    } catch (error) {
      console.error(`rank ${transport.rank} of ${transport.size}:`, error);
      abort(1);
    }
    transport.mail.finish();
    for (const end of endings) end();
    library.calls.MPI_Finalize();
  });
  return leaving;
}

/** The last collective call; returns what the ranks are doing that have not reached the end. */
function meetAtTheEnd(transport: MpiTransport): string[] {
  const { words, numbers } = transport, at = transport.ownHeader();
  words.set([CallCode.leave, anyKind, 0, 0], 2 * at);
  numbers.set([0, 0], at + 2);
  if (transport.meet() !== CallAgreement.differ) return [];
  const waiting: string[] = [];
  for (let r = 0; r < transport.size; r++) {
    const header = transport.headerOf(r);
    if (words[2 * header] !== CallCode.leave) {
      waiting.push(`rank ${r}: ${describeHeader(words, numbers, header)}`);
    }
  }
  return waiting;
}
