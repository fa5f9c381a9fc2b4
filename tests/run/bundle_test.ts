import { assert, assertEquals } from "@std/assert";
import { tempDir, testNeeding } from "../_helpers.ts";

const script = `
import { boxMesh, Diffusion, MeshVariable, Model, plotField, runRanks, Swarm } from "${new URL(
  "../../mod.ts",
  import.meta.url,
)}";
const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
const T = new MeshVariable(mesh, "T"), swarm = new Swarm(mesh);
T.set((x) => x);
swarm.populate({ perCell: 2 });
new Diffusion(T, { diffusivity: (x) => 1 + x }).solve({ dt: 0.1 });
const before = Float64Array.from(T.data);
await model.saveState({ file: "a.snap.h5" });
await model.saveState({ file: "b.snap.h5", background: true });
const svg = (await plotField(T)).svg;
T.set(() => 0);
await model.loadState("b.snap.h5");
const kept = before.every((value, i) => Object.is(value, T.data[i]));
console.log(mesh.coordinates.shape, mesh.coordinates.get(1, 0), swarm.count, kept, svg.length > 1000);
const ranks = runRanks(2, "data:text/javascript,export const main = () => 1;");
console.log(await ranks.catch(({ code, message }) => code + " " + /bundled script/.test(message)));
`;

testNeeding({ run: true }, "a bundled script runs by itself", async () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("script.ts"), script);
  const deno = async (...args: string[]) => {
    const options = { args, cwd: dir.path, env: { NO_COLOR: "1" } };
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stderr));
    return decoder.decode(stdout);
  };
  await deno("bundle", "--quiet", "script.ts", "-o", "script.js");
  assertEquals(
    await deno("run", "--allow-read", "--allow-write", "script.js"),
    "[ 25, 2 ] 0.25 64 true true\nCOMM true\n",
  );
});
