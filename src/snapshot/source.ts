import { kindOf, type TypedArray } from "../arrays.ts";
import type { CaptureSource, RankEntries, SnapshotEntry } from "./contract.ts";

/** Reads below one key of a backend; all sources below the same root share `problems`. */
export class BackendSource implements CaptureSource {
  readonly #backend: RankEntries;
  readonly key: string;
  readonly #problems: string[];

  constructor(backend: RankEntries, key: string, problems: string[]) {
    this.#backend = backend;
    this.key = key;
    this.#problems = problems;
  }

  get(path: string): SnapshotEntry | undefined {
    const entry = this.#backend.get(this.#at(path));
    if (entry === undefined || entry.kind === "group" || entry.kind === "array") return entry;
    // In a file anything may stand in place of what a payload wrote.
    const problem = `"${
      this.#at(path)
    }" should be a group or an array, and is marked "${entry.kind}"`;
    if (!this.#problems.includes(problem)) this.refuse(problem);
    return undefined;
  }

  data<T extends TypedArray>(
    path: string,
    like: { new (length: number): T },
    length: number,
  ): T | null {
    const data = this.get(path)?.data ?? null;
    if (data instanceof like && data.length === length) return data;
    const found = data === null ? "nothing" : `${data.length} numbers of ${kindOf(data)}`;
    this.refuse(
      `"${this.#at(path)}" should hold ${length} numbers of ${like.name}, and holds ${found}`,
    );
    return null;
  }

  refuse(problem: string): void {
    this.#problems.push(problem);
  }

  below(path: string): CaptureSource {
    return new BackendSource(this.#backend, this.#at(path), this.#problems);
  }

  #at(path: string): string {
    return path === "" ? this.key : `${this.key}/${path}`;
  }
}
