/**
 * Bytes of fields, particles and snapshots on 1, 2, 3 and 4 ranks are those that were recorded, whatever has changed
 * in how a mesh is divided and what ranks tell each other. About ten seconds; to run it alone:
 *
 *     deno test --no-check --allow-read --allow-write tests/model/fingerprints_long.ts
 *
 * The message of a failure names the runs and the arrays. `make_fingerprints.ts` records them again.
 *
 * @module
 */
import { assert, assertThrows } from "@std/assert";
import recorded from "../data/fingerprints.json" with { type: "json" };
import { allDigests } from "./_fingerprint_program.ts";
import { type Recorded, requireRecorded } from "./_fingerprints.ts";

let digests: Promise<Recorded> | null = null;

for (const ranks of ["1", "2", "3", "4"] as const) {
  Deno.test(`${ranks} workers: every byte of fields, particles and snapshots is as recorded`, async () => {
    const found = (await (digests ??= allDigests()))[ranks];
    assert(Object.keys(found).length > 40);
    requireRecorded(Number(ranks), found, recorded);
    const [name] = Object.keys(found), [what] = Object.keys(found[name]);
    const other = { ...found, [name]: { ...found[name], [what]: "0" } };
    assertThrows(() => requireRecorded(Number(ranks), other, recorded), Error, name);
  });
}
