/**
 * The problems of `stokes_bench.ts` in dolfinx (Debian package `python3-dolfinx`), where it is installed, on one
 * thread.
 *
 * @module
 */

/** One line for every case of dolfinx; none where it is not installed or may not be run. */
export async function stokesPeerRows(small: boolean): Promise<string[]> {
  const permission = await Deno.permissions.query({ name: "run" });
  if (permission.state !== "granted") return ["\ndolfinx: left out, it needs --allow-run"];
  const script = new URL("stokes_dolfinx.py", import.meta.url).pathname;
  try {
    const { success, stdout } = await new Deno.Command("/usr/bin/python3", {
      args: small ? [script, "--small"] : [script],
      env: { OMP_NUM_THREADS: "1" },
      stderr: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    if (!success || lines.length === 0) return ["\ndolfinx is not installed"];
    return ["\ndolfinx, seconds of CPU time: assembly, set-up and solve", ...lines];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return ["\npython3 is not installed"];
  }
}
