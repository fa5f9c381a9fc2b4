import { writeSnapshot } from "../../src/archive/disk.ts";
import { ModelBusyError, SnapshotFormatError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { resumable } from "../../src/model/resumable.ts";
import { verifyReplay } from "../../src/model/verify_replay.ts";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

/** A model with something of everything, for calls that have to leave it as it is. */
function filled(): Model {
  const model = new Model({ seed: 3 });
  new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }), "T").set(1);
  model.parameters.define("kappa", 0.1);
  model.tracker.energy = [1, 2];
  return model;
}

// deno-lint-ignore no-explicit-any -- calls as a script without types makes them
const untyped = (value: unknown) => value as any;

testWrongCalls("new Model and the fields of a model", () => {
  const model = filled(), any = untyped(model);
  const make = (options: unknown) => () => new Model(untyped(options));
  const set = (name: string, value: unknown) => () => void (any[name] = value);
  return {
    model,
    calls: {
      "a name for options": [make("heat"), TypeError, 'got the string "heat"'],
      "sead": [make({ sead: 3 }), TypeError, "did you mean 'seed'?"],
      "a seed that is a text": [make({ seed: "3" }), RangeError, "seed"],
      "half a seed": [make({ seed: 0.5 }), RangeError, "seed"],
      "a number for a name": [make({ name: 4 }), TypeError, "must be a string"],
      "ranks as a number": [make({ comm: 4 }), TypeError, "communicator"],
      "no ranks": [make({ comm: null }), TypeError, "communicator"],
      "the tracker as a whole": [set("tracker", {}), TypeError, "model.tracker.energy = 1"],
      "the parameters as a whole": [set("parameters", new Map()), TypeError, "define and set"],
      "the random stream": [set("random", { next: Math.random }), TypeError, "seed"],
      "the timeline": [set("timeline", []), TypeError, "cannot be replaced"],
      "the name afterwards": [set("name", "cold"), TypeError, "new Model({ name })"],
      "the ranks afterwards": [set("comm", null), TypeError, "new Model({ comm })"],
      "the meshes": [set("meshes", new Map()), TypeError, "meshes"],
      "no object to register": [() => model.register(untyped(null)), TypeError, "register takes"],
      "an object without state": [() => model.register(untyped({})), TypeError, "`state`"],
      "a name that is empty": [
        () => model.register(untyped({ name: "", state: {} })),
        TypeError,
        "not empty",
      ],
      "nothing to unregister": [
        () => model.unregister(untyped(undefined)),
        RangeError,
        "not registered",
      ],
      "a name to unregister": [() => model.unregister(untyped("T")), RangeError, "not registered"],
    },
  };
});

testWrongCalls("saveState, loadState and what can be undone", () => {
  const model = filled(), any = untyped(model);
  const save = (options: unknown) => () => any.saveState(options);
  const load = (...args: unknown[]) => () => any.loadState(...args);
  const token = model.saveState();
  return {
    model,
    calls: {
      "a path for options": [save("a.snap.h5"), TypeError, "{ file: path }"],
      "no file": [save({ layout: "single" }), TypeError, "without file"],
      "fiel": [save({ fiel: "a.h5" }), TypeError, "without file"],
      "compresion": [
        save({ file: "a", compresion: "gzip" }),
        TypeError,
        "did you mean 'compression'?",
      ],
      "null": [save(null), TypeError, "got null"],
      "no snapshot": [load(), TypeError, "loadState takes a token"],
      "a number for a snapshot": [load(3), TypeError, "the number 3"],
      "a model where a file is to hold a snapshot": [
        () => writeSnapshot("a.snap.h5", any),
        TypeError,
        "a snapshot is needed",
      ],
      "a plain object for a token": [load({ ...token }), TypeError, "got a Object"],
      "a file that is none": [load("/", {}), SnapshotFormatError, "folder"],
      "verfy": [load("a.h5", { verfy: true }), TypeError, "did you mean 'verify'?"],
      "verify as a text": [load("a.h5", { verify: "no" }), TypeError, "true or false"],
      "options of a file for a token": [
        load(token, { verify: false }),
        TypeError,
        "no option 'verify'",
      ],
      "a token for options": [load("a.h5", true), TypeError, "got the boolean true"],
      "a number for a snapshot to build from": [
        () => Model.fromSnapshot(untyped(4)),
        TypeError,
        "the number 4",
      ],
      "no work": [() => model.transaction(untyped(undefined)), TypeError, "takes a function"],
      "the result of work": [() => model.transaction(untyped(4)), TypeError, "the number 4"],
      "nothing to accept": [() => any.attempt(() => {}), TypeError, "takes a function"],
      "a save inside": [
        () => model.indivisible("a solve", () => model.saveState()),
        ModelBusyError,
        "a solve",
      ],
    },
  };
});

