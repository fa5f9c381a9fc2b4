import { checkOptions, type OptionNames } from "../../options.ts";
import { geometryOf } from "../../mesh/mesh.ts";
import { Swarm } from "../../swarm/swarm.ts";
import { colorHex } from "./color_map.ts";
import { type FrameLayout, frameLayoutOf, type FrameSpec } from "./frame_layout.ts";
import { bendsOf } from "./bends.ts";
import { facetPath, short } from "./lines.ts";
import { grouped } from "./ticks.ts";
import { colorsOf, type ParticleColorOptions, type ParticleColors } from "./particle_colors.ts";
import { patchesOf } from "./patches.ts";
import type { Picture } from "./picture.ts";
import {
  clockText,
  colorPlotOptionNames,
  pictureWidth,
  sentence,
  spacePlotOptionNames,
  type SpacePlotOptions,
  unitsOf,
  windowOf,
} from "./plot_options.ts";
import { project, projectionFrom } from "./projection.ts";
import { boxLines, sceneOf, tripod } from "./scene.ts";
import { ink } from "./svg_text.ts";
import { toPixels, windowAround } from "./view.ts";

/** Options of {@link plotSwarm}. */
export interface SwarmPlotOptions extends SpacePlotOptions, ParticleColorOptions {
  /** The radius of a particle in pixels; by default it depends on their number. */
  readonly radius?: number;
}

const optionNames: OptionNames<SwarmPlotOptions> = {
  ...spacePlotOptionNames,
  ...colorPlotOptionNames,
  variable: true,
  component: true,
  kinds: true,
  radius: true,
};

/** The pixels of an image per unit of the picture. */
const SCALE = 2;

/**
 * Draws the particles of a swarm in the outline of the mesh, in one colour or coloured by a variable. A variable
 * with few whole numbers, such as a material, gets a colour for each of them.
 *
 * The picture shows the particles at the time of the call, even if it is awaited later. Very many particles are
 * drawn as an image, so the size of the picture is bounded. In 3-D they are seen from a direction, in the box
 * around the mesh.
 *
 * @throws {TypeError} when `swarm` is not a swarm.
 * @throws {RangeError} when the variable or component does not exist, or an option is out of range.
 *
 * @example
 * ```ts
 * import { boxMesh, Model, plotSwarm, Swarm } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const swarm = new Swarm(mesh);
 * const material = swarm.addVariable("material", { dtype: "uint8" });
 * swarm.populate({ perCell: 4 });
 * material.set((x, y) => (y > 0.5 ? 1 : 0));
 * const picture = await plotSwarm(swarm, { variable: material, kinds: { 0: "clay", 1: "sand" } });
 * console.log(picture.svg.includes("sand")); // true
 * ```
 */
export async function plotSwarm(swarm: Swarm, options: SwarmPlotOptions = {}): Promise<Picture> {
  checkOptions("plotSwarm", options, optionNames);
  if (!(swarm instanceof Swarm)) throw new TypeError("plotSwarm takes a swarm first");
  const { radius } = options;
  if (radius !== undefined && !(radius > 0 && radius <= 50)) {
    throw new RangeError(`plotSwarm: radius must be a number of pixels up to 50, got ${radius}`);
  }
  const colors = colorsOf(swarm, options);
  return await (swarm.mesh.dim === 2
    ? plotPlane(swarm, colors, options)
    : plotSpace(swarm, colors, options));
}

function specOf(
  swarm: Swarm,
  { legend, name, about }: ParticleColors,
  options: SwarmPlotOptions,
): Omit<FrameSpec, "window" | "axes"> {
  return {
    title: options.title ?? (name === "" ? swarm.name : `${swarm.name}: ${name}`),
    subtitle: sentence(
      `${grouped(swarm.count)} particles in ${swarm.mesh.name}`,
      about,
      swarm.lost === 0 ? "" : `${grouped(swarm.lost)} lost so far`,
      clockText(swarm.mesh.model),
    ),
    width: pictureWidth(options),
    legend,
  };
}

async function plotPlane(
  swarm: Swarm,
  colors: ParticleColors,
  options: SwarmPlotOptions,
): Promise<Picture> {
  const { mesh } = swarm;
  const { coordinates, topology } = geometryOf(mesh);
  const layout = frameLayoutOf({
    ...specOf(swarm, colors, options),
    window: windowOf(options, () => windowAround(coordinates, 2)),
    axes: { x: "x", y: "y", units: unitsOf(mesh.model, "length", options.lengthUnits) },
  });
  const { view } = layout, nodes = toPixels(view, coordinates);
  const rim = facetPath(mesh, topology.rimFacets, nodes, bendsOf(mesh, view));
  const outline = `<path class="rim" d="${rim}" fill="none" stroke="${ink.line}"/>`;
  const pixels = toPixels(layout.view, swarm.coordinates.data);
  const few = swarm.count <= MANY_DOTS;
  const dots = few
    ? dotPaths(
      pixels,
      colors.entries,
      radiusOf(swarm, layout, options),
      (entry) => colorHex(colors.palette, entry),
    )
    : await dotImage(pixels, colors, radiusOf(swarm, layout, options), layout);
  const { compose } = await import("./frame.ts");
  return await compose(layout, [dots, outline]);
}

