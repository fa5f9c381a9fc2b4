/**
 * The legend of a plot, which explains its colours: a colour bar, or a list of categories.
 *
 * @module
 */
import { colorHex, type ColorMapName, paletteOf } from "./color_map.ts";
import { labelOf, tickStyle } from "./ticks.ts";
import { fitted, ink, textElement, textWidth } from "./svg_text.ts";

/** The colours of numbers. */
export interface ColorBar {
  readonly kind: "bar";
  readonly colors: ColorMapName;
  readonly range: readonly [number, number];
  readonly name: string;
  readonly units: string;
}

/** The colours of names. */
export interface CategoryLegend {
  readonly kind: "categories";
  readonly heading: string;
  readonly entries: readonly { readonly name: string; readonly color: string }[];
}

/** A legend; null if there is none. */
export type Legend = ColorBar | CategoryLegend | null;

const SIZE = 11;
const BAR = 14;
const LEGEND_TEXT = 110;
/** The number of stops of the gradient. */
const STOPS = 33;

/** The space that a legend needs on the right, or at the bottom of a flat plot. */
export function legendRoom(legend: Legend, flat: boolean): { right: number; bottom: number } {
  if (legend === null) return { right: 0, bottom: 0 };
  if (legend.kind === "categories") {
    const widest = Math.max(
      1.15 * textWidth(legend.heading, SIZE),
      ...legend.entries.map(({ name }) => textWidth(name, SIZE) + 18),
    );
    return { right: Math.ceil(Math.min(widest, LEGEND_TEXT + 18)) + 22, bottom: 0 };
  }
  return flat
    ? { right: 0, bottom: 58 }
    : { right: 16 + BAR + 8 + barText(legend) + 22, bottom: 0 };
}

/** The width of the numbers, however many there will be. */
function barText({ range }: ColorBar): number {
  const widths = [2, 4, 8, 12].flatMap((count) => {
    const style = tickStyle(range[0], range[1], count);
    return style.ticks.map((tick) => textWidth(style.text(tick), SIZE));
  });
  return Math.ceil(Math.max(...widths));
}

/** The frame of the plot that the legend belongs to. */
export interface LegendBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Draws the legend. */
export function drawLegend(legend: Legend, box: LegendBox, flat: boolean): string {
  if (legend === null) return "";
  if (legend.kind === "categories") return drawCategories(legend, box);
  return flat ? drawFlatBar(legend, box) : drawBar(legend, box);
}

function gradient(colors: ColorMapName, flat: boolean): { id: string; element: string } {
  const palette = paletteOf(colors, STOPS);
  const stops = Array.from(
    { length: STOPS },
    (_, i) => `<stop offset="${i / (STOPS - 1)}" stop-color="${colorHex(palette, i)}"/>`,
  ).join("");
  // The id determines the content, so two pictures on one page may share it.
  const id = `timestash-${colors}${flat ? "-flat" : ""}`;
  const way = flat ? 'x1="0" y1="0" x2="1" y2="0"' : 'x1="0" y1="1" x2="0" y2="0"';
  return { id, element: `<linearGradient id="${id}" ${way}>${stops}</linearGradient>` };
}

function drawBar(bar: ColorBar, box: LegendBox): string {
  const [low, high] = bar.range;
  const { ticks, text, exponent } = tickStyle(low, high, Math.max(2, box.height / 48));
  const x = box.left + box.width + 16;
  const { id, element } = gradient(bar.colors, false);
  const marks = ticks.map((tick) => {
    const y = Math.round((box.top + ((high - tick) / (high - low)) * box.height) * 10) / 10;
    return `<path d="M${x + BAR},${y}h4" stroke="${ink.line}"/>` +
      textElement(text(tick), x + BAR + 7, y + 4, { size: SIZE });
  }).join("");
  const label = fitted(labelOf(bar.name, bar.units, exponent), 12, box.height);
  return `<g class="legend">${element}${barFrame(x, box.top, BAR, box.height, id)}${marks}${
    textElement(label, x + BAR + 8 + barText(bar) + 16, box.top + box.height / 2, {
      size: 12,
      anchor: "middle",
      turn: -90,
    })
  }</g>`;
}

function drawFlatBar(bar: ColorBar, box: LegendBox): string {
  const [low, high] = bar.range;
  const { ticks, text, exponent } = tickStyle(low, high, Math.max(2, box.width / 80));
  const y = box.top + box.height + 50;
  const { id, element } = gradient(bar.colors, true);
  const marks = ticks.map((tick) => {
    const x = Math.round((box.left + ((tick - low) / (high - low)) * box.width) * 10) / 10;
    return `<path d="M${x},${y + BAR}v4" stroke="${ink.line}"/>` +
      textElement(text(tick), x, y + BAR + 16, { size: SIZE, anchor: "middle" });
  }).join("");
  const label = labelOf(bar.name, bar.units, exponent);
  return `<g class="legend">${element}${barFrame(box.left, y, box.width, BAR, id)}${marks}${
    textElement(label, box.left + box.width / 2, y + BAR + 32, { size: 12, anchor: "middle" })
  }</g>`;
}

function barFrame(x: number, y: number, width: number, height: number, id: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="url(#${id})" ` +
    `stroke="${ink.line}" stroke-width="0.75"/>`;
}

function drawCategories({ heading, entries }: CategoryLegend, box: LegendBox): string {
  const x = box.left + box.width + 14;
  const rows = Math.max(1, Math.floor((box.height - 18) / 18));
  const shown = entries.length > rows ? entries.slice(0, rows - 1) : entries;
  const lines = shown.map(({ name, color }, i) => {
    const y = box.top + 20 + 18 * i;
    return `<rect x="${x}" y="${y}" width="11" height="11" rx="2" fill="${color}"/>` +
      textElement(fitted(name, SIZE, LEGEND_TEXT), x + 17, y + 9.5, { size: SIZE });
  });
  if (shown.length < entries.length) {
    const y = box.top + 20 + 18 * shown.length;
    lines.push(
      textElement(`and ${entries.length - shown.length} more`, x, y + 9.5, {
        size: SIZE,
        color: ink.faint,
      }),
    );
  }
  return `<g class="legend">${
    textElement(fitted(heading, SIZE, LEGEND_TEXT + 18), x, box.top + 10, {
      size: SIZE,
      bold: true,
    })
  }${lines.join("")}</g>`;
}
