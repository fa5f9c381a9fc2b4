import { assertEquals } from "@std/assert";
import { CheckpointError } from "../../src/errors.ts";
import { advanceWithProgress } from "../../src/run/advance_progress.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { Ensemble } from "../../src/run/ensemble.ts";
import { progressReporter, silentReporter } from "../../src/run/progress.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { testWrongCalls } from "../_wrong_calls.ts";
import { heat } from "./_run.ts";

// deno-lint-ignore no-explicit-any -- calls as a script without types makes them
const untyped = (value: unknown) => value as any;

const folder = Deno.makeTempDirSync({ prefix: "timestash_" });
Deno.test.afterAll(() => {
  // None of the calls has written anything.
  assertEquals([...Deno.readDirSync(folder)], []);
  Deno.removeSync(folder, { recursive: true });
});

testWrongCalls("new Checkpoints and new CheckpointCatalog", () => {
  const model = heat();
  const make = (options: unknown) => () => new Checkpoints(model, folder, untyped(options));
  const look = (options: unknown) => () => new CheckpointCatalog(folder, untyped(options));
  return {
    model,
    calls: {
      "no model": [
        () => new Checkpoints(untyped(folder), folder),
        TypeError,
        "takes a model first",
      ],
      "no folder": [() => new Checkpoints(model, untyped(undefined)), TypeError, "a path must be"],
      "a number for a folder": [
        () => new Checkpoints(model, untyped(4)),
        TypeError,
        "a path must be",
      ],
      "another machine": [
        () => new Checkpoints(model, new URL("https://a.org/x")),
        TypeError,
        "on disk only",
      ],
      "a number for options": [make(10), TypeError, "got the number 10"],
      "a text for options": [make("steps"), TypeError, "got the string"],
      "evry": [make({ evry: { steps: 1 } }), TypeError, "did you mean 'every'?"],
      "keap": [make({ keap: { last: 1 } }), TypeError, "did you mean 'keep'?"],
      "on_error": [make({ on_error: "throw" }), TypeError, "did you mean 'onError'?"],
      "a number for every": [make({ every: 10 }), TypeError, "every takes {"],
      "every.step": [make({ every: { step: 10 } }), TypeError, "did you mean 'steps'?"],
      "every 0 steps": [make({ every: { steps: 0 } }), RangeError, "at least 1"],
      "every half a step": [make({ every: { steps: 0.5 } }), RangeError, "whole number"],
      "steps as a text": [make({ every: { steps: "10" } }), TypeError, "must be a number"],
      "NaN seconds": [make({ every: { wallClock: NaN } }), RangeError, "positive"],
      "start as a text": [make({ every: { start: "yes" } }), TypeError, "true or false"],
      "a number for keep": [make({ keep: 3 }), TypeError, "keep takes {"],
      "keep.lst": [make({ keep: { lst: 3 } }), TypeError, "did you mean 'last'?"],
      "last as a text": [make({ keep: { last: "3" } }), TypeError, "must be a number"],
      "last that is negative": [make({ keep: { last: -1 } }), RangeError, "at least 0"],
      "last that is NaN": [make({ keep: { last: NaN } }), RangeError, "at least 0"],
      "best without a count": [make({ keep: { best: { by: "misfit" } } }), TypeError, "count"],
      "best as a name": [make({ keep: { best: "misfit" } }), TypeError, "keep.best takes {"],
      "best.smallest": [
        make({ keep: { best: { by: "a", count: 1, smallest: true } } }),
        TypeError,
        "no option 'smallest'",
      ],
      "one pin": [make({ keep: { pinned: "paper" } }), TypeError, "a list"],
      "an age as a text": [make({ keep: { maxAge: "7d" } }), TypeError, "must be a number"],
      "start in keep.every": [make({ keep: { every: { start: true } } }), TypeError, "no start"],
      "an unknown mode": [make({ mode: "w" }), TypeError, '"append" or "overwrite"'],
      "background as a text": [make({ background: "yes" }), TypeError, "true or false"],
      "incremental as a text": [make({ incremental: "10" }), TypeError, "a number"],
      "incremental 0": [make({ incremental: 0 }), RangeError, "at least 1"],
      "an unknown layout": [make({ layout: "folder" }), TypeError, '"sidecars"'],
      "an unknown compression": [make({ compression: "zip" }), TypeError, '"gzip"'],
      "labels as a record": [make({ labels: { a: 1 } }), TypeError, "a function"],
      "a logger for a function": [make({ report: console }), TypeError, "a function"],
      "ignore errors": [make({ onError: "ignore" }), TypeError, '"report" or "throw"'],
      "no failures": [make({ maxFailures: 0 }), RangeError, "at least 1"],
      "an identity as a text": [make({ identity: "v2" }), TypeError, "a record"],
      "no flush": [make({ flush: 0 }), RangeError, "at least 1"],
      "a problem as a text": [make({ problem: "ridge" }), TypeError, "a record"],
      "one signal": [make({ signals: "SIGTERM" }), TypeError, "a list of names"],
      "an unknown signal": [make({ signals: ["SIGKILL"] }), RangeError, "SIGTERM"],
      "a level of its own": [make({ level: 3 }), TypeError, "0 or 1 or 2"],
      "a level of a bearer": [make({ levels: { a: 3 } }), TypeError, "levels.a"],
      "a level for levels": [make({ levels: 1 }), TypeError, "a record"],
      "a bar for progress": [make({ progress: "bar" }), TypeError, "begin()"],
      "an option that a catalog does not have": [
        look({ every: {} }),
        TypeError,
        "no option 'every'",
      ],
      "kep": [look({ kep: {} }), TypeError, "did you mean 'keep'?"],
    },
  };
});