async function plotSpace(
  swarm: Swarm,
  colors: ParticleColors,
  options: SwarmPlotOptions,
): Promise<Picture> {
  const { mesh } = swarm;
  const scene = sceneOf(patchesOf(mesh), projectionFrom(options.view));
  const box = boxLines(scene);
  const layout = frameLayoutOf({
    ...specOf(swarm, colors, options),
    window: windowAround(box.points, 3, 0.08),
    axes: null,
  });
  const { view } = layout;
  const seen = project(scene.projection, swarm.coordinates.data);
  const order = Array.from({ length: swarm.count }, (_, i) => i)
    .sort((a, b) => seen[3 * a + 2] - seen[3 * b + 2] || a - b);
  const pixels = toPixels(
    view,
    Float64Array.from(order.flatMap((i) => [seen[3 * i], seen[3 * i + 1]])),
  );
  const sorted = { ...colors, entries: Uint8Array.from(order, (i) => colors.entries[i]) };
  const units = unitsOf(mesh.model, "length", options.lengthUnits);
  const dots = await dotImage(pixels, sorted, radiusOf(swarm, layout, options), layout);
  const layers = [box.behind(view), dots, box.before(view)];
  const { compose } = await import("./frame.ts");
  return await compose(layout, layers, { below: tripod(scene, view, units) });
}

/** A radius that leaves space between the particles, but keeps them visible. */
function radiusOf(swarm: Swarm, { view }: FrameLayout, { radius }: SwarmPlotOptions): number {
  const room = Math.sqrt(view.width * view.height / Math.max(1, swarm.count));
  return radius ?? Math.min(3, Math.max(0.5, 0.26 * room));
}

async function dotImage(
  pixels: Float64Array,
  { entries, palette }: ParticleColors,
  radius: number,
  { view }: FrameLayout,
): Promise<string> {
  const width = view.width * SCALE, height = view.height * SCALE;
  const fine = pixels.map((value) => value * SCALE);
  const data = dotPixels(fine, entries, radius * SCALE, width, height);
  const { imageElement } = await import("./png_file.ts");
  return await imageElement({ width, height, data, palette }, view.width, view.height);
}

/** The number of particles above which they are drawn as pixels. */
export const MANY_DOTS = 20_000;

/**
 * One path for each colour.
 *
 * @param pixels `[n x 2]`.
 * @param colors Entries of the palette, `[n]`.
 * @param paint The colour of an entry.
 */
export function dotPaths(
  pixels: Float64Array,
  colors: Uint8Array,
  radius: number,
  paint: (entry: number) => string,
): string {
  const paths = new Map<number, string[]>();
  for (let i = 0; i < colors.length; i++) {
    let path = paths.get(colors[i]);
    if (path === undefined) paths.set(colors[i], path = []);
    // A line of length zero with round ends is a dot, in few bytes.
    path.push(`M${short(pixels[2 * i])},${short(pixels[2 * i + 1])}h0`);
  }
  const groups = [...paths].toSorted(([a], [b]) => a - b).map(([entry, path]) =>
    `<path stroke="${paint(entry)}" d="${path.join("")}"/>`
  );
  return `<g class="particles" fill="none" stroke-width="${short(2 * radius)}" ` +
    `stroke-linecap="round">${groups.join("")}</g>`;
}

/** Dots as pixels, later ones over earlier ones: palette entries, with 0 for the background. */
export function dotPixels(
  pixels: Float64Array,
  colors: Uint8Array,
  radius: number,
  width: number,
  height: number,
): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let i = 0; i < colors.length; i++) {
    const x = pixels[2 * i], y = pixels[2 * i + 1];
    const left = Math.max(0, Math.ceil(x - radius - 0.5));
    const right = Math.min(width - 1, Math.floor(x + radius - 0.5));
    const top = Math.max(0, Math.ceil(y - radius - 0.5));
    const bottom = Math.min(height - 1, Math.floor(y + radius - 0.5));
    for (let v = top; v <= bottom; v++) {
      for (let u = left; u <= right; u++) {
        const dx = u + 0.5 - x, dy = v + 0.5 - y;
        if (dx * dx + dy * dy <= radius * radius) out[v * width + u] = colors[i];
      }
    }
  }
  return out;
}
