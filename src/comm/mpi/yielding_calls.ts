import type { MpiCalls, MpiFlavour } from "./table.ts";
import { statusBytes } from "./table.ts";

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
