/**
 * Which boundaries can move freely.
 *
 * @module
 */
import type { Stokes } from "../flow/stokes.ts";
import { geometryOf, wholeGeometryOf } from "../mesh/mesh.ts";
import type { SurfaceSettings } from "./surface_options.ts";
import { shapeOf } from "./surface_speeds.ts";

/**
 * Refuses a surface that does not exist, that something holds, or that overhangs.
 *
 * @throws {RangeError} when it is one of these.
 */
export function requireOpenSurface(flow: Stokes, { boundary, base }: SurfaceSettings): void {
  const { mesh } = flow.variable;
  geometryOf(mesh).topology.facetsOf(boundary);
  geometryOf(mesh).topology.facetsOf(base);
  const held = flow.state.conditions.find((condition) =>
    condition.boundary === boundary && condition.kind !== "neumann"
  );
  if (held !== undefined) {
    throw new RangeError(
      `FreeSurface: ${flow.name} has a ${held.kind} condition on "${boundary}", which moves freely only without ` +
        `one; leave the boundary open, or press on it with addNeumann`,
    );
  }
  const { nodes, shares } = shapeOf(wholeGeometryOf(mesh), boundary), { dim } = mesh;
  if (nodes.length > 0 && nodes.every((i) => shares[i * dim + dim - 1] > 0)) return;
  throw new RangeError(
    `FreeSurface: boundary "${boundary}" has to look along the last axis everywhere; it stands upright, overhangs or ` +
      `lies inside of the domain`,
  );
}