testWrongCalls("parameters, tracker and random numbers", () => {
  const model = filled(), { parameters, tracker, random } = model;
  const any = untyped(parameters), stream = untyped(random), values = untyped(tracker);
  return {
    model,
    calls: {
      "no name": [() => any.define(), TypeError, "a name first"],
      "a number for a name": [() => any.define(1, 2), TypeError, "a name first"],
      "units as a text": [() => any.define("a", 1, "m"), TypeError, 'got the string "m"'],
      "unit": [() => any.define("a", 1, { unit: "m" }), TypeError, "did you mean 'units'?"],
      "units that are a number": [() => any.define("a", 1, { units: 1 }), TypeError, "a string"],
      "a function for a value": [() => any.define("a", () => 1), Error, "function"],
      "twice": [() => any.define("kappa", 1), RangeError, "defined already"],
      "one that does not exist": [() => any.set("kapa", 1), RangeError, "'kappa'"],
      "get of one that does not exist": [() => any.get("kapa"), RangeError, "'kappa'"],
      "a value assigned as a field": [() => void (any.kappa = 2), TypeError, "kappa"],
      "a time that is a text": [() => void (values.time = "1"), TypeError, "must be a number"],
      "a time that is NaN": [() => void (values.time = NaN), RangeError, "finite"],
      "half a step": [() => void (values.step = 0.5), RangeError, "whole"],
      "a state that is not whole": [() => void (values.state = {}), TypeError, "reserved"],
      "a convention deleted": [() => delete values.time, TypeError, "cannot be deleted"],
      "a symbol for a name": [() => void (values[Symbol()] = 1), TypeError, "a string"],
      "the seed afterwards": [() => void (stream.seed = 4), TypeError, "seed"],
      "an empty range": [() => random.int(3, 3), RangeError, ""],
      "a range of texts": [() => stream.int("a", "b"), RangeError, ""],
      "half an id": [() => random.keyed(0.5), RangeError, "whole number"],
      "an id that is a text": [() => stream.keyed("7"), TypeError, "the string"],
      "repeet": [() => stream.keyed(7, { repeet: true }), TypeError, "did you mean 'repeat'?"],
      "a state of another kind": [() => void (stream.state = {}), Error, "schema version"],
    },
  };
});

testWrongCalls("bindState, resumable, verifyReplay, advance, timeline and runRanks", () => {
  const model = filled(), any = untyped(model), holder = { a: 1 };
  const bind = (...args: unknown[]) => () => any.bindState(...args);
  const replay = (...args: unknown[]) => () => untyped(verifyReplay)(...args);
  const run = (...args: unknown[]) => () => untyped(runRanks)(...args);
  const generator = function* () {};
  return {
    model,
    calls: {
      "nothing to bind": [bind(), TypeError, "takes an object"],
      "a name for a schema": [bind(holder, "counters"), TypeError, 'got the string "counters"'],
      "feilds": [bind(holder, { feilds: ["a"] }), TypeError, "did you mean 'fields'?"],
      "one name for fields": [bind(holder, { fields: "a" }), TypeError, "a list of names"],
      "a field that is not there": [bind(holder, { fields: ["b"] }), TypeError, "no field b"],
      "half a version": [bind(holder, { schemaVersion: 0.5 }), RangeError, "schema version"],
      "no generator": [() => untyped(resumable)(model), TypeError, "generator function"],
      "nam": [() => untyped(resumable)(model, generator, { nam: "x" }), TypeError, "'name'"],
      "no step": [replay(model), TypeError, "takes a model and a function"],
      "step": [replay(model, () => {}, { step: 2 }), TypeError, "did you mean 'steps'?"],
      "no steps": [replay(model, () => {}, { steps: 0 }), RangeError, "at least 1"],
      "no options of advance": [() => any.advance(), TypeError, "takes {"],
      "a least step above the largest": [
        () => any.advance({ dt: 1, until: 1, step() {}, error: () => 1, minDt: 1, maxDt: 0.1 }),
        RangeError,
        "minDt 1 is above maxDt 0.1",
      ],
      "untill": [() => any.advance({ dt: 1, untill: 1 }), TypeError, "did you mean 'until'?"],
      "accept as a flag": [
        () => any.advance({ dt: 1, until: 1, step() {}, accept: true }),
        TypeError,
        "must be a function",
      ],
      "an interval for record": [() => any.timeline.record(4), TypeError, "the number 4"],
      "a pin without a name": [() => any.timeline.pin(), TypeError, "name"],
      "a number for a pin": [() => any.timeline.pin(4), TypeError, "name"],
      "nothing that holds": [() => any.timeline.bisect(), TypeError, "takes a function"],
      "exhaustive as a text": [
        () => any.timeline.bisect(() => true, { exhaustive: "yes" }),
        TypeError,
        "true or false",
      ],
      "nowhere to rewind to": [() => any.timeline.rewind(), TypeError, ""],
      "no ranks": [run(0, "a.ts"), RangeError, "from 1 to 256"],
      "no program": [run(2), TypeError, "program"],
      "one argument for the list": [run(2, "a.ts", 10), TypeError, "must be a list"],
      "timeout": [run(2, "a.ts", [], { timeout: 10 }), TypeError, "did you mean 'timeoutSeconds'?"],
      "a timeout of 0": [run(2, "a.ts", [], { timeoutSeconds: 0 }), RangeError, "positive"],
      "a console for a function": [
        run(2, "a.ts", [], { onConsole: console }),
        TypeError,
        "a function",
      ],
    },
  };
});
