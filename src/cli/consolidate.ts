import { buildCommand, type Command } from "../deps/stricli.ts";
import { consolidateFile as consolidateSnapshot } from "../archive/manage.ts";
import { bytesText } from "../bytes_text.ts";
import { type CliContext, type CommonFlags, jsonFlag, printJson } from "./context.ts";

async function consolidate(this: CliContext, { json }: CommonFlags, file: string): Promise<void> {
  const before = Deno.statSync(file).size;
  await consolidateSnapshot(file);
  const bytes = Deno.statSync(file).size;
  if (json) printJson(this, { file, before, bytes });
  else {this.output.out(
      `${file} no longer needs other files: ${bytesText(before)} -> ${bytesText(bytes)}\n`,
    );}
}

/** `timestash consolidate FILE` */
export const consolidateCommand: Command<CliContext> = buildCommand<
  CommonFlags,
  [string],
  CliContext
>({
  func: consolidate,
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A snapshot", placeholder: "FILE", parse: String }],
    },
  },
  docs: { brief: "Make a snapshot self-contained: write what it links to into it" },
});
