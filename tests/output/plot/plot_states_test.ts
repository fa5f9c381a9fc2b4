import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { boxMesh, MeshVariable, Model } from "../../../mod.ts";
import { saveAnimation } from "../../../src/output/plot/animation.ts";
import { plotField } from "../../../src/output/plot/plot_field.ts";
import { plotStates } from "../../../src/output/plot/plot_states.ts";
import { encodeApng } from "../../../src/output/plot/png_file.ts";
import { assertSameBytes, tempDir } from "../../_helpers.ts";
import { assertWellFormed, decodePng, textsOf } from "./_svg.ts";

/** Five states of a field that grows, and a sixth that is not kept. */
function run() {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const T = new MeshVariable(mesh, "T");
  for (; model.tracker.step < 5; model.tracker.step++, model.tracker.time += 0.5) {
    T.set((x) => x * (1 + model.tracker.step));
    model.timeline.record();
  }
  T.set((x, y) => -x * y);
  return { model, T };
}

Deno.test("visit looks at kept states, and the model is as it was afterwards, in every byte", () => {
  const { model, T } = run();
  const before = T.data.slice(), kept = model.timeline.entries();
  const most = model.timeline.visit(({ step }) => {
    const max = T.max();
    T.set(NaN);
    return [step, max];
  }, [3, 1]);
  assertEquals(most, [[3, 4], [1, 2]]);
  assertEquals(model.timeline.visit(() => T.max()), [1, 2, 3, 4, 5]);
  assertSameBytes(T.data, before);
  assertEquals([model.tracker.step, model.timeline.entries()], [5, kept]);
  assertThrows(() => model.timeline.visit(() => 0, [9]), RangeError);
  assertThrows(() => {
    model.timeline.visit(() => {
      throw new Error("while looking");
    });
  }, "while looking");
  assertSameBytes(T.data, before);
  assertThrows(() => model.timeline.visit("T" as never), TypeError, "takes a function");
});

Deno.test("states of the timeline are drawn side by side with one scale, and the model stays where it is", async () => {
  const { model, T } = run();
  const before = T.data.slice();
  const picture = await plotStates(T, { count: 3, columns: 2 });
  assertWellFormed(picture.svg);
  const texts = textsOf(picture.svg);
  for (const title of ["step 0, time 0", "step 2, time 1", "step 4, time 2"]) {
    assert(texts.includes(title), `${title} in ${texts}`);
  }
  assert(!texts.some((text) => text.startsWith("step 1,")));
  // What only the last state reaches is on the scales of all three.
  assertEquals(texts.filter((text) => text === "4").length, 3, `${texts}`);
  assertSameBytes(T.data, before);
  assertEquals(model.tracker.step, 5);
  const some = textsOf((await plotStates(T, { steps: [1] })).svg);
  assert(some.includes("step 1, time 0.5"));
});

Deno.test("an animation has every frame with all its pixels, and shows the first to any viewer", async () => {
  const frame = (value: number) => ({
    width: 3,
    height: 2,
    data: Uint8Array.from({ length: 24 }, (_, i) => i % 4 === 3 ? 255 : value + i),
  });
  const bytes = await encodeApng([frame(0), frame(100), frame(200)], 250);
  const first = await decodePng(bytes);
  assertEquals([...first.pixels], [...frame(0).data].filter((_, i) => i % 4 !== 3));
  // A frame taken out as a file of its own is an ordinary picture.
  const chunks = chunksOf(bytes);
  assertEquals(
    chunks.map(({ type }) => type).join(" "),
    "IHDR acTL fcTL IDAT fcTL fdAT fcTL fdAT IEND",
  );
  const numbers = chunks.filter(({ type }) => /fcTL|fdAT/.test(type)).map(({ data }) =>
    new DataView(data.buffer, data.byteOffset).getUint32(0)
  );
  assertEquals(numbers, [0, 1, 2, 3, 4]);
  const inflated = await inflate(chunks[7].data.slice(4));
  const rows = [0, 1].flatMap((
    y,
  ) => [0, ...frame(200).data.slice(12 * y, 12 * y + 12).filter((_, i) => i % 4 !== 3)]);
  assertEquals([...inflated], rows);
});

