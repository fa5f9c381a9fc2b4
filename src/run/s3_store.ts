/**
 * Checkpoints in an object store, an entry of its own because only scripts that use one should load its client.
 *
 * ```ts ignore
 * import { Checkpoints, Model } from "@timestash/timestash";
 * import { S3Store } from "@timestash/timestash/s3";
 *
 * const archive = new S3Store({ bucket: "runs", prefix: "heat", region: "eu-central-1" });
 * const checkpoints = new Checkpoints(new Model({ name: "heat" }), "scratch", { archive });
 * ```
 *
 * @module
 */
import type { S3Connection, S3Credentials, S3Settings } from "../deps/aws_s3.ts";
import { StoreError } from "../errors.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import { version } from "../version.ts";
import type { CheckpointStore, StoredFile } from "./checkpoint_store.ts";
import { isStoredName } from "./file_names.ts";
import { storeErrorOf } from "./s3_failures.ts";
import { sendParts, sendWhole } from "./s3_upload.ts";

export type { CheckpointStore, StoredFile } from "./checkpoint_store.ts";
export type { S3Credentials } from "../deps/aws_s3.ts";
export { StoreError, type StoreFailure, TimestashError } from "../errors.ts";

/** Where an {@link S3Store} is. */
export interface S3StoreOptions {
  /** The bucket, which must be there. */
  readonly bucket: string;
  /** What stands before every name, as a folder would; defaults to nothing. */
  readonly prefix?: string | undefined;
  /** The address of a server other than Amazon's, as `https://s3.example.org`. */
  readonly endpoint?: string | undefined;
  /** Defaults to `us-east-1`, which servers other than Amazon's mostly take. */
  readonly region?: string | undefined;
  /** Defaults to those of the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, ...) or of `~/.aws`. */
  readonly credentials?: S3Credentials | undefined;
  /** Files of more bytes go in parts of so many, 5 MiB to 5 GiB; defaults to 16 MiB. One part is held in memory. */
  readonly partSize?: number | undefined;
  /** The seconds that a request may take, a part being one; defaults to 120. */
  readonly timeout?: number | undefined;
  /** How often a request is sent that fails for a reason that may pass; defaults to 3. */
  readonly attempts?: number | undefined;
}

const optionNames: OptionNames<S3StoreOptions> = {
  bucket: true,
  prefix: true,
  endpoint: true,
  region: true,
  credentials: true,
  partSize: true,
  timeout: true,
  attempts: true,
};

const MIB = 1 << 20;

/** The most files that one request removes, and the most parts of a file: rules of S3. */
const MOST_REMOVED = 1000, MOST_PARTS = 10_000;

/**
 * A bucket of an object store as the second tier of checkpoints: Amazon S3, or a server that understands it. Every body
 * is sent with its MD5, which the server compares; large files go in parts, and appear only when all of them are there,
 * so that a copy that was cut short is no file. A script needs `--allow-net` for the server, and `--allow-env`, because
 * the client looks there for its settings.
 *
 * @example
 * ```ts
 * import { Checkpoints, Model } from "@timestash/timestash";
 * import { S3Store } from "@timestash/timestash/s3";
 *
 * const archive = new S3Store({
 *   bucket: "runs",
 *   prefix: "heat",
 *   endpoint: "http://127.0.0.1:8080",
 *   credentials: { accessKeyId: "test:tester", secretAccessKey: "testing" },
 * });
 * console.log(archive.location); // s3://runs/heat/ at http://127.0.0.1:8080
 * const model = new Model({ name: "heat" });
 * const checkpoints = new Checkpoints(model, "scratch", { archive, keep: { last: 2 } });
 * console.log(checkpoints.run); // null, nothing is saved or sent yet
 * archive.close();
 * ```
 */
export class S3Store implements CheckpointStore {
  /** `s3://bucket/prefix/`, with the address of the server where one was given. */
  readonly location: string;
  readonly #settings: S3Settings;
  readonly #prefix: string;
  readonly #partSize: number;
  readonly #timeout: number;
  #connection: Promise<S3Connection> | null = null;

  /**
   * Sends nothing yet.
   *
   * @throws {TypeError} when an option does not exist or has a wrong type.
   * @throws {RangeError} when a name is empty, or a number is out of range.
   */
  constructor(options: S3StoreOptions) {
    requireOptions("S3Store", options, optionNames);
    const { bucket, endpoint, region = "us-east-1", credentials } = options;
    requireText("bucket", bucket);
    requireText("region", region);
    if (endpoint !== undefined && !URL.canParse(endpoint)) {
      throw new TypeError(`S3Store: endpoint is an address, got ${describe(endpoint)}`);
    }
    if (credentials !== undefined) {
      requireText("credentials.accessKeyId", credentials?.accessKeyId);
      requireText("credentials.secretAccessKey", credentials?.secretAccessKey);
    }
    this.#prefix = prefixOf(options.prefix ?? "");
    this.#partSize = within("partSize", options.partSize ?? 16 * MIB, 5 * MIB, 5 * 1024 * MIB);
    this.#timeout = within("timeout", options.timeout ?? 120, 0.001, 86_400);
    const attempts = within("attempts", options.attempts ?? 3, 1, 100);
    const agent = ["timestash", version] as const;
    this.#settings = { bucket, endpoint, region, credentials, attempts, agent };
    const server = endpoint === undefined ? "" : ` at ${endpoint}`;
    this.location = `s3://${bucket}/${this.#prefix}${server}`;
  }

