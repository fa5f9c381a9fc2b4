import { checkOptions, type OptionNames } from "../../options.ts";
import { geometryOf, type Mesh } from "../../mesh/mesh.ts";
import { fieldOf, MeshVariable } from "../../mesh/mesh_variable.ts";
import { type ColorMapName, paletteOf } from "./color_map.ts";
import { arrowMarks } from "./arrows.ts";
import {
  coarseTriangles,
  colorCount,
  indexed,
  type Raster,
  rasterize,
  rasterPalette,
  valueAt,
} from "./raster.ts";
import { drawFaces } from "./faces.ts";
import { type FrameLayout, frameLayoutOf } from "./frame_layout.ts";
import type { ColorBar } from "./legend.ts";
import { bendsOf } from "./bends.ts";
import { contourPath, edgePath, facetPath } from "./lines.ts";
import { briefly, extentOf, extentText, ticksOf, type ValueExtent } from "./ticks.ts";
import {
  type Patches,
  patchesOf,
  type PatchValues,
  type PlotSlice,
  samplePatches,
  slicePatches,
} from "./patches.ts";
import type { Picture } from "./picture.ts";
import {
  clockText,
  colorPlotOptionNames,
  type ColorPlotOptions,
  pictureWidth,
  rangeOf,
  sentence,
  spacePlotOptionNames,
  type SpacePlotOptions,
  unitsOf,
  windowOf,
} from "./plot_options.ts";
import { projectionFrom } from "./projection.ts";
import { placedFaces, sceneOf, tripod } from "./scene.ts";
import { ink } from "./svg_text.ts";
import { type PlotView, toPixels, windowAround } from "./view.ts";

/** Options of {@link plotField}. */
export interface FieldPlotOptions extends SpacePlotOptions, ColorPlotOptions {
  /** The component to show; of several, defaults to the length of the vector. */
  readonly component?: number;
  /** Contour lines: true for some at round values, their approximate number, or a list of values. */
  readonly contours?: boolean | number | readonly number[];
  /** Whether to draw the edges of the cells over the field, up to 20,000 cells. */
  readonly edges?: boolean;
  /** Whether arrows show the direction of a 2-D vector; defaults to true unless a component is chosen. */
  readonly arrows?: boolean;
  /** For a 3-D field, show the values in this plane instead of on the surface. */
  readonly slice?: PlotSlice;
}

/** The names of {@link FieldPlotOptions}. */
export const fieldPlotOptionNames: OptionNames<FieldPlotOptions> = {
  ...spacePlotOptionNames,
  ...colorPlotOptionNames,
  component: true,
  contours: true,
  edges: true,
  arrows: true,
  slice: true,
};

/** The pixels of an image per unit of the picture. */
const SCALE = 2;
/** The number of cells above which their edges would hide the field. */
const MANY_EDGES = 20_000;
/** The number of triangles above which contours are computed from pixels. */
const MANY = 50_000;

/** What is drawn, with all options resolved. */
interface Subject {
  readonly variable: MeshVariable;
  readonly options: FieldPlotOptions;
  readonly component: number | null;
  readonly patches: Patches;
  readonly samples: PatchValues;
  readonly extent: ValueExtent;
  readonly bar: ColorBar;
}

/**
 * Draws a field in colours with a colour bar, and optionally with contours and arrows. The values are those of
 * the polynomials in each cell, so jumps between cells are visible.
 *
 * A 3-D field is shown by its values on the surface, seen from a direction, or in a plane. NaN values are gray.
 * The picture shows the field at the time of the call, even if it is awaited later. The colours are an image,
 * so the size of the picture does not grow with the mesh.
 *
 * @throws {TypeError} when `variable` is not a mesh variable.
 * @throws {RangeError} when an option is out of range: a component that does not exist, contours of a field
 *   that is constant in every cell, a slice that misses the mesh.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, plotField } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [2, 1], cells: [16, 8] });
 * const T = new MeshVariable(mesh, "T", { degree: 2 });
 * T.set((x, y) => Math.sin(3 * x) * y);
 * const picture = await plotField(T, { units: "K", contours: true });
 * console.log(picture.width); // 600
 * ```
 */
