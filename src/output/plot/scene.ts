/**
 * A 3-D mesh in the picture plane: its projected faces, and the axes as a small tripod.
 *
 * @module
 */
import type { Faces } from "./faces.ts";
import type { Patches } from "./patches.ts";
import { briefly } from "./ticks.ts";
import { brightnessOf, project, type ViewProjection } from "./projection.ts";
import { ink, textElement } from "./svg_text.ts";
import { type PlotView, type PlotWindow, toPixels, windowAround } from "./view.ts";

/** Projected faces. */
export interface Scene {
  readonly projection: ViewProjection;
  /** `[count x 3 x 3]`: right, up, towards the eye. */
  readonly points: Float64Array;
  readonly window: PlotWindow;
  /** `x 0 to 1`, and so on. */
  readonly extents: readonly string[];
}

/** Projects faces. */
export function sceneOf(patches: Patches, projection: ViewProjection): Scene {
  const points = project(projection, patches.points);
  const extents = [0, 1, 2].map((d) => extentText(patches.points, d));
  return { projection, points, window: windowAround(points, 3, 0.08), extents };
}

/** The scene's faces in pixels, as `drawFaces` needs them. */
export function placedFaces(
  scene: Scene,
  view: PlotView,
): Pick<Faces, "corners" | "nearness" | "brightness"> {
  const nearness = new Float64Array(scene.points.length / 3);
  for (let i = 0; i < nearness.length; i++) nearness[i] = scene.points[3 * i + 2];
  return {
    corners: toPixels(view, scene.points, 3),
    nearness,
    brightness: brightnessOf(scene.points),
  };
}

const ARM = 26;

/** The directions of x, y and z, drawn below the view, and the extent of the mesh. */
export function tripod({ projection, extents }: Scene, view: PlotView, units: string): string {
  const { right, up, toEye } = projection;
  const x = 34, y = 36;
  const text = extents.join(", ") + (units === "" ? "" : ` ${units}`);
  const extent = textElement(text, view.width, 36, {
    size: 11,
    anchor: "end",
    color: ink.faint,
  });
  return extent + [0, 1, 2].toSorted((a, b) => toEye[a] - toEye[b]).map((d) => {
    const dx = Math.round(right[d] * ARM * 10) / 10, dy = Math.round(-up[d] * ARM * 10) / 10;
    const length = Math.hypot(dx, dy);
    // An axis that points at the viewer does not leave room for its letter.
    if (length < 4) return "";
    const away = (length + 9) / length;
    return `<path d="M${x},${y}l${dx},${dy}" stroke="${ink.line}" stroke-width="1.5"/>` +
      textElement("xyz"[d], x + dx * away, y + dy * away + 4, { size: 11, anchor: "middle" });
  }).join("");
}

function extentText(points: Float64Array, d: number): string {
  let min = Infinity, max = -Infinity;
  for (let i = d; i < points.length; i += 3) {
    min = Math.min(min, points[i]);
    max = Math.max(max, points[i]);
  }
  return `${"xyz"[d]} ${briefly(min, 3)} to ${briefly(max, 3)}`;
}

/** The edges of the box around a mesh. */
export interface BoxLines {
  /** The corners, `[8 x 3]`, as in {@link Scene}. */
  readonly points: Float64Array;
  /** The edges behind the mesh, as SVG. */
  behind(view: PlotView): string;
  /** The edges in front of the mesh, as SVG. */
  before(view: PlotView): string;
}

/** The edges of the box around a mesh: those behind the mesh and those in front of it. */
export function boxLines({ points, projection }: Scene): BoxLines {
  const { right, up, toEye } = projection;
  const axes = [right, up, toEye];
  const min = [Infinity, Infinity, Infinity], max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 3) {
    for (let d = 0; d < 3; d++) {
      // The rows of a rotation are orthonormal, so its transpose is its inverse.
      const x = axes[0][d] * points[i] + axes[1][d] * points[i + 1] + axes[2][d] * points[i + 2];
      min[d] = Math.min(min[d], x);
      max[d] = Math.max(max[d], x);
    }
  }
  const corners = new Float64Array(24);
  for (let c = 0; c < 8; c++) {
    for (let d = 0; d < 3; d++) corners[3 * c + d] = (c >> d) & 1 ? max[d] : min[d];
  }
  // The corner farthest from the viewer is hidden, with its three edges.
  const hidden = [0, 1, 2].reduce((c, d) => c | (toEye[d] < 0 ? 1 << d : 0), 0);
  const seen = project(projection, corners);
  const draw = (view: PlotView, behind: boolean) => {
    const at = toPixels(view, seen, 3).map((value) => Math.round(value * 10) / 10);
    let path = "";
    for (let c = 0; c < 8; c++) {
      for (let d = 0; d < 3; d++) {
        const other = c ^ (1 << d);
        if (other < c || (c === hidden || other === hidden) !== behind) continue;
        path += `M${at[2 * c]},${at[2 * c + 1]}L${at[2 * other]},${at[2 * other + 1]}`;
      }
    }
    return `<path class="box" d="${path}" fill="none" stroke="${behind ? "#c4c9ce" : "#8a929a"}"/>`;
  };
  return {
    points: seen,
    behind: (view) => draw(view, true),
    before: (view) => draw(view, false),
  };
}
