import { kindOf } from "../arrays.ts";
import { buildCommand, type Command } from "../deps/stricli.ts";
import { inspectSnapshot, readSnapshot, readSnapshotMetadata } from "../archive/disk.ts";
import { open } from "../snapshot/snapshot.ts";
import { type CliContext, type CommonFlags, jsonFlag, printJson } from "./context.ts";

async function inspect(this: CliContext, { json }: CommonFlags, file: string): Promise<void> {
  if (!json) {
    this.output.out(await inspectSnapshot(file));
    return;
  }
  const metadata = await readSnapshotMetadata(file);
  using snapshot = await readSnapshot(file);
  const backend = open(snapshot);
  const entries = Array.from(backend.keys(), (key) => {
    const { kind, data, shape, attributes } = backend.get(key)!;
    return {
      key,
      kind,
      dtype: data && kindOf(data),
      shape,
      bytes: data?.byteLength ?? 0,
      attributes,
    };
  });
  printJson(this, { file, metadata, entries });
}

/** `timestash inspect FILE` */
export const inspectCommand: Command<CliContext> = buildCommand<CommonFlags, [string], CliContext>({
  func: inspect,
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A snapshot", placeholder: "FILE", parse: String }],
    },
  },
  docs: { brief: "Show what is in a snapshot: origin, time, sizes, variables with their range" },
});
