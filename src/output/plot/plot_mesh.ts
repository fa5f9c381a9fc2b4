import { checkOptions, type OptionNames } from "../../options.ts";
import { geometryOf, Mesh } from "../../mesh/mesh.ts";
import { colorHex, kindColor, kindCount } from "./color_map.ts";
import { drawFaces } from "./faces.ts";
import { frameLayoutOf } from "./frame_layout.ts";
import type { Pixels } from "./png_file.ts";
import type { Legend } from "./legend.ts";
import { type Bends, bendsOf } from "./bends.ts";
import { edgePath, facetPath } from "./lines.ts";
import { briefly, grouped } from "./ticks.ts";
import { type Patches, patchesOf } from "./patches.ts";
import type { Picture } from "./picture.ts";
import {
  clockText,
  pictureWidth,
  sentence,
  spacePlotOptionNames,
  type SpacePlotOptions,
  unitsOf,
  windowOf,
} from "./plot_options.ts";
import { projectionFrom } from "./projection.ts";
import { placedFaces, type Scene, sceneOf, tripod } from "./scene.ts";
import { ink } from "./svg_text.ts";
import { type PlotView, toPixels, windowAround } from "./view.ts";

/** Options of {@link plotMesh}. */
export interface MeshPlotOptions extends SpacePlotOptions {
  /** Whether named boundaries have colours; defaults to true. */
  readonly boundaries?: boolean;
  /** Whether named regions have colours; defaults to true if there are several. */
  readonly regions?: boolean;
}

const optionNames: OptionNames<MeshPlotOptions> = {
  ...spacePlotOptionNames,
  boundaries: true,
  regions: true,
};

/** The number of cells above which edges are drawn as pixels instead of lines. */
const MANY = 6000;
/** The pixels of an image per unit of the picture. */
const SCALE = 2;
const edgeColor = [0x5a, 0x66, 0x72] as const;
const EDGES = `stroke="#${
  new Uint8Array(edgeColor).toHex()
}" stroke-width="0.6" fill="none" stroke-linejoin="round"`;

/**
 * Draws the cells of a mesh, with named boundaries and regions in colours. A 3-D mesh is shown by its surface,
 * seen from a direction.
 *
 * The picture shows the mesh at the time of the call, even if it is awaited later. Large meshes are drawn as
 * pixels, so the size of the picture is bounded.
 *
 * @throws {TypeError} when `mesh` is not a mesh.
 * @throws {RangeError} when an option is out of range.
 *
 * @example
 * ```ts
 * import { annulusMesh, Model, plotMesh } from "@timestash/timestash";
 *
 * const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.1 });
 * const { svg } = await plotMesh(mesh, { width: 500 });
 * console.log(svg.includes("outer")); // true
 * ```
 */
export async function plotMesh(mesh: Mesh, options: MeshPlotOptions = {}): Promise<Picture> {
  checkOptions("plotMesh", options, optionNames);
  if (!(mesh instanceof Mesh)) throw new TypeError("plotMesh takes a mesh first");
  return await (mesh.dim === 2 ? plotPlane(mesh, options) : plotSurface(mesh, options));
}

async function plotPlane(mesh: Mesh, options: MeshPlotOptions): Promise<Picture> {
  const { coordinates } = geometryOf(mesh);
  const groups = groupsOf(mesh, options);
  const layout = frameLayoutOf({
    title: options.title ?? mesh.name,
    subtitle: describe(mesh),
    width: pictureWidth(options),
    window: windowOf(options, () => windowAround(coordinates, 2)),
    legend: groups.legend,
    axes: { x: "x", y: "y", units: unitsOf(mesh.model, "length", options.lengthUnits) },
  });
  const { view } = layout;
  const nodes = toPixels(view, coordinates);
  const few = mesh.cellCount <= MANY;
  const filling = few && groups.regions.length === 0 ? null : fillCells(mesh, view, groups, !few);
  const bends = bendsOf(mesh, view);
  const lines = few ? `<path class="edges" d="${edgePath(mesh, nodes, bends)}" ${EDGES}/>` : "";
  const rim = boundaryLines(mesh, nodes, bends, groups.boundaries);
  const { imageElement } = await import("./png_file.ts");
  const image = filling && await imageElement(filling, view.width, view.height);
  const { compose } = await import("./frame.ts");
  return await compose(layout, [image ?? "", lines, rim]);
}

async function plotSurface(mesh: Mesh, options: MeshPlotOptions): Promise<Picture> {
  const groups = groupsOf(mesh, { ...options, regions: false });
  const units = unitsOf(mesh.model, "length", options.lengthUnits);
  const patches = patchesOf(mesh);
  const scene = sceneOf(patches, projectionFrom(options.view));
  const layout = frameLayoutOf({
    title: options.title ?? mesh.name,
    subtitle: describe(mesh),
    width: pictureWidth(options),
    window: scene.window,
    legend: groups.legend,
    axes: null,
  });
  const pixels = drawSurface(mesh, patches, scene, layout.view, groups);
  const { imageElement } = await import("./png_file.ts");
  const image = await imageElement(pixels, layout.view.width, layout.view.height);
  const { compose } = await import("./frame.ts");
  return await compose(layout, [image], { below: tripod(scene, layout.view, units) });
}

