import { assertEquals, assertStringIncludes } from "@std/assert";
import { tempDir, testNeeding } from "../_helpers.ts";

const root = new URL("../../", import.meta.url);
const script = (base: string) => `
import { Model } from "${base}mod.ts";
const model = new Model({ name: "beside" });
model.saveState();
await model.saveState({ file: "a.snap.h5" });
console.log(model.name);
// A worker would go on for ever.
if (Deno.mainModule === undefined) close();
`;

/** Runs `deno` with the script in a folder with a package.json, and perhaps a deno.json. */
async function beside(
  base: string,
  args: string[],
  { config, env = {} }: { config?: object; env?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  using folder = tempDir();
  Deno.mkdirSync(folder.join("mine"));
  const write = (name: string, content: string) =>
    Deno.writeTextFileSync(folder.join("mine", name), content);
  write("package.json", `{ "name": "mine", "type": "module", "dependencies": {} }`);
  write("script.ts", script(base));
  write("worker.ts", `new Worker(import.meta.resolve("./script.ts"), { type: "module" });`);
  if (config !== undefined) write("deno.json", JSON.stringify(config));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder.join("mine"),
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const files = ["--allow-read", "--allow-write"];

testNeeding(
  { run: true },
  "beside a package.json Deno wants its packages in node_modules; what the page says helps",
  async () => {
    const plain = await beside(root.href, ["run", ...files, "script.ts"]);
    assertEquals(plain.code, 1);
    assertStringIncludes(plain.stderr, "Could not find a matching package");
    const none = { config: { nodeModulesDir: "none" } };
    const ways: [string[], Parameters<typeof beside>[2]][] = [
      [["run", ...files, "script.ts"], none],
      [["run", ...files, "worker.ts"], none],
      [["test", "--no-check", ...files, "script.ts"], none],
      [["run", "--node-modules-dir=none", ...files, "script.ts"], {}],
      [["run", ...files, "script.ts"], { env: { DENO_NO_PACKAGE_JSON: "1" } }],
      [["run", ...files, "script.ts"], { config: { nodeModulesDir: "auto" } }],
    ];
    for (const [args, project] of ways) {
      const { code, stdout, stderr } = await beside(root.href, args, project);
      assertEquals(code, 0, `${args.join(" ")}\n${stderr}`);
      if (args[0] === "run") assertEquals(stdout, "beside\n", args.join(" "));
    }
  },
);
