import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readSnapshot } from "../../src/archive/disk.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { checkpointsOf, heat, runTo } from "../run/_run.ts";
import { cli, cliJson, fillFolder } from "./_cli.ts";

Deno.test("without a command, and with --help, it says what there is", async () => {
  for (const args of [[], ["--help"]]) {
    const { code, out } = await cli(...args);
    assertEquals(code, 0);
    for (
      const word of ["inspect", "verify", "diff", "list", "prune", "export", "consolidate", "log"]
    ) {
      assertStringIncludes(out, `timestash ${word}`);
    }
  }
  const { code, out } = await cli("prune", "--help");
  assertEquals(code, 0);
  assertStringIncludes(out, "--dry-run");
  assertEquals((await cli("--version")).out, "0.1.0\n");
});

Deno.test("what is not understood ends with 2, what fails with 3, and both say why", async () => {
  using dir = tempDir();
  const unknown = await cli("inspekt", "x");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.err, "did you mean `inspect`");
  const wrong: [string[], string][] = [
    [["verify"], "PATH"],
    [["list", dir.path, "--nope"], "nope"],
    [["export", "x", "--to", "xml"], "xml"],
    [["prune", dir.path, "--last", "many"], "many"],
    // Each of these would keep nothing but the newest, or lose what is pinned, if it were taken for a number or a name.
    [["prune", dir.path, "--last", ""], "not a whole number"],
    [["prune", dir.path, "--last", " "], "not a whole number"],
    [["prune", dir.path, "--last", "0x2"], "not a whole number"],
    [["prune", dir.path, "--last", "1.5"], "not a whole number"],
    [["prune", dir.path, "--last=-1"], "not a whole number"],
    [["prune", dir.path, "--last", "1e3"], "not a whole number"],
    [["prune", dir.path, "--every-steps", ""], "not a whole number"],
    [["prune", dir.path, "--every-time", ""], "not a positive number"],
    [["prune", dir.path, "--every-time", "Infinity"], "not a positive number"],
    [["prune", dir.path, "--best", "misfit", "--best-count", ""], "not a whole number"],
    [["prune", dir.path, "--best", ""], "the name is empty"],
    [["prune", dir.path, "--last", "1", "--pinned", "paper,"], "the name is empty"],
    [["prune", dir.path, "--last", "1", "--run", ""], "the name is empty"],
    [["prune", dir.path, "--max-age", ""], "not a duration"],
    [["prune", dir.path, "--max-bytes", ""], "not a size"],
    [["prune", dir.path, "--max-age", "soon"], "not a duration"],
  ];
  for (const [args, word] of wrong) {
    const { code, err } = await cli(...args);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(err, word);
  }
  Deno.writeTextFileSync(dir.join("text.h5"), "hello");
  const failing: [string[], string][] = [
    [["inspect", dir.join("none.h5")], "no such file"],
    [["inspect", dir.join("text.h5")], "not a snapshot"],
    [["list", dir.join("none")], "not a folder"],
    [["prune", dir.path], "needs a rule"],
    [["prune", dir.path, "--last", "1", "--run", "heta"], 'no run "heta"'],
    [["verify", dir.join("none.h5")], "No such file"],
  ];
  for (const [args, word] of failing) {
    const { code, err } = await cli(...args);
    assertEquals(code, 3, args.join(" "));
    assertStringIncludes(err, word);
    assert(!err.includes("    at "), "no stack for people");
  }
});

Deno.test("inspect shows a snapshot, list a folder", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const file = dir.join("heat-step4.snap.h5");
  const { code, out } = await cli("inspect", file);
  assertEquals(code, 0);
  assertStringIncludes(out, "Mesh_0");
  const { value } = await cliJson("inspect", file);
  assertEquals(value.metadata.step, 4);
  const T = value.entries.find(({ key }: { key: string }) => key === "meshes/Mesh_0/variables/T");
  assertEquals([T.dtype, T.shape[0], T.bytes], ["float64", 9, 72]);

  const list = await cli("list", dir.path);
  assertEquals(list.code, 0);
  assertStringIncludes(list.out, "run heat: completed");
  assert(/heat-step2\.snap\.h5 +heat +2 +0\.2 .*pinned/.test(list.out), list.out);
  assertStringIncludes(list.out, "3 checkpoint(s)");
  const listed = (await cliJson("list", dir.path, "--run", "heat")).value;
  assertEquals(listed.checkpoints.map((it: { step: number }) => it.step), [2, 4, 6]);
  assertEquals([listed.runs[0].status, listed.problems], ["completed", []]);
  assertEquals((await cliJson("list", dir.path, "--run", "other")).value.checkpoints, []);
});

