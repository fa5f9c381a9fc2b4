/**
 * One topology at one set of coordinates: volumes, Jacobians, point location. Immutable; `deform`
 * replaces it.
 *
 * @module
 */
import { CurvedCellsError } from "../errors.ts";
import { CurvedCells, snapMiddles } from "./curved_cells.ts";
import { CurvedLocator } from "./curved_locate.ts";
import { dofCoordinates } from "./dof_coordinates.ts";
import type { FieldDegree } from "./dof_map.ts";
import { Lattice, requireWide, twinPlacesOf } from "./lattice.ts";
import { Locator, type PointLocator } from "./locate.ts";
import { side2, side3 } from "./orientation.ts";
import type { PeriodOfPart } from "./period_of_part.ts";
import { quadratureOf } from "./quadrature.ts";
import { measureCells, smallestRadius } from "./straight_inverses.ts";
import type { Topology } from "./topology.ts";

/** A topology with coordinates, and what follows from both, made on first use. */
export class Geometry {
  readonly topology: Topology;
  /** `[nodeCount x dim]`, row-major; never written. */
  readonly coordinates: Float64Array;
  /** Mid-side nodes, `[edges x dim]`, never written; null where cells are straight by construction. */
  readonly middles: Float64Array | null;
  /** The cells that are not straight; null where all are. */
  readonly curved: CurvedCells | null;
  #volumes: Float64Array | null = null;
  #straightVolumes: Float64Array | null = null;
  #inverses: Float64Array | null = null;
  #minRadius = -1;
  #locator: PointLocator | null = null;
  readonly #lattice: Lattice | null;
  #shape: object = {};
  /** On one rank of several, of a periodic mesh: what is known of the whole. */
  #period: PeriodOfPart | null = null;

  /**
   * @param coordinates Kept, not copied: the caller must not write into it any more.
   * @param middles Mid-side nodes of cells of degree 2, `[edges x dim]`; null for straight cells.
   * @throws {RangeError} when there are not `nodeCount * dim` coordinates, one is not finite, or a cell
   *   is inverted, has no volume or is folded, or a periodic mesh does not fit its translations.
   */
  constructor(topology: Topology, coordinates: Float64Array, middles: Float64Array | null = null) {
    checkCoordinates(topology, coordinates);
    if (topology.dim === 2) checkTriangles(topology, coordinates);
    else checkTetrahedra(topology, coordinates);
    this.topology = topology;
    this.coordinates = coordinates;
    this.middles = middles && snapMiddles(topology, coordinates, middles);
    const curved = this.middles && new CurvedCells(topology, coordinates, this.middles);
    this.curved = curved !== null && curved.cells.length > 0 ? curved : null;
    const { twins, rankMesh } = topology;
    if (twins !== null && middles !== null) throw new CurvedCellsError("a periodic mesh");
    this.#lattice = twins !== null && rankMesh === null ? latticeOf(topology, coordinates) : null;
  }

  /** The degree of the map from the reference cell: 2 with mid-side nodes, else 1. */
  get degree(): 1 | 2 {
    return this.middles === null ? 1 : 2;
  }

  /** The periods of a periodic mesh; null for other meshes. */
  get lattice(): Lattice | null {
    return this.#lattice ?? this.#period?.lattice ?? null;
  }

  /**
   * The same object for all divisions of one mesh among ranks at the same place. What is by degree of freedom and went
   * with the cells to their new owners is still valid where this is the same.
   */
  get shape(): object {
    return this.#shape;
  }

  /** Says that this is the same mesh as another geometry of this rank, with other owners of its cells. */
  isDivisionOf(other: Geometry): void {
    this.#shape = other.#shape;
  }

  /** On one rank of several, of a periodic mesh: learns the periods, and where its degrees of freedom are. */
  takePeriod(period: PeriodOfPart): void {
    this.#period = period;
  }

  /** What {@link Geometry.takePeriod} was given. */
  get period(): PeriodOfPart | null {
    return this.#period;
  }

