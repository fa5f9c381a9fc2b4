/**
 * Saves to a file that is there already, in the middle of which a rank dies by SIGKILL. It takes a folder, then
 * either a rank and a moment of those of `moments`, for a job that ends there; or `look`, for a job that opens
 * what all the others have left: the earlier file or the later one, whole.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { mpiWorld } from "../../src/comm/mpi/world.ts";
import { verifySnapshot } from "../../src/archive/disk.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { assertSameState, build, step, straight } from "../run/_sim.ts";
import { killing, moments } from "./_killing.ts";

const comm = mpiWorld();
const [folder, rank, moment] = Deno.args;
const fileOf = (moment: number, rank: string) => `${folder}/at${moment}-${rank}.snap.h5`;

/** One save that goes well, one that does not. */
async function die(): Promise<void> {
  const file = fileOf(Number(moment), rank);
  const { model } = straight(comm, 2);
  await model.saveState({ file });
  const later = straight(comm, 4);
  if (comm.rank === Number(rank)) {
    const kill = () => Deno.kill(Deno.pid, "SIGKILL");
    Object.assign(denoLayer, killing({ ...denoLayer }, moments[Number(moment)], () => true, kill));
  }
  await later.model.saveState({ file });
}

/** Every file that is there loads, and is one of the two; the next save takes its place and cleans up. */
async function look(): Promise<void> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const files = names.filter((name) => /^at.*\.snap\.h5$/.test(name));
  for (const name of comm.bcast(files)) {
    const file = `${folder}/${name}`;
    assert((await verifySnapshot(file)).ok, file);
    const sim = build(comm);
    await sim.model.loadState(file);
    const at = sim.model.tracker.step;
    assert(at === 2 || at === 4, `${file}: step ${at}`);
    assertSameState(sim, straight(comm, at), file);
    while (sim.model.tracker.step < 6) step(sim);
    await sim.model.saveState({ file });
    comm.barrier();
    if (comm.rank > 0) continue;
    const parts = [...Deno.readDirSync(file.replace(/\.h5$/, ".bulk"))];
    assertEquals(parts.length, comm.size, `${file}: files of dead ranks are gone`);
    const left = [...Deno.readDirSync(folder)].filter((it) => it.name.startsWith(`.${name}`));
    assertEquals(left, [], "temporary files of dead ranks are gone");
    console.log(`${name} step ${at}`);
  }
}

await (rank === "look" ? look() : die());
