/**
 * Small text files in a store.
 *
 * @module
 */
import type { CheckpointStore } from "./checkpoint_store.ts";

/** Writes a text in one piece. */
export async function writeText(
  store: CheckpointStore,
  name: string,
  text: string,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  await store.write(name, onePiece(bytes), bytes.length);
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Reads a text. */
export async function readText(store: CheckpointStore, name: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(name)) pieces.push(piece);
  return await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text();
}

/** What a text says; undefined for one that is damaged, which counts as none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