Deno.test("verify ends with 0 for sound files and 1 for damaged ones, and names what is damaged", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const sound = await cli("verify", dir.path);
  assertEquals([sound.code, sound.out.match(/^ok/gm)?.length], [0, 3]);
  const bytes = Deno.readFileSync(dir.join("heat-step4.snap.h5"));
  bytes[bytes.length >> 1] ^= 4;
  Deno.writeFileSync(dir.join("heat-step4.snap.h5"), bytes);
  Deno.writeTextFileSync(dir.join("text.h5"), "hello");
  const damaged = await cli("verify", dir.path);
  assertEquals([damaged.code, damaged.out.match(/^DAMAGED/gm)?.length], [1, 2]);
  const { code, value } = await cliJson("verify", dir.path);
  assertEquals([code, value.ok, value.files.length], [1, false, 4]);
  const one = await cliJson("verify", dir.join("heat-step6.snap.h5"));
  assertEquals([one.code, one.value.ok], [0, true]);
});

Deno.test("diff lists what differs and ends with 1; the same file is the same", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const [a, b] = [dir.join("heat-step2.snap.h5"), dir.join("heat-step4.snap.h5")];
  const different = await cli("diff", a, b);
  assertEquals(different.code, 1);
  assertStringIncludes(different.out, "meshes/Mesh_0/variables/T");
  const { value } = await cliJson("diff", a, b);
  const step = value.differences.find(({ key }: { key: string }) => key === "tracker/step");
  assertEquals([value.same, step.what], [false, "2 became 4"]);
  assertEquals(await cli("diff", a, a), { code: 0, out: "the same, in every byte\n", err: "" });
});

Deno.test("prune says with --dry-run what it then does, and leaves running runs alone", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const dry = await cliJson("prune", dir.path, "--last", "1", "--dry-run");
  assertEquals([dry.code, dry.value.removed.length, dry.value.kept.length], [0, 1, 2]);
  assertEquals((await cliJson("list", dir.path)).value.checkpoints.length, 3);
  const living = checkpointsOf(heat({ name: "other" }), dir.path, { every: { steps: 1 } });
  await runTo(living.checkpoints, 3);
  const { code, out } = await cli("prune", dir.path, "--last", "1");
  assertEquals(code, 0);
  assert(/remove +heat-step4\.snap\.h5 +no rule keeps it/.test(out), out);
  assertStringIncludes(out, "its run is still running");
  assertStringIncludes(out, "1 checkpoint(s)");
  assertEquals((await cliJson("list", dir.path)).value.checkpoints.length, 5);
  await living.checkpoints.close();
  await cli("prune", dir.path, "--run", "other", "--every-steps", "2", "--max-bytes", "1GB");
  const left = (await cliJson("list", dir.path, "--run", "other")).value.checkpoints;
  assertEquals(left.map((it: { step: number }) => it.step), [1, 2, 3]);
});

Deno.test("purge removes runs that are old, with --dry-run only says so, and leaves what is pinned", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const other = checkpointsOf(heat({ name: "other" }), dir.path, { every: { steps: 1 } });
  await runTo(other.checkpoints, 2);
  const living = await cli("purge", dir.path, "--older-than", "0s", "--dry-run");
  assert(/keep +other +it is still running/.test(living.out), living.out);
  await other.checkpoints.complete();
  const young = await cliJson("purge", dir.path, "--older-than", "1d");
  assertEquals([young.value.removed, young.value.bytes], [[], 0]);
  const dry = await cliJson("purge", dir.path, "--older-than", "0s", "--dry-run");
  assertEquals(dry.value.removed.map((it: { run: string }) => it.run), ["other"]);
  const { code, value } = await cliJson("purge", dir.path, "--older-than", "0s");
  assertEquals([code, value.bytes], [0, dry.value.bytes]);
  assertEquals(
    (await cliJson("list", dir.path)).value.checkpoints.map((it: { file: string }) => it.file),
    [
      "heat-step2.snap.h5",
    ],
  );
  assertEquals((await cliJson("list", dir.path)).value.runs.map((it: { id: string }) => it.id), [
    "heat",
  ]);
  assertEquals((await cli("purge", dir.path, "--older-than", "")).code, 2);
  assertEquals((await cli("purge", dir.path)).code, 2);
});

Deno.test("export writes every number as JSON, to the last bit", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const file = dir.join("heat-step6.snap.h5");
  const { code, out } = await cli("export", file, "--to", "json");
  assertEquals(code, 0);
  const { entries, metadata } = JSON.parse(out);
  assertEquals(metadata.step, 6);
  using snapshot = await readSnapshot(file);
  const key = "meshes/Mesh_0/variables/T";
  assertEquals(entries[key].data, Array.from(snapshot.read(key) as Float64Array));
  assertEquals(Object.keys(entries), snapshot.keys());
  const written = await cli("export", file, "--to", "json", "--out", dir.join("a.json"));
  assertStringIncludes(written.out, "wrote");
  assertEquals(Deno.readTextFileSync(dir.join("a.json")), out);
});

