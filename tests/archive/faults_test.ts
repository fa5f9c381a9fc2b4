import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SnapshotFormatError } from "../../src/errors.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { readWhole } from "../../src/archive/read_whole.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { tempDir } from "../_helpers.ts";
import {
  assertSameEntries,
  layerWith,
  metadata,
  type Operation,
  sampleEntries,
  sourceOf,
} from "./_entries.ts";

/** An error as the system makes it. */
function systemError(code: string): Error {
  if (code === "EACCES") return new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  return Object.assign(new Error(`no luck (${code})`), { code });
}

for (const [name, options] of [["one file", {}], ["sidecars", { layout: "sidecars" }]] as const) {
  Deno.test(`a fault at any write, flush or rename leaves the last good file: ${name}`, async () => {
    using dir = tempDir();
    const path = dir.join("a.snap.h5");
    const good = sampleEntries(), next = sampleEntries(60_000);
    await writeEntries(path, sourceOf(good), metadata, options);
    const before = filesOf(dir.path);
    const operations = await countOperations(options);
    // Each kind of operation at its first, second, middle and last occurrence.
    for (const [operation, count] of operations) {
      const places = new Set([0, 1, count >> 1, count - 1].filter((n) => n < count));
      for (const place of places) {
        for (const code of ["ENOSPC", "EACCES"]) {
          let seen = 0;
          const layer = layerWith((op) => {
            if (op === operation && seen++ === place) throw systemError(code);
          });
          const saving = () => writeEntries(path, sourceOf(next), metadata, { ...options, layer });
          const error = await assertRejects(saving, Error);
          const words = `${operation} ${place} ${code}`;
          const renamed = operation === "syncDirectory" && place === count - 1;
          const reason = renamed ? "It is saved" : code === "EACCES" ? "os error 13" : "full";
          assertStringIncludes(error.message, reason, words);
          assertStringIncludes(error.message, path, words);
          // When only the folder's flush after the rename fails, the new file is there already.
          assertSameEntries((await readWhole(path)).entries, renamed ? next : good);
          if (renamed) await writeEntries(path, sourceOf(good), metadata, options);
          else assertEquals(filesOf(dir.path), before, words);
          if (renamed) before.splice(0, before.length, ...filesOf(dir.path));
        }
      }
    }
  });
}

/** How often a save calls each operation. */
async function countOperations(options: FileOptions): Promise<Map<Operation, number>> {
  using dir = tempDir();
  const counts = new Map<Operation, number>();
  const layer = layerWith((op) => void counts.set(op, (counts.get(op) ?? 0) + 1));
  const entries = sourceOf(sampleEntries(60_000));
  await writeEntries(dir.join("a.snap.h5"), entries, metadata, { ...options, layer });
  return counts;
}

/** All files below a folder. */
function filesOf(folder: string): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) found.push(...filesOf(`${folder}/${name}`).map((inner) => `${name}/${inner}`));
    else found.push(name);
  }
  return found.sort();
}

Deno.test("what a dead writer left is removed by the next save, what a living one holds is not", async () => {
  using dir = tempDir();
  const path = dir.join("a.snap.h5");
  const entries = sourceOf(sampleEntries());
  // A crash: nothing after the failed rename happens any more, not even cleaning up.
  const crash = { ...layerWith((op) => fail(op === "rename")), remove: () => fail(true) };
  await assertRejects(() =>
    writeEntries(path, entries, metadata, { layer: crash, layout: "sidecars" })
  );
  const left = filesOf(dir.path);
  assertEquals(left.filter((name) => name.endsWith(".tmp")).length, 1);
  const living = dir.join(".a.snap.h5.other.tmp");
  using held = Deno.openSync(living, { write: true, createNew: true });
  held.lockSync(true);
  await writeEntries(path, entries, metadata, { layout: "sidecars" });
  const now = filesOf(dir.path);
  assertEquals(now.filter((name) => left.includes(name)), []);
  assert(now.includes(".a.snap.h5.other.tmp"));
  assertSameEntries((await readWhole(path)).entries, sampleEntries());
});

function fail(when: boolean): void {
  if (when) throw new Error("crash");
}

Deno.test("errors of the folder say what to do", async (t) => {
  using dir = tempDir();
  const entries = sourceOf(sampleEntries());
  await t.step("no such folder", async () => {
    const path = dir.join("none", "a.h5");
    const error = await assertRejects(
      () => writeEntries(path, entries, metadata),
      Deno.errors.NotFound,
      "create it first",
    );
    assertStringIncludes(error.message, path);
  });
  await t.step("the name is a folder's", async () => {
    await assertRejects(
      () => writeEntries(dir.path, entries, metadata),
      SnapshotFormatError,
      "folder",
    );
  });
  await t.step("an unknown option", async () => {
    const options = { layout: "many" } as unknown as FileOptions;
    await assertRejects(
      () => writeEntries(dir.join("a.h5"), entries, metadata, options),
      TypeError,
    );
  });
  await t.step("a file that may not be read", async () => {
    const path = dir.join("a.h5");
    await writeEntries(path, entries, metadata);
    const layer = {
      ...denoLayer,
      open: () => {
        throw systemError("EACCES");
      },
    };
    const error = await assertRejects(
      () => readWhole(path, { layer }),
      Deno.errors.PermissionDenied,
      "cannot be read",
    );
    assertStringIncludes(error.message, path);
  });
});

Deno.test("a failing read surfaces as itself", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  await writeEntries(path, sourceOf(sampleEntries(60_000)), metadata);
  for (const verify of [true, false]) {
    let reads = 0;
    const layer = {
      ...denoLayer,
      open: (name: string) => {
        const file = denoLayer.open(name, "read");
        const read = (target: Uint8Array, position: number) => {
          if (reads++ === 3) throw systemError("EIO");
          return file.read(target, position);
        };
        return {
          ...file,
          read,
          size: () => file.size(),
          close: () => file.close(),
        } as typeof file;
      },
    };
    const error = await assertRejects(() => readWhole(path, { layer, verify }), Error, "EIO");
    assertStringIncludes(error.message, path);
  }
  assertSameEntries((await readWhole(path)).entries, sampleEntries(60_000));
});

Deno.test("a fault of the flush that goes on while numbers are hashed fails the save", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  await writeEntries(path, sourceOf(sampleEntries()), metadata);
  const plain = layerWith(() => {});
  let begun = 0;
  const layer = {
    ...plain,
    open: (...args: Parameters<typeof plain.open>) => {
      const beginFlush = () => {
        begun++;
        return Promise.reject(systemError("ENOSPC"));
      };
      return { ...plain.open(...args), beginFlush };
    },
  };
  const large = sourceOf(sampleEntries(1_000_000));
  await assertRejects(() => writeEntries(path, large, metadata, { layer }), Error, "disk is full");
  assertEquals(begun, 1);
  assertEquals(filesOf(dir.path), ["a.h5"]);
  assertSameEntries((await readWhole(path)).entries, sampleEntries());
});
