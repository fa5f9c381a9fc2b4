import { ensureDirSync } from "@std/fs";
import { dirname } from "@std/path";
import { type TempDir, tempDir } from "../_helpers.ts";

/** A throw-away tree of files, for checks that read a repository. */
export function plantTree(files: Readonly<Record<string, string>>): TempDir {
  const dir = tempDir();
  for (const [path, text] of Object.entries(files)) {
    ensureDirSync(dirname(dir.join(path)));
    Deno.writeTextFileSync(dir.join(path), text);
  }
  return dir;
}
