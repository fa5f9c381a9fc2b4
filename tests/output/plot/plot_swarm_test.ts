import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { boxMesh, Model, Swarm } from "../../../mod.ts";
import { plotSwarm } from "../../../src/output/plot/plot_swarm.ts";
import { assertWellFormed, imageOf, textsOf } from "./_svg.ts";

function swarmOf(perCell: number, dim: 2 | 3 = 2): Swarm {
  const mesh = dim === 2
    ? boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] })
    : boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] });
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "int32" });
  const age = swarm.addVariable("age");
  swarm.addVariable("stress", { components: 3 });
  swarm.populate({ perCell });
  material.set((x) => (x > 0.5 ? 7 : -2));
  age.set((x, y) => x + y);
  return swarm;
}

Deno.test("every particle is a dot", async () => {
  const swarm = swarmOf(3);
  const { svg } = await plotSwarm(swarm);
  assertWellFormed(svg);
  assertEquals(svg.match(/h0/g)!.length, swarm.count);
  assert(textsOf(svg)[1].startsWith("384 particles in Mesh_0"));
});

Deno.test("a few whole numbers are kinds, with names", async () => {
  const { svg } = await plotSwarm(swarmOf(3), { variable: "material", kinds: { 7: "sand" } });
  const texts = textsOf(svg);
  assert(texts.includes("sand") && texts.includes("-2") && texts.includes("material"));
  assertEquals(svg.match(/<g class="particles"[^]*?<\/g>/)![0].match(/<path/g)!.length, 2);
});

Deno.test("numbers have a colour bar; vectors count by their length", async () => {
  const swarm = swarmOf(3);
  const age = await plotSwarm(swarm, { variable: "age", units: "Myr", range: [0, 2] });
  assert(textsOf(age.svg).includes("age (Myr)"));
  swarm.variables.get("stress")!.set([2, 3, 6]);
  const stress = await plotSwarm(swarm, { variable: "stress" });
  assert(textsOf(stress.svg)[1].includes("min 7, max 7"));
});

Deno.test("very many particles are pixels", async () => {
  const swarm = swarmOf(200);
  const picture = await plotSwarm(swarm, { variable: "age" });
  assertLess(picture.svg.length, 500_000);
  assert((await imageOf(picture)).pixels.some((entry) => entry > 0));
});

Deno.test("3-D particles stand in the box of their mesh", async () => {
  const { svg } = await plotSwarm(swarmOf(2, 3), { variable: "age" });
  assertWellFormed(svg);
  assertEquals(svg.match(/class="box"/g)!.length, 2);
  const edges = [...svg.matchAll(/class="box" d="([^"]*)"/g)].map((match) =>
    match[1].match(/M/g)!.length
  );
  assertEquals(edges, [3, 9]);
});

Deno.test("an empty swarm is an empty mesh", async () => {
  const swarm = new Swarm(boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] }));
  swarm.addVariable("T");
  const { svg } = await plotSwarm(swarm, { variable: "T" });
  assertWellFormed(svg);
  assert(textsOf(svg)[1].startsWith("0 particles"));
});

Deno.test("what is not there is refused with what there is", async () => {
  const swarm = swarmOf(1);
  await assertRejects(() => plotSwarm({} as Swarm), TypeError, "a swarm first");
  await assertRejects(
    () => plotSwarm(swarm, { variable: "mass" }),
    RangeError,
    "'material', 'age'",
  );
  await assertRejects(
    () => plotSwarm(swarm, { variable: "age", component: 1 }),
    RangeError,
    "components 0 to 0",
  );
  await assertRejects(() => plotSwarm(swarm, { radius: 0 }), RangeError, "radius");
  for (const kinds of [{ clay: "0" }, { 0: 1 }, ["clay"], "clay"]) {
    await assertRejects(() => plotSwarm(swarm, { kinds } as never), TypeError, "kinds");
  }
  await assertRejects(() => plotSwarm(swarm, { kinds: { 0: "clay" } }), TypeError, "variable too");
});
