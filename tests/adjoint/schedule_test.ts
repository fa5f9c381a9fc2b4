import { assert, assertEquals, assertThrows } from "@std/assert";
import { OnlineStates } from "../../src/adjoint/online.ts";
import {
  fewestForwardSteps,
  repetitions,
  sweep,
  type SweepAction,
  type SweepStart,
} from "../../src/adjoint/sweep.ts";
import { reverseSchedule } from "../../src/adjoint/schedule.ts";

/** The fewest forward steps by dynamic programming, `[steps][states]`: over all places for the next kept state. */
function optima(steps: number, states: number): number[][] {
  const best = Array.from({ length: steps + 1 }, () => new Array<number>(states + 1).fill(0));
  for (let l = 1; l <= steps; l++) {
    best[l][1] = l * (l - 1) / 2;
    for (let c = 2; c <= states; c++) {
      best[l][c] = l === 1 ? 0 : best[l][1];
      for (let m = 1; m < l; m++) {
        best[l][c] = Math.min(best[l][c], m + best[l - m][c - 1] + best[m][c]);
      }
    }
  }
  return best;
}

/** Does a sweep with numbers for states, and checks that each is where it should be. */
function walk(start: SweepStart, states: number) {
  const kept = new Set(start.kept), visited: number[] = [], taken = new Map<number, number>();
  let here = start.position, forward = 0, most = kept.size;
  const check: { [K in SweepAction["kind"]]: (action: SweepAction & { kind: K }) => void } = {
    advance({ from, to }) {
      assertEquals(here, from);
      for (let k = from; k < to; k++) taken.set(k, (taken.get(k) ?? 0) + 1);
      forward += to - from;
      here = to;
    },
    keep({ step, level }) {
      assertEquals([here, kept.size], [step, level]);
      kept.add(step);
      most = Math.max(most, kept.size);
    },
    restore({ step }) {
      assert(kept.has(step));
      here = step;
    },
    drop: ({ step }) => assert(kept.delete(step)),
    visit({ step }) {
      assertEquals(here, step);
      visited.push(step);
      here = null;
    },
  };
  for (const action of sweep(start, () => states)) check[action.kind](action as never);
  assertEquals(visited, Array.from({ length: start.steps }, (_, i) => start.steps - 1 - i));
  return { forward, most, often: Math.max(0, ...taken.values()) };
}

Deno.test("the sweep takes as few steps as dynamic programming finds, and as Revolve's formula says", () => {
  const best = optima(60, 10);
  for (let steps = 1; steps <= 60; steps++) {
    for (let states = 1; states <= 10; states++) {
      const { forward, most } = walk({ kept: [0], position: 0, steps }, states);
      assertEquals(forward, best[steps][states], `${steps} steps, ${states} states`);
      assertEquals(fewestForwardSteps(steps, states), forward);
      assertEquals(reverseSchedule(steps, states).forwardSteps, forward);
      assert(most <= states);
    }
  }
});

Deno.test("a thousand steps with 20 states, and a million, cost what Griewank and Walther tell", () => {
  // With the step that each visit takes once more these are 3.747 per step.
  assertEquals(reverseSchedule(1000, 20).forwardSteps, 2747);
  const { forwardSteps, restores, saves } = reverseSchedule(1_000_000, 50);
  assertEquals(forwardSteps, fewestForwardSteps(1_000_000, 50));
  assert(restores.memory > 0 && saves.memory > 50);
  assertEquals(reverseSchedule(7, 100).forwardSteps, 6);
});

Deno.test("the states on disk are those that are used least", () => {
  const { saves, restores, states, onDisk } = reverseSchedule(300, 4, 4);
  assertEquals([states.memory, states.disk], [4, 4]);
  assert(saves.disk + restores.disk < (saves.memory + restores.memory) / 3);
  assert(onDisk.has(0), "the first state is written once");
  assertEquals(reverseSchedule(300, 4, 4).forwardSteps, reverseSchedule(300, 8).forwardSteps);
  assertEquals(reverseSchedule(3, 4, 4).states, { memory: 2, disk: 0 });
});

Deno.test("what is kept for an unknown number of steps lets no step be taken more often than it must", () => {
  let worst = 1;
  for (let states = 2; states <= 10; states++) {
    const online = new OnlineStates();
    for (let steps = 1; steps <= 60; steps++) {
      if (steps > 1) assert(online.add(steps - 1, states) !== 0, "the first state stays");
      const kept = online.steps;
      assert(kept.length <= states);
      const { forward, often } = walk({ kept, position: null, steps }, states);
      const all = steps + forward, best = fewestForwardSteps(steps, states) + 1;
      // In the forward run once, and as often again as Revolve takes one, for the ranges that the paper proves.
      assert(often <= repetitions(steps, states), `${steps}, ${states}: ${often}`);
      worst = Math.max(worst, all / best);
    }
  }
  // Measured over all of these: 1.375 times the steps of who knows their number.
  assert(worst < 1.4, String(worst));
});

Deno.test("numbers that make no schedule are refused", () => {
  assertThrows(() => reverseSchedule(0, 3), RangeError, "steps");
  assertThrows(() => reverseSchedule(2.5, 3), RangeError, "steps");
  assertThrows(() => reverseSchedule(3, 0), RangeError, "at least one");
  assertThrows(() => reverseSchedule(3, -1), RangeError, "in memory");
  assertThrows(() => reverseSchedule(3, 1, NaN), RangeError, "on disk");
});