export async function plotField(
  variable: MeshVariable,
  options: FieldPlotOptions = {},
): Promise<Picture> {
  checkOptions("plotField", options, fieldPlotOptionNames);
  if (!(variable instanceof MeshVariable)) {
    throw new TypeError("plotField takes a mesh variable first");
  }
  const subject = subjectOf(variable, options);
  const solid = variable.mesh.dim === 3 && options.slice === undefined;
  return await (solid ? plotSolid(subject) : plotPlane(subject));
}

function subjectOf(variable: MeshVariable, options: FieldPlotOptions): Subject {
  const { mesh, name, components } = variable;
  const component = componentOf(variable, options.component);
  const patches = options.slice === undefined ? patchesOf(mesh) : slicePatches(mesh, options.slice);
  const samples = samplePatches(fieldOf(variable), patches, component);
  const extent = extentOf(variable.allocated ? columnOf(variable, component) : [0]);
  const label = component === null
    ? `|${name}|`
    : components === 1
    ? name
    : `${name}[${component}]`;
  const units = unitsOf(mesh.model, name, options.units);
  const colors: ColorMapName = options.colors ?? "viridis";
  const bar: ColorBar = {
    kind: "bar",
    colors,
    range: rangeOf(options, extent),
    name: label,
    units,
  };
  return { variable, options, component, patches, samples, extent, bar };
}

/** The component to show; null for the length of the vector. */
function componentOf({ name, components }: MeshVariable, asked: number | undefined): number | null {
  if (asked === undefined) return components === 1 ? 0 : null;
  if (Number.isInteger(asked) && asked >= 0 && asked < components) return asked;
  throw new RangeError(
    `plotField: '${name}' has components 0 to ${components - 1}, got component ${asked}`,
  );
}

/** The value to show at every degree of freedom. */
function columnOf({ data, components }: MeshVariable, component: number | null): Float64Array {
  if (components === 1) return data;
  const out = new Float64Array(data.length / components);
  for (let i = 0; i < out.length; i++) {
    const row = data.subarray(i * components, (i + 1) * components);
    out[i] = component === null
      ? Math.sqrt(row.reduce((sum, v) => sum + v * v, 0))
      : row[component];
  }
  return out;
}

function layoutFor(
  subject: Subject,
  window: FrameLayout["spec"]["window"],
  axes: string | null,
): FrameLayout {
  const { variable: { mesh, degree, continuous }, options, extent, bar } = subject;
  const { slice } = options;
  return frameLayoutOf({
    title: options.title ?? bar.name,
    subtitle: sentence(
      extentText(extent, bar.units),
      extent.nonFinite === 0 ? "" : `${extent.nonFinite} not finite (gray)`,
      slice === undefined ? "" : `${slice.axis} = ${briefly(slice.at)}`,
      `P${degree}${continuous || degree === 0 ? "" : " discontinuous"} on ${mesh.name}`,
      clockText(mesh.model),
    ),
    width: pictureWidth(options),
    window,
    legend: bar,
    axes: axes === null ? null : {
      x: axes[0],
      y: axes[1],
      units: unitsOf(mesh.model, "length", options.lengthUnits),
    },
  });
}

async function plotPlane(subject: Subject): Promise<Picture> {
  const { variable, options, patches, samples, bar } = subject;
  const { mesh } = variable;
  const axes = options.slice === undefined ? "xy" : "xyz".replace(options.slice.axis, "");
  const points = mesh.dim === 2 ? patches.points : planePoints(patches.points, axes);
  const layout = layoutFor(subject, windowOf(options, () => windowAround(points, 2)), axes);
  const { view } = layout;
  const corners = toPixels(view, points);
  const width = view.width * SCALE, height = view.height * SCALE;
  const raster = rasterize(corners.map((value) => value * SCALE), samples, width, height);
  const data = indexed(raster, bar.range);
  const lines = contourLines(subject, corners, raster, layout) +
    (mesh.dim === 2 ? meshLines(mesh, view, options) : "");
  const withArrows = options.arrows ?? options.component === undefined;
  const marks = withArrows && mesh.dim === 2 && variable.components === 2
    ? arrowMarks(variable, view)
    : undefined;
  const palette = rasterPalette(paletteOf(bar.colors, colorCount));
  const { imageElement } = await import("./png_file.ts");
  const image = await imageElement({ width, height, data, palette }, view.width, view.height);
  const { compose } = await import("./frame.ts");
  return await compose(layout, [image, lines], { marks });
}

