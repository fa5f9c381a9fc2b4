/**
 * One numbering for all unknowns of an equation.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Topology } from "../mesh/topology.ts";
import { type Sparsity, sparsityOf } from "../solve/assembly/sparsity.ts";
import type { FieldShape } from "./vocabulary.ts";

/** A field among the unknowns. */
export interface SpaceField {
  readonly shape: FieldShape;
  readonly degree: 1 | 2;
  readonly map: DofMap;
  /** Where its first component begins among the rows of a cell; further ones follow. */
  readonly base: number;
  /** Which of the values at a place its first component is. */
  readonly offset: number;
}

/**
 * The unknowns of several fields in one vector. At every place (a node, or the middle of an edge where a
 * field is quadratic) the components of all fields that have a value there stand side by side.
 *
 * State: none, a function of the topology and of the fields' kinds.
 */
export class UnknownSpace {
  readonly fields: readonly SpaceField[];
  /** The numbering as elements see it: in each cell field by field, component by component. */
  readonly map: DofMap;
  /** Where the values at each place begin, `[places + 1]`. */
  readonly starts: Int32Array;
  /** Components at every place; 0 where fields of different degrees make that vary. */
  readonly blockSize: number;

  private constructor(
    fields: readonly SpaceField[],
    map: DofMap,
    starts: Int32Array,
    blockSize: number,
  ) {
    this.fields = fields;
    this.map = map;
    this.starts = starts;
    this.blockSize = blockSize;
  }

  /** The space of some fields, continuous and of degree 1 or 2; made once for a topology. */
  static of(topology: Topology, shapes: readonly FieldShape[]): UnknownSpace {
    let spaces = known.get(topology);
    if (spaces === undefined) known.set(topology, spaces = new Map());
    const key = shapes.map(({ name, degree, components }) => `${name} ${degree} ${components}`)
      .join(", ");
    let space = spaces.get(key);
    if (space === undefined) spaces.set(key, space = UnknownSpace.#make(topology, shapes));
    return space;
  }

  static #make(topology: Topology, shapes: readonly FieldShape[]): UnknownSpace {
    const top = Math.max(...shapes.map(({ degree }) => degree)) as 1 | 2;
    const places = topology.dofMap(top, true);
    let base = 0, offset = 0;
    // At the middles of edges only quadratic fields have values: they come first at every place.
    const inOrder = [...shapes].sort((a, b) => b.degree - a.degree);
    const offsets = new Map(inOrder.map((shape) => {
      offset += shape.components;
      return [shape, offset - shape.components];
    }));
    const fields = shapes.map((shape): SpaceField => {
      const degree = shape.degree as 1 | 2;
      const map = topology.dofMap(degree, true);
      base += shape.components * map.perCell;
      const first = base - shape.components * map.perCell;
      return { shape, degree, map, base: first, offset: offsets.get(shape)! };
    });
    const atNode = offset;
    const atEdge = shapes.reduce((sum, s) => s.degree === 2 ? sum + s.components : sum, 0);
    const starts = startsOf(topology, places, top === 2 ? atEdge : atNode, atNode);
    const perCell = base, corners = topology.dim + 1;
    const cellDofs = new Int32Array(topology.cellCount * perCell);
    for (let c = 0; c < topology.cellCount; c++) {
      for (const { shape: { components }, map, base, offset } of fields) {
        for (let a = 0; a < map.perCell; a++) {
          const start = starts[places.cellDofs[c * places.perCell + a]] + offset;
          for (let k = 0; k < components; k++) {
            cellDofs[c * perCell + base + k * map.perCell + a] = start + k;
          }
        }
      }
    }
    const count = starts[places.count];
    const isEven = top === 1 || atEdge === atNode || places.perCell === corners;
    const map: DofMap = { degree: top, continuous: true, count, perCell, cellDofs };
    return new UnknownSpace(fields, map, starts, isEven ? atNode : 0);
  }

  /** How many unknowns there are. */
  get count(): number {
    return this.map.count;
  }

  /** The pattern of matrices between them. */
  get sparsity(): Sparsity {
    return sparsityOf(this.map);
  }

  /** Puts fields, `[count x components]`, into one vector; `null` stands for zeros. */
  gather(data: readonly (Float64Array | null)[]): Float64Array {
    const out = new Float64Array(this.count);
    this.fields.forEach((field, f) => {
      const values = data[f], { components } = field.shape;
      const places = this.placesOf(field);
      for (let i = 0; i < places.length; i++) {
        for (let k = 0; k < components; k++) {
          out[places[i] + k] = values === null ? 0 : values[i * components + k];
        }
      }
    });
    return out;
  }

  /** Takes the values of one field, `[count x components]`, out of a vector. */
  scatter(vector: Float64Array, field: SpaceField, out: Float64Array): void {
    const { components } = field.shape;
    const places = this.placesOf(field);
    for (let i = 0; i < places.length; i++) {
      for (let k = 0; k < components; k++) out[i * components + k] = vector[places[i] + k];
    }
  }

  /** Where the first component of a field is for each of its degrees of freedom, `[count]`. */
  placesOf(field: SpaceField): Int32Array {
    let places = this.#places.get(field);
    if (places === undefined) {
      places = new Int32Array(field.map.count);
      const { perCell, cellDofs } = field.map, joint = this.map;
      for (let i = 0; i < cellDofs.length; i++) {
        const a = i % perCell, c = (i - a) / perCell;
        places[cellDofs[i]] = joint.cellDofs[c * joint.perCell + field.base + a];
      }
      this.#places.set(field, places);
    }
    return places;
  }

  readonly #places = new Map<SpaceField, Int32Array>();
}

/** Topologies are immutable: spaces are kept as long as theirs lives. */
const known = new WeakMap<Topology, Map<string, UnknownSpace>>();

/** Nodes of cells have `atNode` values; other places, the middles of edges, have `atEdge`. */
function startsOf(
  topology: Topology,
  places: DofMap,
  atEdge: number,
  atNode: number,
): Int32Array {
  const starts = new Int32Array(places.count + 1).fill(atEdge);
  const corners = topology.dim + 1;
  for (let k = 0; k < places.cellDofs.length; k++) {
    if (k % places.perCell < corners) starts[places.cellDofs[k] + 1] = atNode;
  }
  starts[0] = 0;
  for (let i = 0; i < places.count; i++) starts[i + 1] += starts[i];
  return starts;
}
