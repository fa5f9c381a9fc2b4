/** What tests of object stores share: a real server, and others that fail as they are told. @module */
import { assert } from "@std/assert";
import { S3Store, type S3StoreOptions } from "../../src/run/s3_store.ts";
import { missingOf } from "../_helpers.ts";

/** Debian's interpreter, which has python3-swift. */
const python = "/usr/bin/python3";
const script = new URL("./swift_server.py", import.meta.url).pathname;

/** What the client of the store needs. */
export const client = { net: "127.0.0.1", env: true } as const;

/** What is missing of Swift. */
function missingSwift(): string[] {
  if (missingOf({ ...client, run: true, programs: [python] }).length > 0) return ["python3-swift"];
  const args = [
    "-c",
    "import swift.common.middleware.s3api.s3api, os; os.stat('/etc/swift/swift.conf')",
  ];
  const { success } = new Deno.Command(python, { args, stderr: "null" }).outputSync();
  return success ? [] : ["python3-swift (with swift)"];
}

/** Debian: `apt-get install python3-swift swift`. */
export const swift = { ...client, run: true, programs: [python, ...missingSwift()] } as const;

/** A server of OpenStack Swift, which understands S3, in a folder. */
export async function startSwift(folder: string) {
  const server = new Deno.Command(python, {
    args: [script, folder],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = server.stdout.getReader();
  const { value } = await reader.read();
  const port = Number(new TextDecoder().decode(value));
  return {
    port,
    async [Symbol.asyncDispose]() {
      await server.stdin.close();
      await reader.cancel();
      await server.status;
    },
  };
}

/** The key that the servers of these tests know. */
export const credentials = { accessKeyId: "test:tester", secretAccessKey: "testing" };

/** A store at a port of this machine. */
export function storeAt(port: number, options: Partial<S3StoreOptions> = {}) {
  const endpoint = `http://127.0.0.1:${port}`;
  const store = new S3Store({ bucket: "runs", endpoint, credentials, attempts: 1, ...options });
  return Object.assign(store, { [Symbol.dispose]: () => store.close() });
}

/** Stands between a client and a server, and ends connections once the client has sent `most` bytes in all. */
export function cutting(port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const state = { most: Infinity, sent: 0 };
  const connections = new Set<Deno.Conn>(), served: Promise<void>[] = [];
  const ended = (async () => {
    for await (const client of listener) served.push(serve(client));
  })();
  /** What arrives at one side goes to the other, until a side has ended or `goesOn` says no. */
  async function copy(from: Deno.Conn, to: Deno.Conn, goesOn: (n: number) => boolean) {
    const buffer = new Uint8Array(1 << 16);
    try {
      for (let n; (n = await from.read(buffer)) !== null && goesOn(n);) {
        for (let at = 0; at < n;) at += await to.write(buffer.subarray(at, n));
      }
    } catch (error) {
      // One of the two has ended the connection, which is what this is for.
      assert(error instanceof Error);
    }
    for (const it of [from, to]) if (connections.delete(it)) it.close();
  }
  async function serve(client: Deno.Conn) {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    for (const it of [client, server]) connections.add(it);
    await Promise.all([
      copy(client, server, (n) => (state.sent += n) <= state.most),
      copy(server, client, () => true),
    ]);
  }
  return {
    state,
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await ended;
      for (const it of connections) if (connections.delete(it)) it.close();
      await Promise.all(served);
    },
  };
}

/** A server that answers as it is told. */
export function answering(answer: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Bytes in pieces. */
export async function* pieces(bytes: Uint8Array, length = 1 << 20): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    await Promise.resolve();
    yield bytes.subarray(at, at + length);
  }
}

/** All of a file. */
export async function contents(store: S3Store, name: string): Promise<Uint8Array> {
  return new Uint8Array(
    await new Blob(await Array.fromAsync(store.read(name)) as Uint8Array<ArrayBuffer>[])
      .arrayBuffer(),
  );
}
