/** A store that a user could have written, in memory, which tests can make fail. @module */
import type { CheckpointStore, StoredFile } from "../../src/run/checkpoint_store.ts";

/** Gets what is about to be kept under a name; returns what is kept instead, or throws. */
export type Trouble = (name: string, bytes: Uint8Array) => Uint8Array;

/** Keeps files in a map. */
export class MapStore implements CheckpointStore {
  readonly location = "map:";
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** What was done: `write name`, `read name`, `remove name`. */
  readonly calls: string[] = [];
  trouble: Trouble = (_, bytes) => bytes;

  list(): Promise<StoredFile[]> {
    return Promise.resolve(Array.from(this.files.keys(), (name) => ({ name })));
  }

  async *read(name: string): AsyncGenerator<Uint8Array> {
    this.calls.push(`read ${name}`);
    const bytes = this.files.get(name);
    if (bytes === undefined) throw new Deno.errors.NotFound(`there is no ${name}`);
    // Pieces as a network has them.
    for (let at = 0; at < bytes.length; at += 5000) {
      await Promise.resolve();
      yield bytes.subarray(at, at + 5000);
    }
  }

  async write(name: string, bytes: AsyncIterable<Uint8Array>, size: number): Promise<void> {
    const all = new Uint8Array(size);
    let at = 0;
    for await (const piece of bytes) {
      all.set(piece, at);
      at += piece.length;
    }
    this.calls.push(`write ${name}`);
    const kept = this.trouble(name, all);
    this.files.set(name, kept.slice());
  }

  remove(name: string): Promise<void> {
    this.calls.push(`remove ${name}`);
    this.files.delete(name);
    return Promise.resolve();
  }
}