Deno.test("of a frame of an animation only what differs from the one before is kept, and where", async () => {
  const frame = (...reds: number[]) => ({
    width: 3,
    height: 2,
    data: Uint8Array.from({ length: 24 }, (_, i) => i % 4 === 3 ? 255 : reds.indexOf(i >> 2)),
  });
  const chunks = chunksOf(await encodeApng([frame(0), frame(0, 2, 5), frame(0, 2, 5)], 250));
  const places = chunks.filter(({ type }) => type === "fcTL").map(({ data }) => {
    const view = new DataView(data.buffer, data.byteOffset);
    return [4, 8, 12, 16].map((at) => view.getUint32(at));
  });
  // Width, height, x and y; of a frame that is the same one pixel is left, because none is not allowed.
  assertEquals(places, [[3, 2, 0, 0], [1, 2, 2, 0], [1, 1, 0, 0]]);
  assertEquals([...await inflate(chunks[5].data.slice(4))], [0, 1, 1, 1, 0, 2, 2, 2]);
  assertEquals((await inflate(chunks[7].data.slice(4))).length, 4);
});

Deno.test("saveAnimation takes a field or pictures, of different sizes too, and refuses what is neither", async () => {
  using dir = tempDir();
  const { T } = run();
  await saveAnimation(dir.join("T.png"), T, { scale: 0.5, plot: { count: 2 } });
  const frames = chunksOf(Deno.readFileSync(dir.join("T.png"))).filter((it) => it.type === "fcTL");
  assertEquals(frames.length, 2);
  const pictures = [await plotField(T, { width: 300 }), await plotField(T, { width: 240 })];
  await saveAnimation(dir.join("p.png"), pictures, { scale: 0.2, fps: 10 });
  const [, { data }] = chunksOf(Deno.readFileSync(dir.join("p.png"))).filter((it) =>
    it.type === "fcTL"
  );
  const view = new DataView(data.buffer, data.byteOffset);
  // The second picture is the smaller one; what is kept of it lies within the first.
  assertEquals([view.getUint32(4) + view.getUint32(12) <= 60, view.getUint16(20)], [true, 100]);
  await assertRejects(() => saveAnimation(dir.join("x.png"), []), RangeError, "empty");
  await assertRejects(() => saveAnimation(dir.join("x.png"), [3] as never), TypeError, "pictures");
  await assertRejects(
    () => saveAnimation(dir.join("x.png"), T, { fps: 0 }),
    RangeError,
    "0.1 to 100",
  );
  await assertRejects(() => plotStates(T, { count: 0 }), RangeError, "at least 1");
  await assertRejects(() => plotStates(T, { colums: 2 } as never), TypeError, "colums");
  const model = new Model();
  const lone = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] }), "u");
  await assertRejects(() => plotStates(lone), RangeError, "keeps no state");
});

Deno.test("a field that is constant at a level gets no contours from rounding there", async () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [16, 8] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => x <= 1 ? 1 + 1e-16 * Math.sin(50 * x + 70 * y) : 2 - x);
  for (let i = 0; i < T.data.length; i++) T.data[i] += (i % 3 - 1) * 2.2e-16;
  const { svg } = await plotField(T, { contours: [1] });
  const path = /class="contours" d="([^"]*)"/.exec(svg)![1];
  // The rim of the plateau has 8 cells; noise would have hundreds of pieces.
  assert((path.match(/M/g) ?? []).length <= 16, path);
  const { svg: half } = await plotField(T, { contours: [0.5] });
  assert(/class="contours" d="(M[^"]*)"/.test(half));
});

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset), chunks: Chunk[] = [];
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at),
      type = new TextDecoder().decode(bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.slice(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
