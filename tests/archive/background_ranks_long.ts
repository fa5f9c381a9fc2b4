/** Run by `deno task test:long`: ranks that save in the background are killed, or end without asking. */
import { assert, assertEquals } from "@std/assert";
import { readSnapshotMetadata, verifySnapshot } from "../../src/archive/disk.ts";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { tempDir, testNeeding } from "../_helpers.ts";

const program = new URL("./background_program.ts", import.meta.url);

async function check(file: string, step: number): Promise<void> {
  assert((await verifySnapshot(file)).ok);
  assertEquals((await readSnapshotMetadata(file)).step, step);
}

/** Names of files that do not belong to a snapshot of two ranks. */
function leftIn(folder: string): string[] {
  const names = [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [...Deno.readDirSync(`${folder}/${name}`)].map((inner) => inner.name) : name
  );
  assertEquals(names.filter((name) => /^rank_[01]\./.test(name)).length, 2);
  return names.filter((name) => !/^rank_[01]\./.test(name) && name !== "a.snap.h5");
}

testNeeding(
  { run: true },
  "killed while threads of ranks write, the file before is whole; the next run replaces it",
  async () => {
    using dir = tempDir();
    const file = dir.join("a.snap.h5");
    const args = [
      "run",
      "--no-check",
      "--allow-read",
      "--allow-write",
      program.pathname,
      file,
      "stays",
    ];
    const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" })
      .spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value).trim(), "running");
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    await check(file, 1);
    await runRanks(2, program, [file, false], { onConsole() {} });
    await check(file, 2);
    assertEquals(leftIn(dir.path), []);
  },
);