  /** Areas or volumes of the cells, `[cellCount]`. */
  get volumes(): Float64Array {
    if (!this.#volumes) this.#measure();
    return this.#volumes!;
  }

  /** The volumes with 0 for curved cells, so that kernels for straight ones leave those out. */
  get straightVolumes(): Float64Array {
    if (this.curved === null) return this.volumes;
    if (this.#straightVolumes === null) {
      this.#straightVolumes = this.volumes.slice();
      for (const cell of this.curved.cells) this.#straightVolumes[cell] = 0;
    }
    return this.#straightVolumes;
  }

  /**
   * `[cellCount x dim x dim]`: row i of a cell is the gradient of reference coordinate i (barycentric i + 1).
   *
   * @throws {CurvedCellsError} where cells are curved, since those have a Jacobian at each point: whoever
   *   asks here would take them for straight.
   */
  get inverseJacobians(): Float64Array {
    if (this.curved !== null) throw new CurvedCellsError("what was asked for");
    return this.cornerInverses;
  }

  /** As {@link Geometry.inverseJacobians}, of the straight cells with the same corners. */
  get cornerInverses(): Float64Array {
    if (!this.#inverses) this.#measure();
    return this.#inverses!;
  }

  /**
   * Radius of the smallest inscribed circle or sphere: min over cells of dim * volume / surface. Of curved cells,
   * that of the straight ones with their corners.
   */
  get minRadius(): number {
    if (this.#minRadius < 0) this.#minRadius = smallestRadius(this.topology, this.coordinates);
    return this.#minRadius;
  }

  get locator(): PointLocator {
    return this.#locator ??= this.curved === null ? new Locator(this) : new CurvedLocator(this);
  }

  /** The locator of a mesh with straight cells, as all periodic ones have. */
  get straightLocator(): Locator {
    const { locator } = this;
    if (locator instanceof Locator) return locator;
    throw new CurvedCellsError("what was asked for");
  }

  /**
   * Where the degrees of freedom are, `[count x dim]`: centroids, nodes, or nodes and mid-edges. New
   * memory every time.
   */
  dofCoordinates(degree: FieldDegree, continuous: boolean): Float64Array {
    return continuous && degree !== 0 && this.#period !== null
      ? this.#period.places(degree).slice()
      : dofCoordinates(this, degree, continuous);
  }

  #measure(): void {
    const { topology, coordinates } = this, { dim, cellCount } = topology, square = dim * dim;
    this.#volumes = new Float64Array(cellCount);
    this.#inverses = new Float64Array(cellCount * square);
    const inverses = { table: this.#inverses, stride: square, at: 0 };
    const volumes = { table: this.#volumes, stride: 1, at: 0 };
    measureCells(topology, coordinates, 0, cellCount, inverses, volumes);
    if (this.curved !== null) measureCurved(this.curved, this.#volumes);
  }
}

/** The determinant of the Jacobian is a polynomial of degree dim. */
function measureCurved(curved: CurvedCells, volumes: Float64Array): void {
  const { dim, cells } = curved, rule = quadratureOf(dim, dim);
  const scratch = new Float64Array(9);
  for (let k = 0; k < cells.length; k++) {
    let sum = 0;
    for (let q = 0; q < rule.count; q++) {
      sum += rule.weights[q] * curved.invert(k, rule.barycentric, q * (dim + 1), scratch, 0);
    }
    volumes[cells[k]] = sum;
  }
}

/**
 * The periods of a periodic mesh.
 *
 * @throws {RangeError} when the mesh does not fit together.
 */
function latticeOf(topology: Topology, coordinates: Float64Array): Lattice {
  const lattice = new Lattice(
    topology.twins!,
    twinPlacesOf(coordinates, topology.dim),
    topology.dim,
  );
  requireWide(topology, coordinates);
  return lattice;
}

/** Squares and products of three of these do not overflow, and signs are exact. */
const farthest = 1e70;

function checkCoordinates(topology: Topology, x: Float64Array): void {
  const { dim, nodeCount } = topology;
  if (x.length !== nodeCount * dim) {
    throw new RangeError(
      `${nodeCount} nodes in ${dim}-D need ${nodeCount * dim} coordinates, got ${x.length}`,
    );
  }
  for (let i = 0; i < x.length; i++) {
    // Written so that NaN fails.
    if (!(Math.abs(x[i]) <= farthest)) {
      const node = Math.floor(i / dim);
      const place = x.subarray(node * dim, (node + 1) * dim).join(", ");
      const limit = Number.isFinite(x[i]) ? `at most ${farthest}` : "finite";
      throw new RangeError(`node ${node} is at (${place}); coordinates have to be ${limit}`);
    }
  }
}

/** @param sign exact, while the volume of a thin cell may be lost in rounding. */
function refuse({ rankMesh }: Topology, local: number, sign: number): never {
  const cell = rankMesh?.cells.ids[local] ?? local;
  const what = sign < 0
    ? "is inverted"
    : sign > 0
    ? "is so thin that its volume is lost in rounding"
    : "has no volume";
  throw new RangeError(`cell ${cell} ${what}; no node may cross the far side of its cells`);
}

function checkTriangles(topology: Topology, x: Float64Array): void {
  const { cells, cellCount } = topology;
  for (let c = 0; c < cellCount; c++) {
    const a = cells[3 * c], b = cells[3 * c + 1], k = cells[3 * c + 2];
    const left = (x[2 * b] - x[2 * a]) * (x[2 * k + 1] - x[2 * a + 1]);
    const right = (x[2 * k] - x[2 * a]) * (x[2 * b + 1] - x[2 * a + 1]);
    // Shewchuk's bound is 3.33e-16 for this filter.
    if (left - right > 1e-15 * (Math.abs(left) + Math.abs(right)) + 1e-280) continue;
    const sign = side2(x, a, b, x[2 * k], x[2 * k + 1]);
    if (!(sign > 0 && left > right)) refuse(topology, c, sign);
  }
}

function checkTetrahedra(topology: Topology, x: Float64Array): void {
  const { cells, cellCount } = topology;
  for (let c = 0; c < cellCount; c++) {
    const i = 3 * cells[4 * c], j = 3 * cells[4 * c + 1];
    const k = 3 * cells[4 * c + 2], l = 3 * cells[4 * c + 3];
    const ax = x[j] - x[i], ay = x[j + 1] - x[i + 1], az = x[j + 2] - x[i + 2];
    const bx = x[k] - x[i], by = x[k + 1] - x[i + 1], bz = x[k + 2] - x[i + 2];
    const cx = x[l] - x[i], cy = x[l + 1] - x[i + 1], cz = x[l + 2] - x[i + 2];
    const p = by * cz, q = bz * cy, r = bz * cx, s = bx * cz, t = bx * cy, u = by * cx;
    const det = ax * (p - q) + ay * (r - s) + az * (t - u);
    const size = Math.abs(ax) * (Math.abs(p) + Math.abs(q)) +
      Math.abs(ay) * (Math.abs(r) + Math.abs(s)) + Math.abs(az) * (Math.abs(t) + Math.abs(u));
    // Shewchuk's bound is 7.77e-16 for this filter.
    if (det > 2e-15 * size + 1e-280) continue;
    const sign = side3(x, i / 3, j / 3, k / 3, x[l], x[l + 1], x[l + 2]);
    if (!(sign > 0 && det > 0)) refuse(topology, c, sign);
  }
}
