import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { StoreError, type StoreFailure } from "../../src/errors.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { S3Store } from "../../src/run/s3_store.ts";
import { assertSameBytes, tempDir, testNeeding } from "../_helpers.ts";
import { assertSameState, continued, steps } from "./_archive.ts";
import { runTo } from "./_run.ts";
import {
  answering,
  client,
  contents,
  credentials,
  cutting,
  pieces,
  startSwift,
  storeAt,
  swift,
} from "./_s3.ts";

const MIB = 1 << 20;

/** Bytes that differ everywhere. */
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 13);

Deno.test("S3Store says what is wrong with what it is given, before it asks anybody", async () => {
  const wrong: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [undefined, TypeError, "bucket"],
    [{ bucket: "" }, RangeError, "bucket is empty"],
    [{ bucket: "a", bucke: 1 }, TypeError, "bucket"],
    [{ bucket: "a", endpoint: "nowhere" }, TypeError, "address"],
    [{ bucket: "a", prefix: 3 }, TypeError, "prefix"],
    [{ bucket: "a", partSize: 1000 }, RangeError, "partSize"],
    [{ bucket: "a", timeout: "1" }, TypeError, "timeout"],
    [{ bucket: "a", attempts: 0 }, RangeError, "attempts"],
    [{ bucket: "a", credentials: { accessKeyId: "b" } }, TypeError, "secretAccessKey"],
  ];
  for (const [options, kind, text] of wrong) {
    assertThrows(() => new S3Store(options as never), kind, text);
  }
  const store = new S3Store({ bucket: "a", prefix: "/b/c/" });
  assertEquals(store.location, "s3://a/b/c/");
  for (const name of ["", "a/b/c", "../x", ".hidden"]) {
    await assertRejects(() => store.remove(name), TypeError, "is not the name");
    await assertRejects(() => store.write(name, pieces(noise(1)), 1), TypeError);
    await assertRejects(() => contents(store, name), TypeError);
  }
});

/** Fails unless the work is refused for this reason. */
async function assertReason(work: () => Promise<unknown>, reason: StoreFailure, text: string) {
  const error = await assertRejects(work, StoreError);
  assertEquals(error.reason, reason, error.message);
  assertStringIncludes(error.message, text);
}

