/**
 * Particles as linear functions in each cell: density and the like at quadrature points.
 *
 * @module
 */
import type { ArrayKind } from "../arrays.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { requirePresent } from "../mesh/registered.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { nearby, placesOf } from "../swarm/nearby.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { requireOnParticles } from "../swarm/registered.ts";
import { SwarmVariable } from "../swarm/swarm_variable.ts";
import { cellFits, type CellParticles } from "./cell_fits.ts";
import { fillGaps, type ParticleMean, requireParticleMean, transforms } from "./swarm_means.ts";

/** What {@link swarmFit} takes. */
export interface SwarmFitOptions {
  /** Whether the field stays between the least and the greatest value of all particles. Defaults to true. */
  readonly bounded?: boolean;
  /**
   * What is fitted: the values, their logarithms (`"geometric"`) or their inverses (`"harmonic"`), which need positive
   * values and `bounded`. With the last two, as it suits viscosities, cells whose particles differ by more than a factor
   * of 10 get means. Defaults to `"arithmetic"`.
   */
  readonly mean?: ParticleMean;
}

const optionNames: OptionNames<SwarmFitOptions> = { bounded: true, mean: true };

/** A cell is cut by a jump where its particles differ by more than this factor. */
const jump = 10;

/**
 * Writes the linear function that is nearest to the particles of each cell, in the mean square, into a discontinuous
 * field of degree 1. It has order 2 where means over cells have order 1, and keeps the sum over the particles of every
 * cell. Cells with too few particles for a slope get their mean, cells without any that of their neighbours. Collective.
 *
 * Source: R. Gassmoeller et al., Geophys. J. Int. 219 (2019) 1915-1938, DOI 10.1093/gji/ggz405.
 *
 * @param particles The values.
 * @param into The field, discontinuous of degree 1, on the mesh of the swarm, with as many components.
 * @param options Whether slopes are reduced where they lead out of the range of the particles, and what is fitted.
 * @throws {TypeError} when an argument is not what it should be.
 * @throws {RangeError} when the field does not fit, a value has no such mean, or there are no particles.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Swarm, swarmFit } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const swarm = new Swarm(mesh), density = swarm.addVariable("density");
 * swarm.populate({ perCell: 6 });
 * density.set((x, y) => 1 + x + y);
 * const field = new MeshVariable(mesh, "field", { degree: 1, continuous: false });
 * swarmFit(density, field, { bounded: false });
 * console.log(field.evaluate([[0.3, 0.2]]).get(0, 0).toFixed(9)); // 1.500000000
 * ```
 */
export function swarmFit(
  particles: SwarmVariable<ArrayKind>,
  into: MeshVariable,
  options: SwarmFitOptions = {},
): void {
  checkOptions("swarmFit", options, optionNames);
  const { bounded = true, mean = "arithmetic" } = options;
  if (typeof bounded !== "boolean") {
    throw new TypeError(`swarmFit: bounded is true or false, got ${describe(bounded)}`);
  }
  check(particles, into);
  requireParticleMean("swarmFit", particles, mean);
  if (mean !== "arithmetic" && !bounded) {
    throw new RangeError(
      `swarmFit: ${mean} fits stay positive within bounds only; leave out bounded: false`,
    );
  }
  const { data, components, swarm } = particles, { to, from } = transforms[mean];
  const values = Float64Array.from(data as ArrayLike<number>, to);
  const ranges = bounded ? rangesOf(values, components, into.mesh) : null;
  const isCut = mean === "arithmetic"
    ? null
    : (least: number, most: number) =>
      Math.max(from(least), from(most)) > jump * Math.min(from(least), from(most));
  // Reading `data` takes memory, which an error must not.
  const fitted = fittedFields(swarm, values, components, into, ranges, isCut);
  into.data.set(fitted.map(from));
}

/**
 * The linear functions nearest to values at particles: `[nDofs x components]` of a discontinuous field of degree 1.
 *
 * @param values `[count x components]`
 * @param ranges See {@link cellFits}.
 * @param isCut Whether a cell keeps its mean, by the least and the greatest value of its particles; null for none does.
 */