testWrongCalls("Checkpoints that are made", () => {
  const model = heat(), checkpoints = new Checkpoints(model, folder, { signals: false });
  const any = untyped(checkpoints);
  return {
    model,
    calls: {
      "labls": [() => any.save({ labls: ["a"] }), TypeError, "did you mean 'labels'?"],
      "a label for options": [() => any.save("paper"), TypeError, 'got the string "paper"'],
      "one label": [() => any.save({ labels: "paper" }), TypeError, "a list of words"],
      "a list in a label": [() => any.save({ labels: { a: [1] } }), TypeError, 'label "a"'],
      "numbers for words": [() => any.save({ labels: [4] }), TypeError, "words"],
      "level 3": [() => any.save({ level: 3 }), TypeError, "0 or 1 or 2"],
      "a path to load": [() => any.load("a.snap.h5"), TypeError, "as list() gives it"],
      "null to load": [() => any.load(null), TypeError, "as list() gives it"],
      "a path to label": [() => any.label("a.snap.h5", ["a"]), TypeError, "as list() gives it"],
      "an id to resume": [() => any.resume("heat"), TypeError, "as runs() gives it"],
      "an id to compare": [() => any.differencesTo("heat"), TypeError, "as runs() gives it"],
      "nothing to guard": [() => any.guard(), TypeError, "must be a function"],
      "a number for an item": [() => void (any.item = 4), TypeError, "checkpoints.item"],
      "a run for options": [() => any.list("heat"), TypeError, 'got the string "heat"'],
      "runn": [() => any.list({ runn: "heat" }), TypeError, "did you mean 'run'?"],
      "a number for a run": [() => any.list({ run: 4 }), TypeError, "the id of a run"],
      "a step without its name": [() => any.at(4), TypeError, "got the number 4"],
      "nothing to look for": [() => any.at({}), TypeError, "either { step } or { time }"],
      "a step as a text": [() => any.at({ step: "4" }), TypeError, "a number"],
      "a step that is NaN": [() => any.at({ step: NaN }), RangeError, "finite"],
      "a text for a place": [() => any.select("last"), TypeError, "a number"],
      "a place that is not there": [() => any.select(4), RangeError, "only 0"],
      "dry_run": [() => any.prune({ dry_run: true }), TypeError, "did you mean 'dryRun'?"],
      "dryRun as a text": [() => any.prune({ dryRun: "yes" }), TypeError, "true or false"],
      "keep in prune": [() => any.prune({ keep: { lst: 1 } }), TypeError, "did you mean 'last'?"],
      "no age": [() => any.purge(), TypeError, "olderThan"],
      "an age as a text": [() => any.purge({ olderThan: "7d" }), TypeError, "an age in seconds"],
      "a negative age": [() => any.purge({ olderThan: -1 }), RangeError, "at least 0"],
      "no date": [() => any.purge({ olderThan: new Date("x") }), RangeError, "at least 0"],
      "older": [() => any.purge({ older: 1 }), TypeError, "did you mean 'olderThan'?"],
      "a checkpoint that is not there": [
        () =>
          any.load({
            file: "heat-step1.snap.h5",
            path: `${folder}/heat-step1.snap.h5`,
            labels: {},
          }),
        CheckpointError,
        "not there",
      ],
    },
  };
});

