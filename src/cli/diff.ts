import { buildCommand, type Command } from "../deps/stricli.ts";
import { diffSnapshots, type SnapshotDifference } from "../archive/diff.ts";
import { type CliContext, type CommonFlags, jsonFlag, printJson, tableOf } from "./context.ts";

async function diff(this: CliContext, { json }: CommonFlags, a: string, b: string): Promise<void> {
  const differences = await diffSnapshots(a, b);
  this.negative = differences.length > 0;
  if (json) printJson(this, { same: !this.negative, differences });
  else if (this.negative) {
    this.output.out(tableOf([["key", "largest", "what"], ...differences.map(row)]));
  } else this.output.out("the same, in every byte\n");
}

function row({ key, what, maxDifference }: SnapshotDifference): string[] {
  return [key, Number.isNaN(maxDifference) ? "" : maxDifference.toPrecision(3), what];
}

/** `timestash diff A B` */
export const diffCommand: Command<CliContext> = buildCommand<
  CommonFlags,
  [string, string],
  CliContext
>({
  func: diff,
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "A snapshot", placeholder: "A", parse: String },
        { brief: "Another one", placeholder: "B", parse: String },
      ],
    },
  },
  docs: { brief: "List the differences between two snapshots; exit code 1 if there are any" },
});
