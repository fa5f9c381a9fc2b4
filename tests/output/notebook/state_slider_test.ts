import { assert, assertEquals, assertRejects } from "@std/assert";
import { boxMesh, MeshVariable, Model, stateSlider } from "../../../mod.ts";

Deno.test("a slider has a picture for each state, shows the last, and runs nothing but itself", async () => {
  const model = new Model();
  const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }), 'T<&"');
  for (; model.tracker.step < 4; model.tracker.step++) {
    T.set((x) => x * model.tracker.step);
    model.timeline.record();
  }
  const slider = await stateSlider(T, { count: 3, width: 240 });
  const titles = slider.pictures.map(({ title }) => title.split(",")[0]);
  assertEquals(titles, ["step 0", "step 2", "step 3"]);
  const { html } = slider;
  assertEquals((html.match(/<img /g) ?? []).length, 3);
  assertEquals((html.match(/display:none/g) ?? []).length, 2);
  assert(html.includes('max="2" value="2"'));
  assertEquals((html.match(/<script|onload|T</g) ?? []).length, 0);
  const shown = (slider as unknown as Record<symbol, () => Record<string, string>>)
    [Symbol.for("Jupyter.display")]();
  assertEquals(Object.keys(shown), ["text/html", "text/plain"]);
  assertEquals(model.tracker.step, 4);
  await assertRejects(() => stateSlider(T, { counts: 1 } as never), TypeError, "counts");
});
