import { assert, assertEquals, assertThrows } from "@std/assert";
import type { CheckpointEntry } from "../../src/run/checkpoint_entry.ts";
import {
  checkRetention,
  planRetention,
  type RetentionDecision,
  type RetentionPolicy,
} from "../../src/run/retention.ts";
import { fc } from "../_fast_check.ts";
import { entryAt } from "./_entries.ts";

const now = new Date(Date.UTC(2026, 0, 1, 1));

function stepsKept(decisions: readonly RetentionDecision[]): number[] {
  return decisions.filter(({ keep }) => keep).map(({ entry }) => entry.step);
}

const steps = (...at: number[]) => at.map((step) => entryAt(step));
const ten = steps(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
const rated = ten.map((it) => ({ ...it, labels: { misfit: Math.abs(it.step - 4) } }));
const full = (step: number) => entryAt(step, { bytes: 100 });
const difference = (step: number, base: number) =>
  entryAt(step, { bytes: 10, needs: [`r-step${base}.snap.h5`] });

const table: [string, CheckpointEntry[], RetentionPolicy, number[]][] = [
  ["no rules", ten, {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ["the last 3", ten, { last: 3 }, [8, 9, 10]],
  ["the last 0 is the newest", ten, { last: 0 }, [10]],
  ["more than there are", ten, { last: 99 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ["the first in 4 steps", ten, { every: { steps: 4 } }, [1, 4, 8, 10]],
  ["the first in 0.5 of time", ten, { every: { time: 0.5 } }, [1, 5, 10]],
  ["the first in 3 minutes", ten, { every: { wallClock: 180 } }, [1, 3, 6, 9, 10]],
  ["last and every together", ten, { last: 2, every: { steps: 5 } }, [1, 5, 9, 10]],
  ["the best 2, of equals the newer", rated, { best: { by: "misfit", count: 2 } }, [4, 5, 10]],
  [
    "the best 2 by the largest",
    rated,
    { best: { by: "misfit", count: 2, largest: true } },
    [9, 10],
  ],
  ["the best by a function", ten, { best: { by: (it) => it.step % 7, count: 1 } }, [7, 10]],
  ["the best of none rated is none", ten, { best: { by: "misfit", count: 2 } }, [10]],
  [
    "pinned stays",
    [...ten.slice(1), entryAt(1, { labels: { pinned: true } })],
    { last: 1 },
    [1, 10],
  ],
  ["unpinned goes", [...ten.slice(1), entryAt(1, { labels: { pinned: false } })], { last: 1 }, [
    10,
  ]],
  [
    "labels of one's own pin",
    [...ten.slice(1), entryAt(1, { labels: { paper: "figure 3" } })],
    { last: 1, pinned: ["paper"] },
    [1, 10],
  ],
  ["older than 51 minutes goes", ten, { maxAge: 51 * 60 }, [9, 10]],
  ["all too old leaves the newest", ten, { maxAge: 0 }, [10]],
  ["350 bytes hold 3", ten, { maxBytes: 350 }, [8, 9, 10]],
  ["0 bytes hold the newest", ten, { maxBytes: 0 }, [10]],
  ["a limit cuts what rules keep", ten, { last: 5, maxBytes: 200 }, [9, 10]],
  [
    "what a kept one needs stays",
    [full(1), difference(2, 1), difference(3, 1), full(4), difference(5, 4)],
    { last: 1 },
    [4, 5],
  ],
  [
    "with differences bytes free from the oldest whole group",
    [full(1), difference(2, 1), difference(3, 1), full(4), difference(5, 4)],
    { maxBytes: 120 },
    [4, 5],
  ],
  [
    "an older whole state stays behind newer progress",
    [full(1), full(2), entryAt(3, { level: 0 })],
    { last: 1 },
    [2, 3],
  ],
];
for (const [name, entries, keep, expected] of table) {
  Deno.test(`retention: ${name}`, () => {
    checkRetention(keep);
    assertEquals(stepsKept(planRetention(entries, keep, now)), expected);
  });
}

Deno.test("a month of hourly checkpoints under last 24, daily, and pinned, pruned after each one", () => {
  const keep: RetentionPolicy = { last: 24, every: { wallClock: 86_400 } };
  const start = Date.UTC(2026, 0, 1);
  let there: CheckpointEntry[] = [];
  for (let hour = 0; hour < 30 * 24; hour++) {
    const createdAt = new Date(start + hour * 3_600_000);
    there.push(entryAt(hour, { createdAt, labels: hour === 100 ? { pinned: true } : {} }));
    there = planRetention(there, keep, createdAt).filter((it) => it.keep).map((it) => it.entry);
  }
  const days = Array.from({ length: 30 }, (_, day) => day * 24);
  const lastDay = Array.from({ length: 24 }, (_, hour) => 29 * 24 + hour);
  const expected = [...new Set([...days, 100, ...lastDay])].sort((a, b) => a - b);
  assertEquals(there.map(({ step }) => step), expected);
});

Deno.test("pruning twice is the same as once, the newest and what it needs stay, reasons are given", () => {
  const rules = fc.record({
    last: fc.option(fc.nat(5), { nil: undefined }),
    every: fc.option(fc.record({ steps: fc.integer({ min: 1, max: 9 }) }), { nil: undefined }),
    maxAge: fc.option(fc.nat(4000), { nil: undefined }),
    maxBytes: fc.option(fc.nat(2000), { nil: undefined }),
  });
  const list = fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 20 }).map((at) =>
    at.sort((a, b) => a - b).map((step, i, all) =>
      i % 3 === 0 ? full(step) : difference(step, all[i - i % 3])
    )
  );
  fc.assert(fc.property(list, rules, (entries, keep) => {
    const first = planRetention(entries, keep, now);
    const kept = first.filter((it) => it.keep).map((it) => it.entry);
    assert(kept.includes(entries.at(-1)!));
    for (const { needs } of kept) {
      for (const file of needs) assert(kept.some((it) => it.file === file));
    }
    assert(first.every(({ why }) => why.length > 0));
    assertEquals(stepsKept(planRetention(kept, keep, now)), kept.map(({ step }) => step));
  }));
});

Deno.test("keep refuses what cannot be meant, by name", () => {
  assertThrows(() => checkRetention({ last: -1 }), RangeError, "keep.last");
  assertThrows(() => checkRetention({ last: 1.5 }), RangeError, "keep.last");
  assertThrows(() => checkRetention({ maxAge: -1 }), RangeError, "keep.maxAge");
  assertThrows(() => checkRetention({ maxBytes: NaN }), RangeError, "keep.maxBytes");
  assertThrows(() => checkRetention({ every: { steps: 0 } }), RangeError, "keep.every.steps");
  assertThrows(
    () => checkRetention({ forever: 1 } as RetentionPolicy),
    TypeError,
    "keep: there is no option 'forever'",
  );
  assertThrows(
    () => checkRetention({ best: { count: 1 } as NonNullable<RetentionPolicy["best"]> }),
    TypeError,
  );
});
