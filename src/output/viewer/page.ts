/**
 * One page that shows a run, with its data and its program in it.
 *
 * @module
 */
import { type ColorMapName, paletteOf } from "../plot/color_map.ts";
import { xmlText } from "../xml_text.ts";
import { livePageScript, pageScript } from "./page_script.ts";
import type { ViewerData } from "./run_data.ts";

const maps: readonly ColorMapName[] = ["viridis", "magma", "blueRed", "gray"];

const style = `:root{color-scheme:light dark;font:14px system-ui,sans-serif}
body{margin:16px;max-width:1100px}h1{font-size:18px;margin:0 0 8px}
.row{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;margin:6px 0}
canvas#picture{background:#8881;max-width:100%;touch-action:none;cursor:crosshair;display:block}
input[type=range]{width:min(420px,60vw);vertical-align:middle}#position{width:180px}output{min-height:1.3em;display:inline-block}
polyline{fill:none;stroke:currentColor}circle{fill:#d55e00}[hidden]{display:none!important}
#live,#extent,#dots{opacity:.75}table{border-collapse:collapse;margin:6px 0}td,th{text-align:left;padding:1px 14px 1px 0}
.gone{opacity:.6}kbd{border:1px solid #8888;border-radius:3px;padding:0 4px}summary{cursor:pointer}`;

const key = (name: string) => `<kbd>${name}</kbd>`;
const help = `<p>${key("←")} ${key("→")} ${key("Home")} ${key("End")} states, ${
  key("space")
} plays them; ${key("f")} ${key("F")} field; ${key("c")} colours; ${key("d")} difference; ${
  key("a")
} arrows; ${key("s")} slice, ${key("[")} ${key("]")} move it; ${key("h")} ${key("j")} ${key("k")} ${
  key("l")
} turn; ${key("+")} ${key("-")} zoom, ${
  key("0")
} shows everything. With the pointer: drag turns or moves (in space with ${
  key("shift")
}), the wheel zooms.</p>`;

const controls = `<div class="row"><h1 id="title"></h1><span id="live"></span></div>
<div class="row"><label>State <input type="range" id='state' min="0" value="0" step="1"></label><button id="play">play</button><span id="where"></span></div>
<div class="row"><label>Field <select id="field"></select></label>
<label>Colours <select id="colors"></select></label>
<label><input type="checkbox" id="same"> one scale for all states</label>
<label id="arrowed"><input type="checkbox" id="arrows"> arrows</label>
<label id="particleChoice">Particles <select id="particles"></select></label>
<label>Page <select id="theme"><option value="light dark">as the system</option><option>light</option><option>dark</option></select></label></div>
<div class="row" id="slices" hidden><label>Slice <select id="slice"><option value="">none</option><option>x</option><option>y</option><option>z</option></select></label>
<input type="range" id="position" min="0" max="1000" value="500" aria-label="where the slice is"><span id="height"></span>
<label id="rested"><input type="checkbox" id="rest"> with the part behind</label></div>
<div class="row"><label><input type="checkbox" id="difference"> difference</label>
<input type="range" id="other" min="0" value="0" step="1" aria-label="state to subtract" hidden><span id="against" hidden></span></div>
<canvas id="picture" width="800" height="600" tabindex="0" aria-label="the field; the text below says what is under the pointer"></canvas>
<div class="row"><span id="low"></span><canvas id="bar" width="256" height="12"></canvas><span id="high"></span>
<output id="value"></output><strong id="note"></strong></div>
<div class="row"><span id="extent"></span><span id="dots"></span><span id="turns" hidden>drag to turn</span></div>
<div class="row" id="charts"><label>Chart <select id="quantity"></select></label>
<svg id="chart" width="300" height="80" role="img" aria-label="chart"><polyline points=""/><circle r="3.5"/></svg><span id="number"></span></div>
<details id="checkpoints" hidden><summary></summary><table><thead><tr><th>step</th><th>file</th><th>size</th><th></th><th>why</th></tr></thead><tbody></tbody></table></details>
<details><summary>Keys</summary>${help}</details>`;

/** The page as HTML, which needs nothing else; a live one asks its own address for what is new. */
export function viewerPage(data: ViewerData): string {
  const palettes = Object.fromEntries(maps.map((name) => [name, paletteOf(name, 256).toBase64()]));
  // No text of a file can end the element that it stands in, or begin another.
  const json = JSON.stringify({ ...data, palettes }).replace(/[<>&\u2028\u2029]/g, escaped);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${xmlText(data.title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:${
    data.live ? "; connect-src 'self'" : ""
  }">
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>${style}</style></head><body>
${controls}
<script type="application/json" id="run">${json}</script>
<script>${data.live ? livePageScript : pageScript}</script>
</body></html>
`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
