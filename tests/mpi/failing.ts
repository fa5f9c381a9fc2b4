/**
 * Ranks that fail under MPI; the argument says how. `deno task test:mpi` looks at what becomes of the job.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { mpiWorld } from "../../src/comm/mpi/world.ts";
import { main as throwWhile } from "../comm/thrown_program.ts";

const programs: Record<string, (comm: Comm) => unknown> = {
  throws(comm) {
    if (comm.rank === 1) throw new RangeError("thrown on one rank");
    comm.barrier();
  },
  async throwsLater(comm) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (comm.rank === 0) throw new RangeError("thrown after a while");
    comm.recv(0);
  },
  returnsEarly(comm) {
    if (comm.rank === 1) comm.barrier();
  },
  returnsWithoutSending(comm) {
    if (comm.rank === 0) comm.recv(1);
  },
  exits(comm) {
    if (comm.rank === 0) Deno.exit(0);
    comm.allreduce(1);
  },
  exitsWithCode(comm) {
    if (comm.rank === 0) Deno.exit(3);
    comm.barrier();
  },
  differentCalls(comm) {
    if (comm.rank === 0) comm.barrier();
    else comm.bcast(1, 1);
  },
  isKilled(comm) {
    if (comm.rank === 1) Deno.kill(Deno.pid, "SIGKILL");
    comm.barrier();
  },
};

const [name, phase] = Deno.args[0].split(" ");
if (name === "throwsDuring") throwWhile(mpiWorld(), phase);
else await programs[name](mpiWorld());