export function fittedFields(
  swarm: Swarm,
  values: ArrayLike<number>,
  components: number,
  { mesh, name }: MeshVariable,
  ranges: Float64Array | null,
  isCut: ((least: number, most: number) => boolean) | null = null,
): Float64Array {
  const places = placesOf(swarm), { dim } = mesh;
  const { count, cells, numbers } = nearby(mesh, swarm.ids, places, [
    { data: places.barycentric, width: dim + 1 },
    { data: values, width: components },
  ]);
  const [barycentric, all] = numbers;
  const near = { count, cells, barycentric, values: all, components };
  const cut = isCut === null ? null : cutCells(geometryOf(mesh).topology.cellCount, near, isCut);
  const fit = cellFits(geometryOf(mesh), near, ranges, cut);
  const empty = fit.counts.map((n) => n === 0 ? 1 : 0), width = (dim + 1) * components;
  fillGaps(mesh, width, fit.values, fit.counts, name);
  for (let cell = 0; cell < empty.length; cell++) {
    // The vertices of neighbours are not those of the cell: what it got from them is their mean.
    if (empty[cell] === 1) {
      level(fit.values.subarray(cell * width, (cell + 1) * width), components);
    }
  }
  return fit.values;
}

/** 1 for cells with a component that is cut. */
function cutCells(
  cellCount: number,
  { count, cells, values, components }: CellParticles,
  isCut: (least: number, most: number) => boolean,
): Uint8Array {
  const out = new Uint8Array(cellCount), least = new Float64Array(cellCount * components);
  const most = least.fill(Infinity).map((value) => -value);
  for (let i = 0; i < count * components; i++) {
    const cell = cells[Math.floor(i / components)], at = cell * components + i % components;
    if (cell < 0) continue;
    if (values[i] < least[at]) least[at] = values[i];
    if (values[i] > most[at]) most[at] = values[i];
    if (isCut(least[at], most[at])) out[cell] = 1;
  }
  return out;
}

/** All rows become their mean. */
function level(rows: Float64Array, components: number): void {
  const count = rows.length / components;
  for (let c = 0; c < components; c++) {
    let sum = 0;
    for (let i = c; i < rows.length; i += components) sum += rows[i];
    for (let i = c; i < rows.length; i += components) rows[i] = sum / count;
  }
}

/** The least and the greatest value of each component on all ranks, `[components x 2]`. */
function rangesOf(values: ArrayLike<number>, components: number, mesh: Mesh): Float64Array {
  const { comm } = mesh.model, least = new Float64Array(components).fill(Infinity);
  const most = new Float64Array(components).fill(-Infinity);
  for (let i = 0; i < values.length; i++) {
    const c = i % components;
    if (values[i] < least[c]) least[c] = values[i];
    if (values[i] > most[c]) most[c] = values[i];
  }
  const low = comm.allreduce(least, "min"), high = comm.allreduce(most, "max");
  return Float64Array.from({ length: 2 * components }, (_, k) => (k % 2 ? high : low)[k >> 1]);
}

function check(particles: SwarmVariable<ArrayKind>, into: MeshVariable): void {
  if (!(particles instanceof SwarmVariable) || !(into instanceof MeshVariable)) {
    throw new TypeError("swarmFit takes a variable of particles and a variable of their mesh");
  }
  requirePresent("swarmFit", into);
  requireOnParticles("swarmFit", particles);
  if (particles.swarm.mesh !== into.mesh) {
    throw new RangeError(
      `swarmFit: '${particles.name}' lives on mesh '${particles.swarm.mesh.name}', '${into.name}' on ` +
        `'${into.mesh.name}'`,
    );
  }
  if (into.degree !== 1 || into.continuous || into.components !== particles.components) {
    throw new RangeError(
      `swarmFit: '${into.name}' has degree ${into.degree}, is ${
        into.continuous ? "continuous" : "discontinuous"
      } and has ${into.components} components; it needs degree 1, discontinuous, and ${particles.components}`,
    );
  }
  if (particles.dtype === "int64" || particles.dtype === "uint64") {
    throw new TypeError(
      `swarmFit: '${particles.name}' holds ${particles.dtype} values, which cannot be averaged`,
    );
  }
}
