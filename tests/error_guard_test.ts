import { assert, assertEquals, assertThrows } from "@std/assert";
import * as errors from "../src/errors.ts";
import {
  isTimestashError,
  messageOf,
  type TimestashErrorName,
  type TimestashErrors,
} from "../src/error_guard.ts";

/** One error of each class. */
const one: TimestashErrors = {
  CheckpointError: new errors.CheckpointError("runs", 3, "could not be saved"),
  CommError: new errors.CommError(1, "a rank is missing"),
  ConvergenceError: new errors.ConvergenceError("did not converge", [1, 0.5]),
  CurvedCellsError: new errors.CurvedCellsError("a swarm", "Mesh_0"),
  PeriodicMeshError: new errors.PeriodicMeshError("a swarm", "Mesh_0"),
  MeshFormatError: new errors.MeshFormatError("a.msh", "no mesh"),
  MeshTangledError: new errors.MeshTangledError("Mesh_0", 0.1, "cell 3 is inverted"),
  ModelBusyError: new errors.ModelBusyError("saveState", "a solve"),
  PetscError: new errors.PetscError("failed", 62),
  ReplayError: new errors.ReplayError("differs", "tracker", []),
  RunCompletedError: new errors.RunCompletedError("heat", "it has completed"),
  RunIdentityError: new errors.RunIdentityError("heat", ["kappa"], "another run"),
  SnapshotCorruptError: new errors.SnapshotCorruptError("a.snap.h5", "damaged"),
  SnapshotFormatError: new errors.SnapshotFormatError("a.txt", "not a snapshot"),
  SnapshotInvalidatedError: new errors.SnapshotInvalidatedError("does not fit"),
  SnapshotSerializationError: new errors.SnapshotSerializationError("tracker.f", "a function"),
  StateSchemaError: new errors.StateSchemaError("solver", "version 2"),
  StepOrderError: new errors.StepOrderError("ddt.bdf", "no step yet", "updatePreSolve(dt)"),
  StepSizeError: new errors.StepSizeError("too small", 1e-9, []),
  StoreError: new errors.StoreError("s3://runs/", "bucket", "there is none"),
};
const names = Object.keys(one) as TimestashErrorName[];

Deno.test("isTimestashError() knows every error class, and tells each from the others", () => {
  const classes = Object.keys(errors).filter((name) => name !== "TimestashError");
  assertEquals([...names].sort(), classes.sort());
  assertEquals(new Set(names.map((name) => one[name].code)).size, names.length);
  for (const name of names) {
    const error: Error = one[name];
    assertEquals(error.name, name);
    assert(isTimestashError(error));
    for (const other of names) assertEquals(isTimestashError(error, other), other === name, other);
  }
});

Deno.test("isTimestashError() refuses what is not the toolkit's", () => {
  const system = Object.assign(new Error("x"), { code: "ENOENT" });
  for (const thrown of [new Error("x"), system, { code: "COMM" }, "COMM", null, undefined]) {
    assertEquals(isTimestashError(thrown), false);
    assertEquals(isTimestashError(thrown, "CommError"), false);
  }
});

Deno.test("isTimestashError() takes subclasses, and errors of another copy of the toolkit", () => {
  class Stiff extends errors.ConvergenceError {}
  assert(isTimestashError(new Stiff("stiff", [1]), "ConvergenceError"));
  const foreign = Object.assign(new Error("old copy"), { code: "CONVERGENCE", iterations: 4 });
  assert(isTimestashError(foreign, "ConvergenceError"));
  assertEquals(foreign.iterations, 4);
});

Deno.test("isTimestashError() refuses the name of a class that does not exist, and keeps the error", () => {
  const caught = new Error("the reason");
  for (const name of ["ConvergeError", "constructor", "__proto__", "toString"]) {
    const error = assertThrows(
      () => isTimestashError(caught, name as TimestashErrorName),
      TypeError,
      `no error class "${name}"; there are CheckpointError, CommError`,
    );
    assertEquals(error.cause, caught);
  }
});

/** Exact equality of two types: this file does not compile where it fails. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;
const same = <A, B>(_proof: Same<A, B>): void => {};

Deno.test("isTimestashError() narrows to the class and its fields", () => {
  const error: unknown = one.ConvergenceError;
  if (isTimestashError(error, "ConvergenceError")) {
    same<typeof error, errors.ConvergenceError>(true);
    assertEquals([error.iterations, error.residual], [1, 0.5]);
  } else throw new Error("not recognised");
  const other: unknown = one.StepSizeError;
  if (!isTimestashError(other)) throw new Error("not recognised");
  // The code discriminates the union, so a switch narrows too.
  switch (other.code) {
    case "STEP_SIZE":
      same<typeof other, errors.StepSizeError>(true);
      assertEquals(other.dt, 1e-9);
      break;
    case "CONVERGENCE":
      same<typeof other.history, readonly number[]>(true);
      throw new Error("the wrong branch");
    default:
      throw new Error("the wrong branch");
  }
  // @ts-expect-error: a class that does not exist is an error of the compiler too
  const unknownName = () => isTimestashError(error, "ConvergeError");
  assertThrows(unknownName, TypeError);
});

Deno.test("messageOf() gives the message of an error, and the text of anything else", () => {
  assertEquals(messageOf(new RangeError("too far")), "too far");
  assertEquals(messageOf("plain"), "plain");
  assertEquals(messageOf(undefined), "undefined");
});

Deno.test("a script can throw a ConvergenceError without residuals", () => {
  const { history, iterations, residual } = new errors.ConvergenceError("too stiff");
  assertEquals([history.length, iterations, residual], [0, 0, NaN]);
});
