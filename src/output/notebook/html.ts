/**
 * HTML for notebooks with a light or a dark theme.
 *
 * @module
 */
import { xmlText } from "../xml_text.ts";

/** A table with a heading; the first cell of each row is its name. */
export interface Section {
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const cell = "text-align:left;padding:2px 14px 2px 0;vertical-align:top";

/** A title, a line below it, and tables; sections without rows are omitted. */
export function card(title: string, subtitle: string, sections: readonly Section[]): string {
  const tables = sections.filter(({ rows }) => rows.length > 0).map(table);
  return `<div style="font-size:13px;line-height:1.5"><strong style="font-size:15px">${
    xmlText(title)
  }</strong><div style="opacity:0.7">${xmlText(subtitle)}</div>${tables.join("")}</div>`;
}

function table({ heading, columns, rows }: Section): string {
  const heads = [heading, ...columns].map((name, i) =>
    `<th style="${cell};${i === 0 ? "" : "font-weight:normal;opacity:0.7"}">${xmlText(name)}</th>`
  );
  const lines = rows.map((row) =>
    `<tr>${row.map((text) => `<td style="${cell}">${xmlText(text)}</td>`).join("")}</tr>`
  );
  return `<table style="margin:8px 0 0;border-collapse:collapse"><thead><tr>${
    heads.join("")
  }</tr></thead><tbody>${lines.join("")}</tbody></table>`;
}