function describe(mesh: Mesh): string {
  return sentence(
    `${grouped(mesh.nodeCount)} nodes`,
    `${grouped(mesh.cellCount)} ${mesh.dim === 2 ? "triangles" : "tetrahedra"}`,
    `inscribed radius ≥ ${briefly(mesh.minRadius, 3)}`,
    clockText(mesh.model),
  );
}

/** The named parts of a mesh, and their colours. */
interface Groups {
  /** The largest first, so that small ones are drawn on top. */
  readonly boundaries: readonly { readonly name: string; readonly color: number }[];
  readonly regions: readonly { readonly name: string; readonly color: number }[];
  readonly legend: Legend;
}

function groupsOf(mesh: Mesh, options: MeshPlotOptions): Groups {
  const { topology } = geometryOf(mesh);
  const { boundaries: withBoundaries = true, regions: withRegions = topology.regions.size > 1 } =
    options;
  const boundaries = withBoundaries
    ? [...topology.boundaries.keys()].map((name, i) => ({ name, color: i % kindCount }))
    : [];
  const regions = withRegions
    ? [...topology.regions.keys()].map((name, i) => ({ name, color: i % kindCount }))
    : [];
  const entries = [
    // Boundaries are faces on a surface, and lines in a plane.
    ...boundaries.map(({ name, color }) => ({
      name,
      color: mesh.dim === 3 ? colorHex(tints, 1 + color) : kindColor(color),
    })),
    ...regions.map(({ name, color }) => ({ name, color: colorHex(tints, 1 + color) })),
  ];
  const heading = regions.length === 0
    ? "boundaries"
    : boundaries.length === 0
    ? "regions"
    : "boundaries, regions";
  const size = (name: string) => topology.boundaries.get(name)!.length;
  return {
    boundaries: boundaries.toSorted((a, b) => size(b.name) - size(a.name)),
    regions,
    legend: entries.length === 0 ? null : { kind: "categories", heading, entries },
  };
}

/** Entry 0 is for unnamed parts; then come the colours of categories, mixed with white. */
const tints: Uint8Array = Uint8Array.from(
  ["#e9edf0", ...Array.from({ length: kindCount }, (_, i) => kindColor(i))].flatMap((hex, i) =>
    [1, 3, 5].map((k) => {
      const channel = parseInt(hex.slice(k, k + 2), 16);
      return i === 0 ? channel : Math.round(255 - 0.55 * (255 - channel));
    })
  ),
);

/** Fills the cells with the tints of their regions, with edges if those are not drawn as lines. */
function fillCells(mesh: Mesh, view: PlotView, { regions }: Groups, edges: boolean): Pixels {
  const { topology, curved } = geometryOf(mesh), patches = patchesOf(mesh);
  const tint = new Uint8Array(topology.cellCount);
  for (const { name, color } of regions) {
    for (const cell of topology.regions.get(name)!) tint[cell] = 1 + color;
  }
  return drawFaces(
    {
      corners: toPixels(view, patches.points),
      nearness: null,
      brightness: null,
      palette: regions.length === 0 ? new Uint8Array(tints.length).fill(255) : tints,
      colorAt: (patch) => tint[patches.cells[patch]],
      // Curved cells are in pieces, whose edges are not those of cells.
      edges: edges && curved === null ? { width: 0.6, color: edgeColor } : null,
    },
    view.width,
    view.height,
    SCALE,
  );
}

function boundaryLines(
  mesh: Mesh,
  nodes: Float64Array,
  bends: Bends | null,
  boundaries: Groups["boundaries"],
): string {
  const { topology } = geometryOf(mesh);
  const rim =
    `<path class="rim" d="${facetPath(mesh, topology.rimFacets, nodes, bends)}" fill="none" ` +
    `stroke="${ink.line}" stroke-width="1.2"/>`;
  return rim +
    boundaries.map(({ name, color }) =>
      `<path class="boundary" d="${
        facetPath(mesh, topology.facetsOf(name), nodes, bends)
      }" fill="none" ` +
      `stroke="${
        kindColor(color)
      }" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>`
    ).join("");
}

/** The rim with edges, in the tints of the boundaries. */
function drawSurface(
  mesh: Mesh,
  patches: Patches,
  scene: Scene,
  view: PlotView,
  { boundaries }: Groups,
): Pixels {
  const { topology } = geometryOf(mesh);
  const { rimFacets } = topology;
  const tintOf = new Map<number, number>();
  for (const { name, color } of boundaries) {
    const { count, cells, locals } = topology.facetsOf(name);
    for (let f = 0; f < count; f++) tintOf.set(4 * cells[f] + locals[f], 1 + color);
  }
  const tint = Uint8Array.from(
    { length: patches.count },
    (_, f) => tintOf.get(4 * rimFacets.cells[f] + rimFacets.locals[f]) ?? 0,
  );
  const faces = {
    ...placedFaces(scene, view),
    palette: tints,
    colorAt: (face: number) => tint[face],
    edges: { width: 0.7, color: edgeColor },
  };
  return drawFaces(faces, view.width, view.height, SCALE);
}
