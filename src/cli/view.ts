import { buildCommand, type Command } from "../deps/stricli.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import {
  type CliContext,
  type CommonFlags,
  isDirectory,
  jsonFlag,
  printJson,
  requireRun,
} from "./context.ts";
import { parseCount, parseName } from "./quantities.ts";

interface Flags extends CommonFlags {
  readonly html?: string;
  readonly run?: string;
  readonly states?: number;
}

async function view(this: CliContext, flags: Flags, path: string): Promise<void> {
  const { html, run, states, json } = flags;
  if (isDirectory(path)) await requireRun(new CheckpointCatalog(path), run);
  const { saveViewer, viewer } = await import("../output/files.ts");
  if (html === undefined) {
    const page = await viewer(path, { run, states });
    if (json) printJson(this, { path, url: page.url });
    else this.output.out(`${page.url}\nCtrl-C ends it\n`);
    return await page.finished;
  }
  await saveViewer(html, path, { run, states });
  if (json) printJson(this, { path, html });
  else this.output.out(`wrote ${html}\n`);
}

/** `timestash view PATH` */
export const viewCommand: Command<CliContext> = buildCommand<Flags, [string], CliContext>({
  func: view,
  parameters: {
    flags: {
      json: jsonFlag,
      html: {
        kind: "parsed",
        parse: parseName,
        brief: "Write one page with everything in it, in place of serving it on this machine",
        placeholder: "FILE",
        optional: true,
      },
      run: {
        kind: "parsed",
        parse: parseName,
        brief: "The run of a folder; defaults to the newest",
        optional: true,
      },
      states: {
        kind: "parsed",
        parse: parseCount,
        brief: "The largest number of states; defaults to 50",
        optional: true,
      },
    },
    positional: {
      kind: "tuple",
      parameters: [{
        brief: "A snapshot, or a folder of checkpoints",
        placeholder: "PATH",
        parse: String,
      }],
    },
  },
  docs: { brief: "Show a run in a browser" },
});