Deno.test("export does not write over the snapshot that it reads, by whichever name", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const file = dir.join("heat-step2.snap.h5"), bytes = Deno.readFileSync(file);
  Deno.symlinkSync(file, dir.join("link.json"));
  Deno.linkSync(file, dir.join("hard.json"));
  for (const out of [file, `${dir.path}/./heat-step2.snap.h5`, "link.json", "hard.json"]) {
    const path = out.includes("/") ? out : dir.join(out);
    const { code, err } = await cli("export", file, "--to", "json", "--out", path);
    assert(code !== 0 && err.includes("is a snapshot"), err);
    assertEquals(Deno.readFileSync(file), bytes);
  }
});

Deno.test("no command writes over a snapshot, and what cannot be read leaves no file", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const file = dir.join("heat-step2.snap.h5"), newest = dir.join("heat-step6.snap.h5");
  const before = Deno.readFileSync(newest), { path } = dir;
  Deno.symlinkSync("heat-step6.snap.h5", dir.join("chart.svg"));
  for (
    const args of [
      ["export", file, "--format", "npz", "--out", newest],
      ["export", file, "--format", "json", "--out", newest],
      ["view", path, "--html", newest],
      ["view", newest, "--html", newest],
      ["log", path, "--chart", dir.join("chart.svg")],
    ]
  ) {
    const { code, err } = await cli(...args);
    assert(code !== 0 && err.includes("is a snapshot"), `${args}: ${err}`);
    assertEquals(Deno.readFileSync(newest), before);
  }
  Deno.writeFileSync(file, Deno.readFileSync(file).subarray(0, 9000));
  const { code } = await cli("export", file, "--format", "json", "--out", dir.join("a.json"));
  assert(code !== 0);
  assertEquals(Array.from(Deno.readDirSync(path)).some(({ name }) => /a\.json/.test(name)), false);
});

Deno.test("export writes fields and particles as CSV tables", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const file = dir.join("heat-step6.snap.h5");
  const particles = await cli("export", file, "--to", "csv", "--of", "Swarm_0");
  assertEquals(particles.out, "id,x,y,material\n0,0.25,0.5,0\n1,0.75,0.5,0\n");
  const several = await cli("export", file, "--to", "csv");
  assertEquals(several.code, 3);
  assertStringIncludes(several.err, "Mesh_0.T, Mesh_0.v, Swarm_0");
  assertEquals((await cli("export", file, "--to", "csv", "--of", "x")).code, 3);
  const all = await cliJson("export", file, "--to", "csv", "--out", dir.join("tables"));
  assertEquals(all.value.written.length, 3);
  const v = Deno.readTextFileSync(all.value.written[1]).split("\n");
  assertEquals([v[0], v.length], ["x,y,v_0,v_1", 11]);
  const [x, y, vx, vy] = v[5].split(",");
  assertEquals([vx, vy], [x, y]);
});

Deno.test("consolidate makes an incremental snapshot whole", async () => {
  using dir = tempDir();
  const model = heat();
  model.tracker.table = new Float64Array(4000).map((_, i) => i);
  const { checkpoints } = checkpointsOf(model, dir.path, {
    every: { steps: 1 },
    incremental: true,
  });
  await runTo(checkpoints, 2);
  await checkpoints.label(await checkpoints.select(-1), { paper: "figure 2" });
  await checkpoints.complete();
  const file = dir.join("heat-step2.snap.h5");
  const { code, value } = await cliJson("consolidate", file);
  assertEquals(code, 0);
  assert(value.bytes > value.before + 30_000);
  Deno.removeSync(dir.join("heat-step1.snap.h5"));
  assertEquals((await cli("verify", file)).code, 0);
  const [entry] = (await cliJson("list", dir.path)).value.checkpoints;
  assertEquals([entry.file, entry.needs], ["heat-step2.snap.h5", []]);
  assertEquals(entry.labels, { paper: "figure 2" });
});

testNeeding({ run: true }, "the program itself prints and ends with the exit code", async () => {
  using dir = tempDir();
  await fillFolder(dir.path);
  const run = async (...args: string[]) => {
    const program = new URL("../../src/cli/mod.ts", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-read", program, ...args],
      stderr: "null",
    }).output();
    return { code, out: new TextDecoder().decode(stdout) };
  };
  const [a, b] = [dir.join("heat-step2.snap.h5"), dir.join("heat-step4.snap.h5")];
  assertEquals((await run("diff", a, b)).code, 1);
  assertEquals((await run("verify", dir.path)).code, 0);
  assertEquals((await run("nope")).code, 2);
  // A folder that may only be read can be listed all the same.
  Deno.removeSync(dir.join("catalog.json"));
  const listed = await run("list", dir.path, "--json");
  assertEquals([listed.code, JSON.parse(listed.out).checkpoints.length], [0, 3]);
});
