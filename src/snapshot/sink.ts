import type { TypedArray } from "../arrays.ts";
import type { CaptureSink, CheckpointBackend, SnapshotAttributes } from "./contract.ts";

const none: SnapshotAttributes = Object.freeze({});

/** A {@link CaptureSink} that writes below one key of a backend. */
export class BackendSink implements CaptureSink {
  readonly #backend: CheckpointBackend;
  readonly #key: string;

  constructor(backend: CheckpointBackend, key: string) {
    this.#backend = backend;
    this.#key = key;
  }

  group(path: string, attributes: SnapshotAttributes, keys?: readonly string[]): void {
    const key = this.#at(path);
    this.#backend.put(key, { kind: "group", data: null, shape: [], attributes, keys }, "share");
  }

  array(
    path: string,
    data: TypedArray,
    shape: readonly number[],
    attributes: SnapshotAttributes = none,
  ): void {
    this.#backend.put(this.#at(path), { kind: "array", data, shape, attributes }, "copy");
  }

  frozen(
    path: string,
    data: TypedArray,
    shape: readonly number[],
    attributes: SnapshotAttributes = none,
  ): void {
    this.#backend.put(this.#at(path), { kind: "array", data, shape, attributes }, "share");
  }

  below(path: string): CaptureSink {
    return new BackendSink(this.#backend, this.#at(path));
  }

  #at(path: string): string {
    return path === "" ? this.#key : `${this.#key}/${path}`;
  }
}
