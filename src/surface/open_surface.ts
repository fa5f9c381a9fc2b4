/**
 * Which boundaries can move freely.
 *
 * @module
 */
import type { Stokes } from "../flow/stokes.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { columnsBelow } from "./columns.ts";
import type { SurfaceSettings } from "./surface_options.ts";
import { shapeOf } from "./surface_shape.ts";

/**
 * Refuses a surface that does not exist, that something holds, that overhangs or has no base below it, and flow that has
 * a past. Collective.
 *
 * @throws {RangeError} when it is one of these.
 */
export function requireOpenSurface(flow: Stokes, settings: SurfaceSettings): void {
  const { boundary, base } = settings, { mesh } = flow.variable;
  requirePlainFlow(flow);
  geometryOf(mesh).topology.facetsOf(boundary);
  geometryOf(mesh).topology.facetsOf(base);
  requireFreeSurface(flow, settings);
  const braked = flow.state.conditions.some((condition) =>
    condition.boundary === boundary && condition.kind === "robin"
  );
  if (braked) {
    throw new RangeError(
      `FreeSurface: ${flow.name} has a robin condition on "${boundary}", by addRobin or from another FreeSurface; ` +
        `a solver has one surface, and nothing else brakes it`,
    );
  }
  const surface = shapeOf(mesh, boundary), { dim, nodes, shares } = surface;
  if (nodes.length === 0 || nodes.some((_, i) => !(shares[i * dim + dim - 1] > 0))) {
    throw new RangeError(
      `FreeSurface: boundary "${boundary}" has to look along the last axis everywhere; it stands upright, overhangs ` +
        `or lies inside of the domain`,
    );
  }
  if (settings.interior === "vertical") {
    columnsBelow(mesh, surface, shapeOf(mesh, base), [boundary, base], null);
  }
}

/** Stages solve for the flow as it is; what velocities or stresses were before would have to move with the mesh. */
function requirePlainFlow(flow: Stokes): void {
  if (flow.density === null && flow.elasticRate === null) return;
  throw new RangeError(
    `FreeSurface: ${flow.name} has ${
      flow.density === null ? "elastic stress" : "inertia"
    }, whose ` +
      `past does not know how a mesh moves; take flow without`,
  );
}

/**
 * Refuses a surface whose velocity is prescribed.
 *
 * @throws {RangeError} when it is.
 */
export function requireFreeSurface(flow: Stokes, { boundary }: SurfaceSettings): void {
  const held = flow.state.conditions.find(({ kind, boundary: where }) =>
    where === boundary && (kind === "dirichlet" || kind === "slip")
  );
  if (held === undefined) return;
  throw new RangeError(
    `FreeSurface: ${flow.name} has a ${held.kind} condition on "${boundary}", which moves freely only without ` +
      `one; leave the boundary open, or press on it with addNeumann`,
  );
}
