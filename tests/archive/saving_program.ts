/**
 * Saves to one path again and again until it is killed; the tests start it. Every number of a save is
 * the same, so that a mixture of two would show. Prints a line when the first save is done.
 */
import type { SnapshotEntry } from "../../src/snapshot/contract.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";

const [path, layout, first] = Deno.args;
const options: FileOptions = { layout: layout as FileOptions["layout"] };
const numbers = new Float64Array(100_000);

for (let i = Number(first);; i++) {
  numbers.fill(i);
  const array: SnapshotEntry = {
    kind: "array",
    data: numbers,
    shape: [numbers.length],
    attributes: { i },
  };
  const entries = new Map([["meshes/m/u", array], ["swarms/s/v", array], ["state/w", array]]);
  const source = { keys: () => entries.keys(), get: (key: string) => entries.get(key) };
  await writeEntries(path, source, { i }, options);
  if (i === Number(first)) console.log("saved");
}
