/**
 * One page that shows a run, with its data and its program in it.
 *
 * @module
 */
import { type ColorMapName, paletteOf } from "../plot/color_map.ts";
import { xmlText } from "../xml_text.ts";
import { pageScript } from "./page_script.ts";
import type { ViewerData } from "./run_data.ts";

const maps: readonly ColorMapName[] = ["viridis", "magma", "blueRed", "gray"];

const style = `:root{color-scheme:light dark;font:14px system-ui,sans-serif}
body{margin:16px;max-width:1100px}h1{font-size:18px;margin:0 0 8px}
.row{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;margin:6px 0}
canvas#picture{background:#8881;max-width:100%;touch-action:none;cursor:crosshair;display:block}
input[type=range]{width:min(420px,60vw)}output{min-height:1.3em;display:inline-block}
polyline{fill:none;stroke:currentColor}circle{fill:#d55e00}[hidden]{display:none}`;

const controls = `<h1 id="title"></h1>
<div class="row"><label>State <input type="range" id='state' min="0" value="0" step="1"></label><span id="where"></span></div>
<div class="row"><label>Field <select id="field"></select></label>
<label>Colours <select id="colors"></select></label>
<label><input type="checkbox" id="same"> one scale for all states</label>
<label><input type="checkbox" id="arrows"> arrows</label>
<label>Particles <select id="particles"></select></label></div>
<div class="row"><label><input type="checkbox" id="difference"> difference</label>
<input type="range" id="other" min="0" value="0" step="1" aria-label="state to subtract" hidden><span id="against" hidden></span></div>
<canvas id="picture" width="800" height="600"></canvas>
<div class="row"><span id="low"></span><canvas id="bar" width="256" height="12"></canvas><span id="high"></span>
<output id="value"></output><strong id="note"></strong></div>
<div class="row" id="charts"><label>Chart <select id="quantity"></select></label>
<svg id="chart" width="300" height="80" role="img" aria-label="chart"><polyline points=""/><circle r="3.5"/></svg><span id="number"></span></div>`;

/** The page as HTML, which needs nothing else and asks for nothing. */
export function viewerPage(data: ViewerData): string {
  const palettes = Object.fromEntries(maps.map((name) => [name, paletteOf(name, 256).toBase64()]));
  // No text of a file can end the element that it stands in, or begin another.
  const json = JSON.stringify({ ...data, palettes }).replace(/[<>&\u2028\u2029]/g, escaped);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${xmlText(data.title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>${style}</style></head><body>
${controls}
<script type="application/json" id="run">${json}</script>
<script>${pageScript}</script>
</body></html>
`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
