/**
 * The viewer's page over http, for a run that is still going.
 *
 * @module
 */
import { runPage, type ViewerRequest } from "./save_viewer.ts";

/** A page that is served on this machine. */
export interface RunningViewer {
  /** The address, with a random word that nobody else knows. */
  readonly url: string;
  /** Ends it; resolves once it has ended. */
  close(): Promise<void>;
  /** Resolves once it has ended. */
  readonly finished: Promise<void>;
}

/** The headers of every answer: nothing is kept, guessed or told to others. */
const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** Serves the page at a free port of the loopback interface; it is made anew at each request. */
export function serveViewer(request: ViewerRequest, port: number): RunningViewer {
  const word = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (asked) => {
    const isIt = asked.method === "GET" && new URL(asked.url).pathname === `/${word}/`;
    if (!isIt) return new Response("there is nothing here\n", { status: 404 });
    try {
      return new Response(await runPage(request), { headers });
    } catch (error) {
      // A folder may not have a checkpoint yet; the next request looks again.
      const text = error instanceof Error ? error.message : String(error);
      return new Response(`${text}\n`, {
        status: 500,
        headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
      });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/${word}/`,
    close: () => server.shutdown(),
    finished: server.finished,
  };
}
