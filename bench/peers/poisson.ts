/**
 * The problem of `solve_bench.ts` in other tools, where they are installed: dolfinx (Debian package
 * `python3-dolfinx`) and FreeFem++ (`freefem++`), on one thread.
 *
 * @module
 */

/** One measured case of another tool; seconds. */
export interface PeerRow {
  readonly tool: string;
  readonly element: string;
  readonly dofs: number;
  readonly assemble: number;
  readonly solve: number;
  readonly iterations: number;
  readonly max: number;
}

const programs: readonly (readonly [string, readonly string[]])[] = [
  ["/usr/bin/python3", ["poisson_dolfinx.py"]],
  ["FreeFem++", ["-nw", "-v", "0", "poisson_freefem.edp"]],
];

/** Runs every tool that is there; the others are named on the console. */
export async function peerRows(): Promise<PeerRow[]> {
  const rows: PeerRow[] = [];
  const permission = await Deno.permissions.query({ name: "run" });
  if (permission.state !== "granted") {
    console.log("\nOther tools: left out, they need --allow-run");
    return rows;
  }
  console.log("\nOther tools, one thread");
  const folder = new URL(".", import.meta.url).pathname;
  for (const [program, words] of programs) {
    const args = words.map((word) => (word.includes(".") ? folder + word : word));
    try {
      const { success, stdout } = await new Deno.Command(program, {
        args,
        env: { OMP_NUM_THREADS: "1" },
        stderr: "null",
      }).output();
      const lines = new TextDecoder().decode(stdout).split("\n").filter((l) => l.startsWith("{"));
      if (!success || lines.length === 0) {
        console.log(`  ${words.at(-1)}: the tool is not installed`);
      } else rows.push(...lines.map((line) => JSON.parse(line) as PeerRow));
    } catch {
      console.log(`  ${program} is not installed`);
    }
  }
  return rows;
}
