/**
 * Runs a program of another tool that prints a line of JSON for each case.
 *
 * @module
 */

/** The lines of a Python program in this folder; none where it cannot run, which is said on the console. */
export async function peerLines(program: string): Promise<Record<string, unknown>[]> {
  const permission = await Deno.permissions.query({ name: "run" });
  if (permission.state !== "granted") {
    console.log("\nOther tools: left out, they need --allow-run");
    return [];
  }
  console.log("\nOther tools, one thread");
  try {
    const { success, stdout } = await new Deno.Command("/usr/bin/python3", {
      args: [new URL(program, import.meta.url).pathname],
      env: { OMP_NUM_THREADS: "1" },
      stderr: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((l) => l.startsWith("{"));
    if (!success || lines.length === 0) console.log(`  ${program}: the tool is not installed`);
    return success ? lines.map((line) => JSON.parse(line)) : [];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("  /usr/bin/python3 is not installed");
    return [];
  }
}
