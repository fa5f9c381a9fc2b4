/**
 * The differences between MPI libraries, and the symbols used. This is the one place to change for libraries
 * with the standard ABI of MPI 5 (`libmpi_abi.so`).
 *
 * @module
 */

/** A communicator, datatype or operation as the library expects it: an address (Open MPI) or an integer (MPICH). */
export type MpiObject = Deno.PointerValue | number;

/** The properties of one MPI library. */
export interface MpiFlavour {
  readonly name: "Open MPI" | "MPICH";
  /** File names that the system's loader may find. */
  readonly files: readonly string[];
  /** Environment variables that its launcher sets: the number of ranks, those on this machine, and others. */
  readonly marks: readonly string[];
  /** How handles are passed. */
  readonly handle: "pointer" | "i32";
  /** Bytes of a request. */
  readonly requestBytes: 4 | 8;
  /** The names of global objects, or constants. */
  readonly world: string | number;
  readonly self: string | number;
  readonly byte: string | number;
  /** MPI_INT32_T and MPI_MAX. */
  readonly int32: string | number;
  readonly max: string | number;
  /** The Debian packages, for messages. */
  readonly install: string;
}

/** The known libraries, in the order in which they are tried. */
export const mpiFlavours: readonly MpiFlavour[] = [
  {
    name: "Open MPI",
    files: ["libmpi.so.40", "libmpi.so", "libmpi.dylib"],
    marks: ["OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"],
    handle: "pointer",
    requestBytes: 8,
    world: "ompi_mpi_comm_world",
    self: "ompi_mpi_comm_self",
    byte: "ompi_mpi_byte",
    int32: "ompi_mpi_int32_t",
    max: "ompi_mpi_op_max",
    install: "openmpi-bin libopenmpi-dev",
  },
  {
    name: "MPICH",
    files: ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpich.dylib"],
    marks: ["PMI_SIZE", "MPI_LOCALNRANKS", "PMI_RANK", "HYDI_CONTROL_FD"],
    handle: "i32",
    requestBytes: 4,
    world: 0x44000000,
    self: 0x44000001,
    byte: 0x4c00010d,
    int32: 0x4c000439,
    max: 0x58000001,
    install: "mpich libmpich-dev",
  },
];

/** MPI_THREAD_FUNNELED: only the main thread calls. */
export const threadFunneled = 1;

/** At least the size of MPI_Status in every library. */
export const statusBytes = 64;

/** The symbols of a library whose handles are passed as `h`; only pointers need the global objects. */
export function symbolsOf(
  { handle: h, world, self, byte, int32, max }: MpiFlavour,
): Deno.ForeignLibraryInterface {
  const objects: Record<string, Deno.ForeignStatic> = {};
  for (const name of [world, self, byte, int32, max]) {
    if (typeof name === "string") objects[name] = { type: "pointer" };
  }
  const call = (...parameters: Deno.NativeType[]): Deno.ForeignFunction => (
    { parameters, result: "i32" }
  );
  return {
    ...objects,
    MPI_Initialized: call("buffer"),
    MPI_Init_thread: call("pointer", "pointer", "i32", "buffer"),
    MPI_Finalize: call(),
    MPI_Abort: call(h, "i32"),
    MPI_Comm_rank: call(h, "buffer"),
    MPI_Comm_size: call(h, "buffer"),
    MPI_Allreduce: call("buffer", "buffer", "i32", h, h, h),
    MPI_Iallreduce: call("buffer", "buffer", "i32", h, h, h, "buffer"),
    MPI_Allgather: call("buffer", "i32", h, "buffer", "i32", h, h),
    MPI_Iallgather: call("buffer", "i32", h, "buffer", "i32", h, h, "buffer"),
    MPI_Allgatherv: call("buffer", "i32", h, "buffer", "buffer", "buffer", h, h),
    MPI_Iallgatherv: call("buffer", "i32", h, "buffer", "buffer", "buffer", h, h, "buffer"),
    MPI_Alltoall: call("buffer", "i32", h, "buffer", "i32", h, h),
    MPI_Ialltoall: call("buffer", "i32", h, "buffer", "i32", h, h, "buffer"),
    MPI_Bcast: call("buffer", "i32", h, "i32", h),
    MPI_Ibcast: call("buffer", "i32", h, "i32", h, "buffer"),
    MPI_Recv: call("buffer", "i32", h, "i32", "i32", h, "buffer"),
    MPI_Isend: call("buffer", "i32", h, "i32", "i32", h, "buffer"),
    MPI_Irecv: call("buffer", "i32", h, "i32", "i32", h, "buffer"),
    MPI_Test: call("buffer", "buffer", "buffer"),
    MPI_Waitall: call("i32", "buffer", "buffer"),
  };
}

/** Memory that a call reads or writes. */
export type CallMemory = Uint8Array | Int32Array | Float64Array;

/** Memory to send from and memory to receive into, each with a count and type that all ranks share. */
type Exchange = [
  send: CallMemory,
  sendCount: number,
  sendType: MpiObject,
  receive: CallMemory,
  receiveCount: number,
  receiveType: MpiObject,
  comm: MpiObject,
];

/** The same, with a count and an offset for each rank. */
type UnevenExchange = [
  send: CallMemory,
  sendCount: number,
  sendType: MpiObject,
  receive: CallMemory,
  counts: CallMemory,
  displacements: CallMemory,
  receiveType: MpiObject,
  comm: MpiObject,
];

/** Arrays of the same length everywhere, combined element by element. */
type Reduction = [
  send: CallMemory,
  receive: CallMemory,
  count: number,
  type: MpiObject,
  op: MpiObject,
  comm: MpiObject,
];

type Broadcast = [
  memory: CallMemory,
  count: number,
  type: MpiObject,
  root: number,
  comm: MpiObject,
];

/** `other` is the rank at the other end. */
type Transfer = [
  memory: CallMemory,
  count: number,
  type: MpiObject,
  other: number,
  tag: number,
  comm: MpiObject,
];

/** The symbols as functions; each returns 0, since MPI ends the job on an error. */
export interface MpiCalls {
  MPI_Initialized(flag: CallMemory): number;
  MPI_Init_thread(argc: null, argv: null, required: number, provided: CallMemory): number;
  MPI_Finalize(): number;
  MPI_Abort(comm: MpiObject, code: number): number;
  MPI_Comm_rank(comm: MpiObject, rank: CallMemory): number;
  MPI_Comm_size(comm: MpiObject, size: CallMemory): number;
  MPI_Allreduce(...args: Reduction): number;
  MPI_Iallreduce(...args: [...Reduction, request: CallMemory]): number;
  MPI_Allgather(...args: Exchange): number;
  MPI_Iallgather(...args: [...Exchange, request: CallMemory]): number;
  MPI_Allgatherv(...args: UnevenExchange): number;
  MPI_Iallgatherv(...args: [...UnevenExchange, request: CallMemory]): number;
  MPI_Alltoall(...args: Exchange): number;
  MPI_Ialltoall(...args: [...Exchange, request: CallMemory]): number;
  MPI_Bcast(...args: Broadcast): number;
  MPI_Ibcast(...args: [...Broadcast, request: CallMemory]): number;
  MPI_Recv(...args: [...Transfer, status: CallMemory]): number;
  MPI_Isend(...args: [...Transfer, request: CallMemory]): number;
  MPI_Irecv(...args: [...Transfer, request: CallMemory]): number;
  MPI_Test(request: CallMemory, flag: CallMemory, status: CallMemory): number;
  MPI_Waitall(count: number, requests: CallMemory, statuses: CallMemory): number;
}
