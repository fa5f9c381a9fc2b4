/**
 * Serves a folder of modules on this machine, for scripts that import the toolkit by URL:
 * `deno run --allow-read --allow-net=127.0.0.1 tools/serve.ts . 8000`, or `deno task serve`.
 *
 * @module
 */
import { join } from "@std/path";

const mediaTypes: Record<string, string> = {
  ts: "application/typescript",
  js: "application/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/**
 * Answers requests for the modules below `root` on 127.0.0.1; other kinds of files are not served.
 *
 * @param onRequest is given each path that is asked for.
 */
export function serveModules(
  root: string,
  port = 0,
  onRequest: (path: string) => void = () => {},
): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port, onListen: () => {} };
  return Deno.serve(options, (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    onRequest(path);
    const type = mediaTypes[path.slice(path.lastIndexOf(".") + 1)];
    // A URL's path never climbs above its root, so neither does this.
    const body = type ? readIfThere(join(root, path)) : null;
    return body === null
      ? new Response(`no module at ${path}`, { status: 404 })
      : new Response(body, { headers: { "content-type": type } });
  });
}

function readIfThere(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) {
      return null;
    }
    throw error;
  }
}

if (import.meta.main) {
  const [root = ".", port = "8000"] = Deno.args;
  const { addr } = serveModules(root, Number(port));
  console.log(`http://${addr.hostname}:${addr.port}/mod.ts (Ctrl-C ends it)`);
}
