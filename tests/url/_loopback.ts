import { join } from "@std/path";
import { serveModules } from "../../tools/serve.ts";
import { type TempDir, tempDir } from "../_helpers.ts";

/** A folder of modules as a web site on this machine. */
export interface Site extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
}

/** Serves the modules below `root`; needs the network permission. */
export function serveFolder(root: string): Site {
  const requests: string[] = [];
  const server = serveModules(root, 0, (path) => requests.push(path));
  return {
    host: `127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What a program came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script as a stranger to this repository would: in a folder of its own, with no configuration,
 * no lock file, no cached module, and `--allow-import` for `host` as its only permission.
 *
 * @param script the text of the script; `HOST` in it stands for `host`
 */
export async function runStranger(
  host: string,
  script: string,
  args: string[] = [],
): Promise<Outcome> {
  using folder = tempDir();
  Deno.writeTextFileSync(folder.join("script.ts"), script.replaceAll("HOST", host));
  const cache = await freshCache(folder);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-config",
      "--no-lock",
      `--allow-import=${host}`,
      "script.ts",
      ...args,
    ],
    cwd: folder.path,
    env: { DENO_DIR: cache, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/**
 * A cache of its own for the modules; npm packages, whose content is fixed by name and version, are
 * taken from the cache that is there, so that the test does not fetch them every time.
 */
export async function freshCache(folder: TempDir): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stdin: "null",
  }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  const cache = folder.join("cache");
  Deno.mkdirSync(cache);
  try {
    Deno.symlinkSync(npmCache, join(cache, "npm"));
  } catch { /* no links on this system: then the packages are fetched */ }
  return cache;
}
