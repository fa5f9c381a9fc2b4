/**
 * What each rank of an MPI job runs: the programs named as arguments, one after the other, in one job.
 * A first argument `--pieces` makes every message longer than 4096 bytes go in pieces.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { mpiWorld, openWorld } from "../../src/comm/mpi/world.ts";

const inPieces = Deno.args[0] === "--pieces";
const comm = inPieces ? openWorld(4096).comm : mpiWorld();

for (const name of Deno.args.slice(inPieces ? 1 : 0)) {
  const program: { main(comm: Comm): unknown } = await import(
    new URL(`../../${name}`, import.meta.url).href
  );
  comm.barrier();
  const start = performance.now();
  await program.main(comm);
  comm.barrier();
  if (comm.rank === 0) {
    console.log(`  ok ${name} on ${comm.size} (${Math.round(performance.now() - start)} ms)`);
  }
}
