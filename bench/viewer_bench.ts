/**
 * How many pictures a second a browser really shows while a large surface is turned in the viewer's page: a closed
 * bumpy plate of 984,000 triangles, in headless Chromium (Debian: `chromium`) without a graphics card.
 *
 *     deno run --allow-read --allow-write --allow-run --allow-net=127.0.0.1 bench/viewer_bench.ts [runs]
 */
import { boxMesh, MeshVariable, Model, saveViewer } from "../mod.ts";

/** A page whose only state has a quadratic field on a plate: four triangles on each of its 246,012 facets. */
async function writePage(path: string): Promise<void> {
  const model = new Model({ name: "plate" }), n = 247;
  const mesh = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 0.1], cells: [n, n, 1] });
  const bumpy = Float64Array.from(mesh.coordinates.data as Float64Array);
  for (let i = 0; i < bumpy.length; i += 3) {
    bumpy[i + 2] += 0.1 * Math.sin(14 * bumpy[i]) * Math.cos(11 * bumpy[i + 1]);
  }
  mesh.deform(bumpy);
  new MeshVariable(mesh, "T", { degree: 2 }).set((x, y, z) => Math.sin(9 * x) * y + z);
  await saveViewer(path, model);
}

/** The address of the page in a browser's own debugger. */
async function debuggerOf(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  for await (const piece of stderr.pipeThrough(new TextDecoderStream())) {
    said += piece;
    const port = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
    if (port === undefined) continue;
    const pages = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
    return pages.find(({ type }: { type: string }) => type === "page").webSocketDebuggerUrl;
  }
  throw new Error(`Chromium did not start:\n${said}`);
}

/** What the page says when it has turned; until then it is asked again and again. */
async function textOf(address: string): Promise<string> {
  const socket = new WebSocket(address);
  await new Promise((resolve) => socket.onopen = resolve);
  const expression = `document.getElementById("turns")?.textContent ?? ""`;
  for (;;) {
    const answer = new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
    socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } }));
    // A page that is still being loaded has no answer yet.
    const text = JSON.parse((await answer).data).result?.result?.value ?? "";
    if (text.includes("second")) {
      socket.close();
      return text;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const folder = Deno.makeTempDirSync(), runs = Number(Deno.args[0] ?? 3);
try {
  await writePage(`${folder}/plate.html`);
  for (let i = 0; i < runs; i++) {
    const browser = new Deno.Command("chromium", {
      args: [
        ...["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"],
        ...[`--user-data-dir=${folder}/profile`, `file://${folder}/plate.html#turns=120`],
      ],
      stderr: "piped",
    }).spawn();
    // Both ends are read, so that the browser never waits for what it says.
    const [first, rest] = browser.stderr.tee();
    const drained = rest.pipeTo(new WritableStream());
    console.log(await textOf(await debuggerOf(first)));
    browser.kill();
    await Promise.all([drained, browser.status]);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