  /**
   * All files, however many requests that takes.
   *
   * @throws {StoreError} when the server cannot be asked, or refuses.
   */
  async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    let next: string | undefined;
    do {
      const page = await this.#ask("list", (s3, signal) => s3.list(this.#prefix, next, signal));
      for (const { key, tag } of page.files) {
        const name = key.slice(this.#prefix.length);
        // Others may keep other things under the same prefix.
        if (isStoredName(name)) files.push({ name, version: tag });
      }
      next = page.next;
    } while (next !== undefined);
    return files;
  }

  /**
   * The contents of a file.
   *
   * @throws {TypeError} when the name leads elsewhere.
   * @throws {StoreError} when there is no such file, the server cannot be asked, or the connection ends too early.
   */
  async *read(name: string): AsyncGenerator<Uint8Array> {
    const key = this.#keyOf(name), what = `read "${name}"`;
    const { pieces, length } = await this.#ask(what, (s3, signal) => s3.get(key, signal));
    const arriving = pieces[Symbol.asyncIterator]();
    let got = 0;
    try {
      for (;;) {
        const next = await this.#ask(what, () => arriving.next());
        if (next.done === true) break;
        got += next.value.length;
        yield next.value;
      }
    } finally {
      // Of one that is not read to its end the rest is not fetched.
      await arriving.return?.();
    }
    if (length === undefined || got === length) return;
    const text = `cannot ${what} in "${this.location}": ${got} of ${length} bytes came`;
    throw new StoreError(this.location, "connection", text);
  }

  /**
   * Writes a file: at once, or in parts that become a file when the last one is there.
   *
   * @throws {TypeError} when the name leads elsewhere.
   * @throws {RangeError} when there are more or fewer bytes than `size`; nothing is written then.
   * @throws {StoreError} when the server cannot be asked, or refuses.
   */
  async write(name: string, bytes: AsyncIterable<Uint8Array>, size: number): Promise<void> {
    const key = this.#keyOf(name), what = `write "${name}"`;
    const part = Math.max(this.#partSize, Math.ceil(size / MOST_PARTS));
    const ask = <R>(work: (s3: S3Connection, signal: AbortSignal) => Promise<R>) =>
      this.#ask(what, work);
    if (size <= part) await sendWhole(key, bytes, size, ask);
    else await sendParts(key, bytes, size, part, ask);
  }

  /**
   * Removes a file; does nothing if it is not there.
   *
   * @throws {TypeError} when the name leads elsewhere.
   * @throws {StoreError} when the server cannot be asked, or refuses.
   */
  async remove(name: string): Promise<void> {
    const key = this.#keyOf(name);
    await this.#ask(`remove "${name}"`, (s3, signal) => s3.remove(key, signal));
  }

  /**
   * Removes files, up to 1000 with each request.
   *
   * @throws {TypeError} when a name leads elsewhere; nothing is removed then.
   * @throws {StoreError} when the server cannot be asked, or refuses; some of the files may be gone.
   */
  async removeAll(names: readonly string[]): Promise<void> {
    const keys = names.map((name) => this.#keyOf(name));
    for (let i = 0; i < keys.length; i += MOST_REMOVED) {
      const some = keys.slice(i, i + MOST_REMOVED), what = `remove ${some.length} files`;
      const left = await this.#ask(what, (s3, signal) => s3.removeAll(some, signal));
      if (left.length === 0) continue;
      const text = `cannot remove from "${this.location}": ${left.join("; ")}`;
      throw new StoreError(this.location, "server", text);
    }
  }

  /** Ends connections that are kept for later; the next request opens others. */
  close(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.then((s3) => s3.close());
  }

  /** Sends a request, ends it when it takes too long, and says what went wrong. */
  async #ask<R>(
    what: string,
    work: (s3: S3Connection, signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    const late = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      this.#connection ??= import("../deps/aws_s3.ts").then(({ openS3 }) => openS3(this.#settings));
      const s3 = await this.#connection;
      timer = setTimeout(() => late.abort(), 1000 * this.#timeout);
      return await unless(late.signal, work(s3, late.signal));
    } catch (error) {
      const seconds = late.signal.aborted ? this.#timeout : null;
      throw storeErrorOf(this.location, what, error, seconds);
    } finally {
      clearTimeout(timer);
    }
  }

  #keyOf(name: string): string {
    if (isStoredName(name)) return this.#prefix + name;
    throw new TypeError(`"${name}" is not the name of a file in "${this.location}"`);
  }
}

/** What the work comes to, or an error as soon as the signal says so. */
async function unless<R>(signal: AbortSignal, work: Promise<R>): Promise<R> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new DOMException("it took too long", "AbortError"));
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A prefix that ends like a folder. */
function prefixOf(prefix: unknown): string {
  if (typeof prefix !== "string") {
    throw new TypeError(`S3Store: prefix is a text, got ${describe(prefix)}`);
  }
  const inner = prefix.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `${inner}/`;
}

function requireText(what: string, value: unknown): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(`S3Store: ${what} is a text, got ${describe(value)}`);
  }
  if (value === "") throw new RangeError(`S3Store: ${what} is empty`);
}

function within(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`S3Store: ${what} is a number, got ${describe(value)}`);
  }
  if (value >= least && value <= most) return value;
  throw new RangeError(`S3Store: ${what} is from ${least} to ${most}, got ${value}`);
}
