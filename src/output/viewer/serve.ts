/**
 * The viewer's page over http, for a run that is still going.
 *
 * @module
 */
import { viewerPage } from "./page.ts";
import type { RunData } from "./run_data.ts";
import { collect, isFolder, type ViewerRequest } from "./save_viewer.ts";

/** A page that is served on this machine. */
export interface RunningViewer {
  /** The address, with a random word that no one else knows. */
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

/** Serves the page at a free port of the loopback interface, and what is new for those who have it open. */
export async function serveViewer(request: ViewerRequest, port: number): Promise<RunningViewer> {
  const word = crypto.getRandomValues(new Uint8Array(16)).toHex();
  let known: RunData | undefined, going: Promise<RunData> | null = null;
  // Several pages that ask at once wait for one look.
  const look = async () => {
    going ??= collect(request, known).finally(() => going = null);
    return known = await going;
  };
  // What cannot become a page is an error here, and not a page; a folder may get its first checkpoint later.
  if (!isFolder(request)) await look();
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (asked) => {
    const { pathname, searchParams } = new URL(asked.url);
    const what = asked.method === "GET" ? pathname : "";
    if (what !== `/${word}/` && what !== `/${word}/data`) {
      return new Response("there is nothing here\n", { status: 404 });
    }
    try {
      const run = await look();
      if (what.endsWith("/data")) return news(run, searchParams);
      return new Response(viewerPage({ ...run.data, live: true }), { headers });
    } catch (error) {
      // A folder may not have a checkpoint yet; the next request looks again.
      const text = error instanceof Error ? error.message : String(error);
      return new Response(`${text}\n`, {
        status: 500,
        // A page that is open before the run has a checkpoint asks again by itself.
        headers: { ...headers, "content-type": "text/plain; charset=utf-8", refresh: "2" },
      });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/${word}/`,
    close: () => server.shutdown(),
    finished: server.finished,
  };
}

/** What a page does not have yet: states and surfaces behind those that it has, and in which order to show them. */
function news(run: RunData, asked: URLSearchParams): Response {
  const { data } = run;
  if (asked.get("stamp") === data.stamp) return new Response(null, { status: 204, headers });
  const number = (name: string) => Number(asked.get(name) ?? NaN);
  const answer = {
    ...data,
    live: true,
    order: data.states.map(({ serial }) => serial),
    states: data.states.filter(({ serial }) => !(serial <= number("serial"))),
    surfaces: data.surfaces.slice(number("surfaces") || 0),
  };
  return new Response(JSON.stringify(answer), {
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
  });
}
