/**
 * Records `tests/data/fingerprints.json` again, after a change that is meant to change bytes (and says so in
 * CHANGELOG.md), never to make a test pass:
 *
 *     deno run --allow-read --allow-write tests/model/make_fingerprints.ts
 *
 * @module
 */
import { allDigests } from "./_fingerprint_program.ts";

Deno.writeTextFileSync(
  new URL("../data/fingerprints.json", import.meta.url),
  JSON.stringify(await allDigests(), null, 1) + "\n",
);