const refusal = (status: number, code: string) =>
  new Response(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`, {
    status,
    headers: { "content-type": "application/xml" },
  });

testNeeding(client, "an object store that fails says why, and what to do", async () => {
  const answers: Record<string, () => Response | Promise<Response>> = {
    "no-bucket": () => refusal(404, "NoSuchBucket"),
    "no-access": () => refusal(403, "SignatureDoesNotMatch"),
    "busy": () => refusal(503, "SlowDown"),

    "cut": () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(noise(1000));
          controller.error(new Error("cut"));
        },
      });
      return new Response(body, { headers: { "content-length": "5000" } });
    },
  };
  let answer = () => {};
  const asleep = new Promise<void>((resolve) => answer = resolve);
  {
    await using server = answering(async (request) => {
      const bucket = new URL(request.url).pathname.split("/")[1];
      if (bucket in answers) return await answers[bucket]();
      await asleep;
      return refusal(500, "InternalError");
    });
    const at = (bucket: string, timeout = 20) => storeAt(server.port, { bucket, timeout });
    const cases: [string, (store: S3Store) => Promise<unknown>, StoreFailure, string][] = [
      ["no-bucket", (store) => store.list(), "bucket", "create it first"],
      ["no-access", (store) => store.list(), "access", "credentials"],
      ["busy", (store) => store.write("x", pieces(noise(10)), 10), "server", "SlowDown"],
      ["cut", (store) => contents(store, "x"), "connection", "x"],
    ];
    for (const [bucket, work, reason, text] of cases) {
      using store = at(bucket);
      await assertReason(() => work(store), reason, text);
    }
    using silent = at("silent", 0.2);
    await assertReason(() => silent.list(), "timeout", "within 0.2 s");
    answer();
  }
  // Where nothing listens any more.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    { port } = listener.addr as Deno.NetAddr;
  listener.close();
  using nobody = storeAt(port);
  await assertReason(() => nobody.list(), "connection", "could not be made");
});

testNeeding(
  client,
  "a file in parts that cannot be sent is given up, and a wrong length is none",
  async () => {
    const asked: string[] = [];
    await using server = answering(async (request) => {
      const { searchParams } = new URL(request.url);
      await request.arrayBuffer();
      const what = ["uploads", "partNumber", "uploadId"].find((name) => searchParams.has(name)) ??
        "";
      asked.push(`${request.method} ${what}`);
      if (what === "uploads") {
        return new Response(
          "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
        );
      }
      if (request.method === "DELETE") return new Response(null, { status: 204 });
      return searchParams.get("partNumber") === "2"
        ? refusal(500, "InternalError")
        : new Response(null, { headers: { etag: '"1"' } });
    });
    using store = storeAt(server.port, { partSize: 5 * MIB });
    const bytes = noise(11 * MIB);
    await assertReason(() => store.write("big", pieces(bytes), bytes.length), "server", "big");
    assertEquals(asked, ["POST uploads", "PUT partNumber", "PUT partNumber", "DELETE uploadId"]);
    asked.length = 0;
    for (const size of [bytes.length - 1, bytes.length + 1]) {
      await assertRejects(
        () => store.write("big", pieces(bytes.subarray(0, 6 * MIB)), size),
        RangeError,
      );
      await assertRejects(() => store.write("small", pieces(bytes.subarray(0, 7)), 6), RangeError);
    }
    assert(!asked.includes("POST uploadId") && !asked.includes("PUT "), asked.join());
  },
);

testNeeding(swift, "OpenStack Swift keeps checkpoints through S3", async (t) => {
  using dir = tempDir();
  await using server = await startSwift(dir.path);
  await t.step(
    "files: lists of pages, parts, digests, and nothing by halves",
    () => keepsFiles(server.port),
  );
  await t.step("a run goes on from there alone, in the same bytes", () => keepsRun(server.port));
});

async function keepsFiles(port: number): Promise<void> {
  using store = storeAt(port, { prefix: "deep/er", partSize: 5 * MIB });
  using nowhere = storeAt(port, { bucket: "nowhere" });
  await assertReason(() => nowhere.list(), "bucket", "create it first");
  assertEquals(await store.list(), []);
  await assertReason(() => contents(store, "nothing"), "missing", "no such file");
  using stranger = storeAt(port, {
    credentials: { ...credentials, secretAccessKey: "wrong" },
  });
  await assertReason(() => stranger.list(), "access", "credentials");

  // A page of this server has 20 names.
  const names = Array.from({ length: 45 }, (_, i) => `a.snap.bulk/${String(i).padStart(3, "0")}`);
  for (const name of names) {
    const bytes = new TextEncoder().encode(name);
    await store.write(name, pieces(bytes), bytes.length);
  }
  const listed = await store.list();
  assertEquals(listed.map(({ name }) => name), names);
  assertEquals(new TextDecoder().decode(await contents(store, names[44])), names[44]);
  // Another store beside it does not see them.
  using beside = storeAt(port, { prefix: "deep" });
  assertEquals(await beside.list(), []);
  await store.write(names[0], pieces(new Uint8Array(0)), 0);
  assertEquals((await contents(store, names[0])).length, 0);
  const [{ version }] = await store.list();
  assert(version !== listed[0].version, "a file that is replaced has another version");
  await store.removeAll(names.slice(1));
  await store.remove("was-never-there");
  assertEquals((await store.list()).map(({ name }) => name), [names[0]]);

  // Three parts, of which the last is short; and exactly two.
  for (const length of [11 * MIB + 3, 10 * MIB]) {
    const bytes = noise(length);
    await store.write("big", pieces(bytes, 3_000_000), length);
    assertSameBytes(await contents(store, "big"), bytes);
  }
  await store.remove("big");
  {
    await using between = cutting(port);
    using cut = storeAt(between.port, { prefix: "deep/er", partSize: 5 * MIB });
    await cut.list();
    for (const [most, length] of [[400_000, MIB], [7 * MIB, 11 * MIB]]) {
      Object.assign(between.state, { most, sent: 0 });
      const error = await assertRejects(
        () => cut.write("big", pieces(noise(length)), length),
        Error,
      );
      assert(error instanceof StoreError || error instanceof AggregateError, String(error));
      assertEquals((await store.list()).map(({ name }) => name), [names[0]]);
    }
  }
}

async function keepsRun(port: number): Promise<void> {
  using disk = tempDir();
  using archive = storeAt(port, { prefix: "heat" });
  const options = { every: { steps: 1 }, keep: { last: 1 }, archive, archiveKeep: { last: 2 } };
  const first = await continued(disk.join("fast"), options);
  await runTo(first.checkpoints, 3);
  await first.checkpoints.flush();
  assertEquals(steps(await first.checkpoints.list()), ["2: archive", "3: both"]);
  await first.checkpoints.close();
  Deno.removeSync(disk.join("fast"), { recursive: true });

  const second = await continued(disk.join("fast"), options);
  assertEquals([second.entry?.step, second.warnings], [3, []]);
  await runTo(second.checkpoints, 4);
  assertSameState(second.model, 4);
  await second.checkpoints.load((await second.checkpoints.at({ step: 3 }))!);
  assertSameState(second.model, 3);
  await runTo(second.checkpoints, 5);
  assertSameState(second.model, 5);
  await second.checkpoints.complete();
  const elsewhere = new CheckpointCatalog(disk.join("elsewhere"), { archive });
  assertEquals((await elsewhere.runs()).map(({ id, status }) => `${id}: ${status}`), [
    "heat: completed",
  ]);
  assertEquals((await elsewhere.latest())?.step, 5);
}
