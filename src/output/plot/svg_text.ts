/**
 * Text in SVG.
 *
 * @module
 */
import { xmlText } from "../xml_text.ts";

/** The font family of texts: the font of PNGs, or one that the viewer has. */
export const fontFamily = "'DejaVu Sans', Verdana, 'Segoe UI', sans-serif";

/** The colours of everything but data. */
export const ink = { text: "#222222", faint: "#666666", line: "#444444" } as const;

/** The approximate width of a text in pixels; digits and small letters of DejaVu Sans are 0.6 em wide. */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const sign of text) {
    em += "il.,:;|'·()[] jtfrI".includes(sign) ? 0.37 : /[A-Z%@mwMW×−]/.test(sign) ? 0.78 : 0.63;
  }
  return em * size;
}

/** The text, shortened with an ellipsis if it is wider than `width` pixels. */
export function fitted(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  let kept = [...text];
  while (kept.length > 1 && textWidth(kept.join("") + "…", size) > width) kept = kept.slice(0, -1);
  return kept.join("").trimEnd() + "…";
}

/** A line of parts with dots between, without those at its end that make it wider than `width` pixels. */
export function fittedParts(text: string, size: number, width: number): string {
  const cut = text.lastIndexOf(" · ");
  return cut < 0 || textWidth(text, size) <= width
    ? fitted(text, size, width)
    : fittedParts(text.slice(0, cut), size, width);
}

/** The style of a text. */
export interface TextStyle {
  readonly size: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly color?: string;
  readonly bold?: boolean;
  /** Degrees, clockwise. */
  readonly turn?: number;
}

/** A text whose baseline goes through (x, y). */
export function textElement(text: string, x: number, y: number, style: TextStyle): string {
  const { size, anchor = "start", color = ink.text, bold = false, turn = 0 } = style;
  const place = turn === 0
    ? `x="${x}" y="${y}"`
    : `transform="translate(${x},${y}) rotate(${turn})"`;
  const weight = bold ? ' font-weight="bold"' : "";
  const align = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text ${place} font-size="${size}" fill="${color}"${align}${weight}>${
    xmlText(text)
  }</text>`;
}
