/**
 * Sends the contents of a file to an object store, at once or in parts. Nothing that is not whole gets the name.
 *
 * @module
 */
import type { S3Connection } from "../deps/aws_s3.ts";
import { messageOf } from "../error_guard.ts";

/** Sends a request. */
type Ask = <R>(work: (s3: S3Connection, signal: AbortSignal) => Promise<R>) => Promise<R>;

/**
 * Sends a file with one request, once all of it is there.
 *
 * @throws {RangeError} when there are more or fewer bytes than `size`.
 */
export async function sendWhole(
  key: string,
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  ask: Ask,
): Promise<void> {
  for await (const body of inParts(key, bytes, size, Math.max(1, size))) {
    return await ask((s3, signal) => s3.put(key, body, signal));
  }
}

/**
 * Sends a file in parts; if one cannot be sent, those that are there are removed.
 *
 * @throws {RangeError} when there are more or fewer bytes than `size`.
 */
export async function sendParts(
  key: string,
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  part: number,
  ask: Ask,
): Promise<void> {
  const attempt = await ask((s3, signal) => s3.begin(key, signal));
  try {
    const tags: string[] = [];
    for await (const body of inParts(key, bytes, size, part)) {
      const number = tags.length + 1;
      tags.push(await ask((s3, signal) => s3.part(key, attempt, number, body, signal)));
    }
    await ask((s3, signal) => s3.end(key, attempt, tags, signal));
  } catch (error) {
    try {
      await ask((s3, signal) => s3.abandon(key, attempt, signal));
    } catch (second) {
      const text = `${messageOf(error)}; the parts that were sent are still there, because they ` +
        `could not be removed: ${messageOf(second)}`;
      throw new AggregateError([error, second], text, { cause: error });
    }
    throw error;
  }
}

/** The bytes in parts of equal length, but for the last, which comes when the number of bytes is right. */
async function* inParts(
  key: string,
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(Math.min(length, size)), at = 0, sent = 0;
  for await (const piece of bytes) {
    if (sent + at + piece.length > size) throw wrongSize(key, sent + at + piece.length, size);
    for (let from = 0; from < piece.length;) {
      if (at === part.length) {
        yield part;
        sent += at;
        part = new Uint8Array(Math.min(length, size - sent));
        at = 0;
      }
      const some = piece.subarray(from, from + part.length - at);
      part.set(some, at);
      at += some.length;
      from += some.length;
    }
  }
  if (sent + at < size) throw wrongSize(key, sent + at, size);
  yield part;
}

function wrongSize(key: string, got: number, size: number): RangeError {
  const found = got > size ? `${got} bytes or more` : `${got} bytes`;
  return new RangeError(`"${key}": ${found} were given, where ${size} were announced`);
}
