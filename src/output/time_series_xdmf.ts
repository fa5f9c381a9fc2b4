/**
 * XDMF 3: texts that describe where in an HDF5 file the arrays of a step are, and which steps there are.
 *
 * @module
 */
import { type ArrayKind, bytesPerElement } from "../arrays.ts";
import { firstNumbersOf, kindIn, numbersAt } from "../snapshot/numbers_in_blocks.ts";
import { hdf5PathOf } from "../snapshot/file/paths.ts";
import type { View } from "../archive/view/view.ts";
import { VIEW_ROOT } from "../snapshot/file/format.ts";
import { xmlText } from "./xml_text.ts";
import type { EntryMap } from "../archive/view/survey.ts";

/** The XDMF names of VTK's cell types. */
const topologies: Readonly<Record<number, string>> = {
  1: 'TopologyType="Polyvertex" NodesPerElement="1"',
  5: 'TopologyType="Triangle"',
  10: 'TopologyType="Tetrahedron"',
  22: 'TopologyType="Triangle_6"',
  24: 'TopologyType="Tetrahedron_10"',
};

/** A dataset as XDMF describes it. */
interface DataItem {
  readonly path: string;
  readonly kind: ArrayKind;
  readonly shape: readonly number[];
}

/** One grid as XDMF. */
export function gridOf(
  entries: EntryMap,
  view: View,
  name: string,
  file: string,
): string {
  const root = `${VIEW_ROOT}/${name}`, items = itemsOf(entries, view);
  const item = (path: string) => dataItem(items.get(path)!, file);
  const connectivity = cellsOf(view, root);
  const [count] = items.get(connectivity)!.shape;
  const types = view.own.find(({ path }) => path === `${root}/Types`)!.data;
  const lines = [
    `<Grid Name="${xmlText(name)}" GridType="Uniform">`,
    `  <Topology ${topologies[Number(firstNumbersOf(types, 1)[0])]} NumberOfElements="${count}">`,
    `    ${item(connectivity)}`,
    `  </Topology>`,
    `  <Geometry GeometryType="XYZ">`,
    `    ${item(`${root}/Points`)}`,
    `  </Geometry>`,
  ];
  for (const [folder, center] of [["PointData", "Node"], ["CellData", "Cell"]]) {
    const start = `${root}/${folder}/`;
    for (const [path, { shape }] of items) {
      if (!path.startsWith(start)) continue;
      const name = xmlText(path.slice(start.length)), type = typeOf(shape[1] ?? 1);
      lines.push(
        `  <Attribute Name="${name}" AttributeType="${type}" Center="${center}">`,
        `    ${item(path)}`,
        `  </Attribute>`,
      );
    }
  }
  return [...lines, "</Grid>"].join("\n");
}

/** The connectivity with one row for each cell; for straight cells it is the mesh's own table. */
function cellsOf(view: View, root: string): string {
  const table = view.virtual.find(({ path }) => path === `${root}/cells`);
  if (table !== undefined) return table.path;
  return view.virtual.find(({ path }) => path === `${root}/Connectivity`)!.sources[0].target;
}

/** Every dataset of the file that a grid may refer to. */
function itemsOf(entries: EntryMap, view: View): Map<string, DataItem> {
  const items = new Map<string, DataItem>();
  for (const [key, entry] of entries) {
    const numbers = numbersAt(entry), { shape } = entry;
    if (numbers === null) continue;
    const path = hdf5PathOf(key), flat = shape.length === 2 && shape[1] === 1;
    items.set(path, { path, kind: kindIn(numbers), shape: flat ? [shape[0]] : shape });
  }
  for (const { path, data, shape } of view.own) {
    items.set(path, { path, kind: kindIn(data), shape });
  }
  for (const { path, kind, shape } of view.virtual) items.set(path, { path, kind, shape });
  for (const { path, target } of view.links) {
    const found = items.get(target);
    if (found !== undefined) items.set(path, { ...found, path });
  }
  return items;
}

function typeOf(components: number): string {
  if (components === 1) return "Scalar";
  return components === 3 ? "Vector" : components === 9 ? "Tensor" : "Matrix";
}

function dataItem({ path, kind, shape }: DataItem, file: string): string {
  const bytes = bytesPerElement(kind);
  const whole = bytes === 1 ? "Char" : "Int";
  const type = kind.startsWith("float") ? "Float" : kind.startsWith("u") ? `U${whole}` : whole;
  return `<DataItem Dimensions="${shape.join(" ")}" NumberType="${type}" Precision="${bytes}" ` +
    `Format="HDF">${xmlText(file)}:${xmlText(path)}</DataItem>`;
}

/** The file of one step. Its time is a comment, since meshio cannot read a file with one grid and a time. */
export function stepDocument(step: number, time: number, grid: string): string {
  return documentOf(`<!-- step ${step} at ${time} -->\n${grid}`);
}

function documentOf(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<Xdmf Version="3.0">\n<Domain>\n${content}\n` +
    "</Domain>\n</Xdmf>\n";
}

const STEP = /<!-- step (\d+) at (\S+) -->\n(<Grid [\s\S]*?\n<\/Grid>)/g;

/** Whether a text is a file of all steps of the grid `name`. */
export function isSeriesOf(text: string, name: string): boolean {
  return text.includes(collectionOf(name));
}

/**
 * The file of all steps without those that a step of this number and time replaces, which are of a course that the
 * run has left.
 */
export function seriesBefore(text: string, name: string, step: number, time: number): string {
  return seriesDocument(name, stepsBefore(text, step, time));
}

/**
 * The file of all steps with one step added, ordered by time and then by step. Later steps, by number
 * or by time, are of a course that the run has left by going back; they are dropped.
 *
 * @param before The file as it was, or an empty text.
 */
export function seriesWith(
  before: string,
  name: string,
  step: number,
  time: number,
  grid: string,
): string {
  const steps = stepsBefore(before, step, time);
  const end = grid.indexOf("\n") + 1;
  const timed = `${grid.slice(0, end)}  <Time Value="${time}" />\n${grid.slice(end)}`;
  steps.set(step, { time, grid: timed });
  return seriesDocument(name, steps);
}

/** The steps of a series, each with its time and its grid. */
type Steps = Map<number, { readonly time: number; readonly grid: string }>;

function stepsBefore(text: string, step: number, time: number): Steps {
  const steps: Steps = new Map();
  for (const [, other, at, grid] of text.matchAll(STEP)) {
    if (Number(other) >= step || Number(at) > time) continue;
    steps.set(Number(other), { time: Number(at), grid });
  }
  return steps;
}

function collectionOf(name: string): string {
  return `<Grid Name="${xmlText(name)}" GridType="Collection" CollectionType="Temporal">`;
}

function seriesDocument(name: string, steps: Steps): string {
  const sorted = [...steps].sort(([a, { time: s }], [b, { time: t }]) => s - t || a - b);
  return documentOf([
    collectionOf(name),
    ...sorted.map(([own, { time, grid }]) => `<!-- step ${own} at ${time} -->\n${grid}`),
    "</Grid>",
  ].join("\n"));
}
