import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { testNeeding } from "../_helpers.ts";
import { plantTree } from "../tools/_planted_tree.ts";
import { runStranger, serveFolder } from "./_loopback.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const needs = { net: "127.0.0.1", run: true } as const;

testNeeding(
  needs,
  "a planted module imports over http, and gets no permission but that",
  async () => {
    using tree = plantTree({
      "mod.ts": `export { double } from "./src/double.ts";`,
      "src/double.ts": `export const double = (x: number): number => 2 * x;`,
      "secret.txt": "not a module",
    });
    await using site = serveFolder(tree.path);
    const good = await runStranger(
      site.host,
      `import { double } from "http://HOST/mod.ts";\nconsole.log(double(Number(Deno.args[0])));`,
      ["21"],
    );
    assertEquals(good, { code: 0, stdout: "42\n", stderr: good.stderr });
    assertEquals(site.requests, ["/mod.ts", "/src/double.ts"]);
    const greedy = await runStranger(
      site.host,
      `import "http://HOST/mod.ts";\nDeno.readTextFileSync("script.ts");`,
    );
    assertEquals(greedy.code, 1);
    assertStringIncludes(greedy.stderr, "NotCapable");
    const missing = await runStranger(site.host, `import "http://HOST/secret.txt";`);
    assertEquals(missing.code, 1);
  },
);

testNeeding(
  needs,
  "mod.ts works from a URL with no import map and only --allow-import",
  async () => {
    await using site = serveFolder(root);
    const { code, stdout, stderr } = await runStranger(
      site.host,
      `
    import { boxMesh, MeshVariable, Model, Swarm } from "http://HOST/mod.ts";

    const model = new Model({ seed: 1 });
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
    const T = new MeshVariable(mesh, "T");
    T.set((x, y) => x - y);
    const swarm = new Swarm(mesh);
    swarm.populate({ perCell: 3 });
    const bytes = () => [T.data, swarm.coordinates.data].map((it) =>
      String(new Uint8Array(it.buffer, it.byteOffset, it.byteLength))
    ).join();
    const step = () => {
      swarm.advect((_x, _y, _z, out) => { out[0] = model.random.next(); out[1] = 0; }, 0.1);
      T.set((x, y, _z, t) => x * y + t);
      model.tracker.time += 0.1;
    };

    const before = bytes();
    using token = model.saveState();
    step();
    const after = bytes();
    model.loadState(token);
    const restored = bytes();
    step();
    console.log(JSON.stringify({
      changed: before !== after,
      restored: before === restored,
      again: after === bytes(),
      time: model.tracker.time,
    }));
    `,
    );
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), { changed: true, restored: true, again: true, time: 0.1 });
    assert(site.requests.includes("/src/model/model.ts"));
    assertEquals(site.requests.filter((path) => !/^\/(mod\.ts$|src\/)/.test(path)), []);
  },
);

testNeeding(needs, "the expression entry works from a URL", async () => {
  await using site = serveFolder(root);
  const { code, stdout, stderr } = await runStranger(
    site.host,
    `import { expression } from "http://HOST/src/expression/mod.ts";
    console.log(expression("kappa * x^2").derivative("x").compile()({ kappa: 3, x: 2 }));`,
  );
  assertEquals([code, stdout], [0, "12\n"], stderr);
});
