import { assert, assertEquals } from "@std/assert";
import { readWhole } from "../../src/archive/read_whole.ts";
import { tempDir, testNeeding } from "../_helpers.ts";

const program = new URL("./saving_program.ts", import.meta.url).pathname;

function start(path: string, layout: string, first: number): Deno.ChildProcess {
  const flags = ["--no-check", "--allow-read", "--allow-write"];
  const args = ["run", ...flags, program, path, layout, String(first)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" }).spawn();
}

/** Waits for the first save of a process. */
async function firstSave(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
}

/** Fails unless the snapshot at `path` is whole: every number the same. */
async function assertWhole(path: string): Promise<void> {
  const { entries, metadata } = await readWhole(path);
  assertEquals(entries.size, 3);
  for (const { data, attributes } of entries.values()) {
    assertEquals(attributes.i, metadata.i);
    assert((data as Float64Array).every((value) => value === metadata.i));
  }
}

for (const layout of ["single", "sidecars"]) {
  testNeeding(
    { run: true },
    `killed at any moment, the last good file loads: ${layout}`,
    async () => {
      using dir = tempDir();
      const path = dir.join("a.snap.h5");
      for (let kill = 0; kill < 50; kill++) {
        const child = start(path, layout, kill * 1000);
        await firstSave(child);
        // Moments spread over several saves, without a pattern that saves could follow.
        await new Promise((wake) => setTimeout(wake, (kill * 7919) % 61));
        child.kill("SIGKILL");
        await child.status;
        await assertWhole(path);
      }
      const last = start(path, layout, 0);
      await firstSave(last);
      last.kill("SIGKILL");
      await last.status;
      const left = [...Deno.readDirSync(dir.path)].filter(({ name }) => name.endsWith(".tmp"));
      assert(left.length <= 1, "temporaries of dead writers are removed by the next save");
    },
  );

  testNeeding(
    { run: true },
    `two processes save to one name: one whole winner: ${layout}`,
    async () => {
      using dir = tempDir();
      const path = dir.join("a.snap.h5");
      const children = [start(path, layout, 0), start(path, layout, 1_000_000)];
      await Promise.all(children.map(firstSave));
      const until = performance.now() + 2000;
      let loads = 0;
      while (performance.now() < until) {
        // A wrapper whose sidecars are replaced between two reads is refused as incomplete, never mixed.
        await assertWhole(path).then(() => loads++, (error) => {
          if (layout === "single" || error.code !== "SNAPSHOT_CORRUPT") throw error;
        });
      }
      for (const child of children) {
        child.kill("SIGKILL");
        await child.status;
      }
      await assertWhole(path);
      assert(loads > 0);
    },
  );
}