/** Two of three coordinates, `[n x 3]` to `[n x 2]`. */
function planePoints(points: Float64Array, axes: string): Float64Array {
  const [a, b] = ["xyz".indexOf(axes[0]), "xyz".indexOf(axes[1])];
  const out = new Float64Array(points.length / 3 * 2);
  for (let i = 0; i < out.length / 2; i++) {
    out[2 * i] = points[3 * i + a];
    out[2 * i + 1] = points[3 * i + b];
  }
  return out;
}

function contourLines(
  subject: Subject,
  corners: Float64Array,
  raster: Raster,
  layout: FrameLayout,
): string {
  const { variable, options: { contours = false }, samples, bar: { range } } = subject;
  if (contours === false) return "";
  if (variable.degree === 0) {
    throw new RangeError(
      `plotField: '${variable.name}' is constant in every cell, so it does not have contours`,
    );
  }
  const levels = typeof contours === "object"
    ? contours
    : ticksOf(range[0], range[1], contours === true ? layout.view.height / 48 : contours);
  const many = samples.values.length / samples.perPatch > MANY;
  const { corners: places, samples: values } = many
    ? coarseTriangles(raster, 2 * SCALE, SCALE)
    : { corners, samples };
  return `<path class="contours" d="${contourPath(places, values, levels)}" fill="none" ` +
    `stroke="black" stroke-opacity="0.55" stroke-width="0.9" stroke-linecap="round"/>`;
}

function meshLines(mesh: Mesh, view: PlotView, { edges = false }: FieldPlotOptions): string {
  const nodes = toPixels(view, geometryOf(mesh).coordinates), bends = bendsOf(mesh, view);
  const inner = edges && mesh.cellCount <= MANY_EDGES
    ? `<path class="edges" d="${edgePath(mesh, nodes, bends)}" fill="none" stroke="white" ` +
      `stroke-opacity="0.45" stroke-width="0.5"/>`
    : "";
  const rim = facetPath(mesh, geometryOf(mesh).topology.rimFacets, nodes, bends);
  return `${inner}<path class="rim" d="${rim}" fill="none" stroke="${ink.line}" stroke-width="1"/>`;
}

async function plotSolid(subject: Subject): Promise<Picture> {
  const { variable, options, patches, samples, bar: { range: [low, high], colors } } = subject;
  const scene = sceneOf(patches, projectionFrom(options.view));
  const layout = layoutFor(subject, scene.window, null);
  const { view } = layout;
  const scale = (colorCount - 1) / (high - low);
  const colorAt = (face: number, l0: number, l1: number, l2: number): number => {
    const value = valueAt(samples, face, l0, l1, l2);
    if (value !== value) return colorCount;
    return Math.round(Math.min(colorCount - 1, Math.max(0, (value - low) * scale)));
  };
  const palette = new Uint8Array(3 * colorCount + 3).fill(0xb0);
  palette.set(paletteOf(colors, colorCount));
  const edges = options.edges === true ? { width: 0.5, color: [255, 255, 255] as const } : null;
  const faces = { ...placedFaces(scene, view), palette, colorAt, edges };
  const pixels = drawFaces(faces, view.width, view.height, SCALE);
  const below = tripod(scene, view, unitsOf(variable.mesh.model, "length", options.lengthUnits));
  const { imageElement } = await import("./png_file.ts");
  const image = await imageElement(pixels, view.width, view.height);
  const { compose } = await import("./frame.ts");
  return await compose(layout, [image], { below });
}
