/**
 * What importing the toolkit costs: the modules that are loaded at once and their size, the time around the import,
 * and what a whole process takes longer than one with an empty script. The smallest of several runs in turn; the first
 * run, which compiles, does not count.
 *
 *     deno run --allow-read --allow-run bench/import_bench.ts [runs]
 */

/** What a script may import, from the root of the repository. */
const entries = ["mod.ts", "src/expression/mod.ts", "src/equation/linear.ts", "src/cli/mod.ts"];

interface Cost {
  /** The milliseconds of a process. */
  process: number;
  /** The milliseconds around the import, as the script sees them. */
  import: number;
}

const root = new URL("../", import.meta.url);

/** Runs a script that imports `entry`, or nothing. */
async function run(entry: string | null): Promise<Cost> {
  const work = entry === null ? "" : `await import("${new URL(entry, root)}");`;
  const script = `const begun = performance.now(); ${work} console.log(performance.now() - begun);`;
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--ext=ts", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(script));
  await input.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`the import of ${entry} failed`);
  return {
    process: performance.now() - begun,
    import: Number(new TextDecoder().decode(stdout)),
  };
}

interface Dependency {
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier?: string };
}

interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly size?: number;
    readonly dependencies?: readonly Dependency[];
  }[];
}

/** The modules that are loaded with `entry`, and the bytes of their sources. */
async function loadedWith(entry: string): Promise<{ modules: number; bytes: number }> {
  const args = ["info", "--json", entry];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  const graph = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  const known = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Set(graph.roots);
  // A set that grows while it is walked is walked to its new end.
  for (const specifier of loaded) {
    for (const { isDynamic, code } of known.get(specifier)?.dependencies ?? []) {
      if (isDynamic !== true && code?.specifier !== undefined) loaded.add(code.specifier);
    }
  }
  const sizes = [...loaded].map((specifier) => known.get(specifier)?.size ?? 0);
  return { modules: loaded.size, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

const runs = Number(Deno.args[0] ?? 10);
const best = new Map<string | null, Cost>();
for (let i = -1; i < runs; i++) {
  for (const entry of [null, ...entries]) {
    const cost = await run(entry), before = best.get(entry);
    if (i < 0) continue;
    best.set(entry, {
      process: Math.min(cost.process, before?.process ?? Infinity),
      import: Math.min(cost.import, before?.import ?? Infinity),
    });
  }
}
const empty = best.get(null)!.process;
console.log(`an empty script takes ${empty.toFixed(0)} ms`);
for (const entry of entries) {
  const { modules, bytes } = await loadedWith(entry), cost = best.get(entry)!;
  console.log(
    `${entry}: ${modules} modules, ${(bytes / 1e6).toFixed(2)} MB, ` +
      `import ${cost.import.toFixed(0)} ms, process +${(cost.process - empty).toFixed(0)} ms`,
  );
}