testWrongCalls("resumeOrStart, Ensemble and progress", () => {
  const model = heat(), checkpoints = new Checkpoints(model, folder, { signals: false });
  const resume = (...args: unknown[]) => () => untyped(resumeOrStart)(...args);
  const ensemble = (options?: unknown) => () => new Ensemble(model, untyped(options));
  const report = (options: unknown) => () => progressReporter(untyped(options));
  const advance = (...args: unknown[]) => () => untyped(advanceWithProgress)(...args);
  return {
    model,
    calls: {
      "no checkpoints": [resume(model), TypeError, "the Checkpoints of the same model"],
      "a folder for checkpoints": [resume(model, folder), TypeError, "the Checkpoints of the same"],
      "another model": [resume(heat(), checkpoints), TypeError, "the same model"],
      "selekt": [
        resume(model, checkpoints, { selekt: "ask" }),
        TypeError,
        "did you mean 'select'?",
      ],
      "an unknown choice": [resume(model, checkpoints, { select: "last" }), TypeError, '"latest"'],
      "ignore": [resume(model, checkpoints, { onMismatch: "ignore" }), TypeError, '"refuse"'],
      "completed as a text": [
        resume(model, checkpoints, { completed: "x" }),
        TypeError,
        "true or false",
      ],
      "an id for options": [resume(model, checkpoints, "heat"), TypeError, "got the string"],
      "no model for an ensemble": [
        () => new Ensemble(untyped({}), { members: 2 }),
        TypeError,
        "takes a model first",
      ],
      "no members": [ensemble(), TypeError, "members"],
      "a number for options of an ensemble": [ensemble(4), TypeError, "got the number 4"],
      "member": [ensemble({ member: 4 }), TypeError, "did you mean 'members'?"],
      "half a member": [ensemble({ members: 2.5 }), RangeError, "whole number"],
      "members without end": [ensemble({ members: 1e9 }), RangeError, "at most 1000000"],
      "NaN members": [ensemble({ members: NaN }), RangeError, "whole number"],
      "no member": [ensemble({ members: 0 }), RangeError, "at least one"],
      "a text for members": [ensemble({ members: "abc" }), TypeError, "a list of names"],
      "twins": [ensemble({ members: ["a", "a"] }), RangeError, "must differ"],
      "a style that is none": [report({ style: "dots" }), TypeError, '"lines"'],
      "stile": [report({ stile: "bar" }), TypeError, "did you mean 'style'?"],
      "a delay as a text": [report({ delay: "1" }), TypeError, "a number"],
      "a negative interval": [report({ interval: -1 }), RangeError, "at least 0"],
      "a stream for write": [report({ write: Deno.stderr }), TypeError, "a function"],
      "no reporter": [
        advance(model, undefined, { dt: 1, until: 1, step() {} }),
        TypeError,
        "reporter",
      ],
      "no options of an advance": [advance(model, silentReporter), TypeError, "takes {"],
      "no model to advance": [advance({}, silentReporter, {}), TypeError, "takes a model first"],
    },
  };
});
