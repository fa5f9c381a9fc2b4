/**
 * Carries the values of a field over to a field on another mesh, where the first one is divided among ranks: places are
 * found and values read by those who own the cells.
 *
 * @module
 */
import { putRows } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { rowsAt } from "./chosen_points.ts";
import { freshFieldOf, ownedWithGhosts } from "./fresh_fields.ts";
import { evaluateInto, type Field } from "./interpolate.ts";
import { KdTree } from "./kd_tree.ts";
import { geometryOf, placesIn } from "./mesh.ts";
import type { MeshVariable } from "./mesh_variable.ts";
import type { Places } from "./places.ts";
import { RankWalls } from "./rank_walls.ts";
import { bringer, isSameMesh } from "./same_mesh.ts";

/** Where the places go that are outside of the other mesh: see `TransferOptions`. */
export type OutsideRule = "nearest" | "rim" | "refuse";

/** The values of a variable on this rank. */
export interface Transferred {
  readonly copied: boolean;
  readonly values: Float64Array;
  /** The number of this rank's own places that were outside. */
  readonly missed: number;
}

/**
 * The values for a variable, from a field on another mesh or on the same one. Collective.
 *
 * @param who Named in errors.
 * @param what The field, for errors.
 * @param from On a mesh that is divided; that of `to` may be divided, or whole on each rank.
 * @throws {RangeError} when a place is outside and that is refused.
 */
export function transferAcross(
  who: string,
  what: string,
  from: MeshVariable,
  to: MeshVariable,
  outside: OutsideRule,
): Transferred {
  const { components, degree, continuous, mesh: { dim, model: { comm } } } = from;
  const field = freshFieldOf(from), isLike = degree === to.degree && continuous === to.continuous;
  if (isLike && isSameMesh(geometryOf(from.mesh), geometryOf(to.mesh), comm)) {
    const { rankMesh } = geometryOf(from.mesh).topology;
    const bring = bringer(rankMesh!.dofs(degree, continuous), to.globalDofIds, comm);
    const data = field.data ?? new Float64Array(from.dofCount * components);
    return { copied: true, values: bring(data, components), missed: 0 };
  }
  const own = (to.coordinates.data as Float64Array).slice(0, to.ownedDofCount * dim);
  const places = placesIn(from.mesh), found = places.find(own);
  const rows = rowsOutside(found.cells);
  allOrNone(places.comm, () => {
    if (rows.length === 0 || outside !== "refuse") return;
    throw outsideError(who, what, to, own, found.cells, rows.length);
  });
  const values = readAt(places, field, found);
  if (places.comm.allreduce(rows.length, "max") > 0) {
    const points = rowsAt(own, rows, dim);
    const others = outside === "rim"
      ? atRim(places, field, points)
      : ofNearest(places, from, field, points);
    putRows(others, rows, components, values);
  }
  return { copied: false, values: ownedWithGhosts(to, values, components), missed: rows.length };
}

/** The error about places outside. */
export function outsideError(
  who: string,
  what: string,
  { name, mesh: { dim } }: MeshVariable,
  places: Float64Array,
  cells: Int32Array,
  missed: number,
): RangeError {
  const first = cells.indexOf(-1) * dim;
  return new RangeError(
    `${who}: ${missed} place(s) of variable '${name}' are outside of the mesh of ${what}, the ` +
      `first at (${places.subarray(first, first + dim).join(", ")}); { outside: "nearest" } or ` +
      `"rim" gives them values`,
  );
}

function rowsOutside(cells: Int32Array): Int32Array {
  return Int32Array.from(cells.keys()).filter((i) => cells[i] < 0);
}

function readAt(places: Places, field: Field, found: ReturnType<Places["find"]>): Float64Array {
  return places.read(found, field.components, (cells, barycentric, count, out) => {
    evaluateInto(field, cells, barycentric, count, out);
  }, "here");
}

/** Values at the nearest points of the mesh. Collective. */
function atRim(places: Places, field: Field, points: Float64Array): Float64Array {
  new RankWalls(places).bringIn(points);
  return readAt(places, field, places.find(points));
}

/** Values of the nearest degrees of freedom, of several the one with the lowest id. Collective. */
function ofNearest(
  places: Places,
  from: MeshVariable,
  field: Field,
  points: Float64Array,
): Float64Array {
  const { comm, geometry: { lattice } } = places, { dim } = from.mesh, width = field.components;
  const perPoint = lattice === null ? 1 : lattice.shifts.length / dim, count = points.length / dim;
  const images = perPoint === 1 ? points : new Float64Array(perPoint * points.length);
  for (let i = 0; lattice !== null && i < count; i++) {
    const place = points.slice(i * dim, (i + 1) * dim);
    lattice.reduce(place, 0, null, 0);
    for (let s = 0; s < lattice.shifts.length; s++) {
      images[i * lattice.shifts.length + s] = place[s % dim] + lattice.shifts[s];
    }
  }
  const { facts, values } = askAll(comm, from, field, images);
  const out = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    let best = -1, least = Infinity;
    for (let n = i * perPoint; n < (i + 1) * perPoint; n++) {
      let rank = 0;
      for (let r = 1; r < comm.size; r++) {
        const nearer = facts[r][3 * n] - facts[rank][3 * n];
        if (nearer < 0 || (nearer === 0 && facts[r][3 * n + 1] < facts[rank][3 * n + 1])) rank = r;
      }
      const distance = facts[rank][3 * n + 2];
      if (best >= 0 && !(distance < least)) continue;
      best = n;
      least = distance;
      out.set(values[rank].subarray(n * width, (n + 1) * width), i * width);
    }
  }
  return out;
}

/**
 * What each rank has nearest to points: the squared distance, the id and the distance, `[n x 3]`, and the values there.
 * Collective.
 */
function askAll(
  comm: Comm,
  from: MeshVariable,
  { data, components }: Field,
  points: Float64Array,
): { facts: Float64Array[]; values: Float64Array[] } {
  const { mesh: { dim }, ownedDofCount, globalDofIds: ids } = from;
  const dofs = (from.coordinates.data as Float64Array).subarray(0, ownedDofCount * dim);
  const tree = new KdTree(dofs, dim);
  const asked = comm.alltoallv(Array.from({ length: comm.size }, () => points));
  const said = asked.map((places) => {
    const count = places.length / dim, facts = new Float64Array(3 * count);
    const values = new Float64Array(count * components);
    for (let i = 0; i < count; i++) {
      const dof = tree.nearest(places, i * dim);
      if (dof < 0) {
        facts.set([Infinity, Infinity, Infinity], 3 * i);
        continue;
      }
      const ways: number[] = [];
      let square = 0;
      for (let d = 0; d < dim; d++) {
        ways.push(places[i * dim + d] - dofs[dof * dim + d]);
        square += ways[d] * ways[d];
      }
      facts.set([square, ids[dof], Math.hypot(...ways)], 3 * i);
      for (let a = 0; a < components && data !== null; a++) {
        values[i * components + a] = data[dof * components + a];
      }
    }
    return { facts, values };
  });
  return {
    facts: comm.alltoallv(said.map(({ facts }) => facts)),
    values: comm.alltoallv(said.map(({ values }) => values)),
  };
}
