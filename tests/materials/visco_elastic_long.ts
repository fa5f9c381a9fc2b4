/** Yielding with steps that are taken back, beside the run that chose right at once. @module */
import { assert, assertEquals } from "@std/assert";
import { ConvergenceError } from "../../src/errors.ts";
import type { Model } from "../../src/model/model.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { softBall } from "./_bodies.ts";

type Made = ReturnType<typeof softBall>;

/** A step as it was taken in the end. */
interface Taken {
  readonly dt: number;
  readonly isPlastic: boolean;
}

/**
 * Elastic first; where that goes too far it is taken back, and the plastic step is taken; where that is not found, it
 * is taken in two halves.
 */
function attempted(made: Made, dt: number): Taken[] {
  const { model, flow, step } = made;
  const isElastic = model.attempt(() => {
    step(dt, false);
    return flow.overstress();
  }, (overstress) => overstress <= 0);
  if (isElastic) return [{ dt, isPlastic: false }];
  try {
    return [chosen(made, { dt, isPlastic: true })];
  } catch (error) {
    if (!(error instanceof ConvergenceError)) throw error;
    return [dt / 2, dt / 2].flatMap((half) => attempted(made, half));
  }
}

function plasticSteps({ tracker }: Model): number {
  return tracker.plastic as number;
}

/** Chooses right at once. */
function chosen({ model, step }: Made, taken: Taken): Taken {
  step(taken.dt, taken.isPlastic);
  if (taken.isPlastic) model.tracker.plastic = plasticSteps(model) + 1;
  return taken;
}

function assertSameRun(a: Made, b: Made): void {
  for (const name of a.mesh.variables.keys()) {
    assertSameBytes(a.mesh.variables.get(name)!.data, b.mesh.variables.get(name)!.data, name);
  }
  assertEquals(a.model.tracker.plastic, b.model.tracker.plastic);
  assertEquals(a.flow.history.state, b.flow.history.state);
  assertEquals(`${a.flow.stokes.viscosity}`, `${b.flow.stokes.viscosity}`);
}

Deno.test("a run that yields, with steps taken back and a step that fails, has the bytes of one that chose right at once", async () => {
  using dir = tempDir();
  const steps = [0.1, 0.2, 0.2, 0.15];
  const b = softBall(), taken = steps.map((dt) => attempted(b, dt)), all = taken.flat();
  assertEquals(all[0].isPlastic, false);
  assert(all.some(({ isPlastic }) => isPlastic), "nothing yields");
  assert(all.length > steps.length, "nothing fails");
  const u = softBall();
  for (const one of all) chosen(u, one);
  assertSameRun(b, u);
  const half = softBall();
  for (const one of taken.slice(0, 3).flat()) chosen(half, one);
  const path = await half.model.saveState({ file: dir.join("half.h5") });
  const c = softBall();
  await c.model.loadState(path);
  assertEquals(attempted(c, steps[3]), taken[3]);
  assertSameRun(c, u);
});
