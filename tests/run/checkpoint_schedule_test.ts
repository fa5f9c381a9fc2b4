import { assertEquals, assertThrows } from "@std/assert";
import {
  type CheckpointSchedule,
  checkSchedule,
  isDue,
  type RunPosition,
  slotOf,
} from "../../src/run/checkpoint_schedule.ts";

/** Steps of a simulated run at which a checkpoint is taken: 0.1 of time and 7 seconds a step. */
function stepsTaken(every: CheckpointSchedule, count: number, first = 0): number[] {
  const taken: number[] = [];
  const mark = (step: number, time: number): RunPosition => ({ step, time, wall: step * 7 });
  let last = mark(first, first * 0.1), time = first * 0.1;
  for (let step = first + 1; step <= count; step++) {
    time += 0.1;
    const now = mark(step, time);
    if (!isDue(every, last, now)) continue;
    taken.push(step);
    last = now;
  }
  return taken;
}

const table: [string, CheckpointSchedule, number, number[]][] = [
  ["nothing asked", {}, 30, []],
  ["multiples of steps", { steps: 10 }, 35, [10, 20, 30]],
  ["every step", { steps: 1 }, 4, [1, 2, 3, 4]],
  ["multiples of time, though sums of 0.1 miss them", { time: 1 }, 35, [10, 20, 30]],
  ["time shorter than a step", { time: 0.01 }, 3, [1, 2, 3]],
  ["seconds since the last one", { wallClock: 20 }, 12, [3, 6, 9, 12]],
  ["several together", { steps: 8, time: 1 }, 24, [8, 10, 16, 20, 24]],
  ["a checkpoint restarts the seconds", { steps: 4, wallClock: 21 }, 12, [3, 4, 7, 8, 11, 12]],
];
for (const [name, every, count, expected] of table) {
  Deno.test(`checkpoints are due: ${name}`, () => assertEquals(stepsTaken(every, count), expected));
}

Deno.test("a run taken up at step 25 keeps to the multiples of the first one", () => {
  assertEquals(stepsTaken({ steps: 10 }, 45, 25), [30, 40]);
  assertEquals(stepsTaken({ time: 1 }, 45, 25), [30, 40]);
});

Deno.test("steps that jump over a multiple count as reaching it", () => {
  const at = (step: number): RunPosition => ({ step, time: 0, wall: 0 });
  assertEquals(isDue({ steps: 10 }, at(8), at(13)), true);
  assertEquals(isDue({ steps: 10 }, at(10), at(19)), false);
});

Deno.test("slotOf counts whole periods, forgiving rounding only", () => {
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += 0.1;
  assertEquals([sum < 1, slotOf(sum, 1), slotOf(0.999, 1), slotOf(-0.5, 1)], [true, 1, 0, -1]);
});

Deno.test("every refuses what cannot be meant, by name", () => {
  assertThrows(() => checkSchedule({ steps: 1.5 }, "every"), RangeError, "every.steps");
  assertThrows(() => checkSchedule({ time: 0 }, "every"), RangeError, "every.time");
  assertThrows(() => checkSchedule({ wallClock: Infinity }, "every"), RangeError, "wallClock");
  assertThrows(
    () => checkSchedule({ minutes: 3 } as CheckpointSchedule, "every"),
    TypeError,
    "every: there is no option 'minutes'",
  );
  assertThrows(
    () => checkSchedule(5 as unknown as CheckpointSchedule, "keep.every"),
    TypeError,
    "keep.every",
  );
  checkSchedule({ steps: 3, start: true }, "every");
});
