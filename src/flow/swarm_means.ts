/**
 * Means of particles over cells: how viscosity and density come from particles.
 *
 * @module
 */
import type { ArrayKind } from "../arrays.ts";
import { geometryOf, haloOf, type Mesh } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { requirePresent } from "../mesh/registered.ts";
import { nearby, placesOf } from "../swarm/nearby.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { requireOnParticles } from "../swarm/registered.ts";
import { SwarmVariable } from "../swarm/swarm_variable.ts";

/** The kind of mean. */
export type ParticleMean = "arithmetic" | "geometric" | "harmonic";

const kinds: readonly ParticleMean[] = ["arithmetic", "geometric", "harmonic"];

/** A value to that which is averaged, and back. */
interface Transform {
  readonly to: (x: number) => number;
  readonly from: (x: number) => number;
}

/** A mean is that of transformed values, transformed back. */
export const transforms: Record<ParticleMean, Transform> = {
  arithmetic: { to: (x) => x, from: (x) => x },
  geometric: { to: Math.log, from: Math.exp },
  harmonic: { to: (x) => 1 / x, from: (x) => 1 / x },
};

/**
 * Writes the mean over the particles of each cell into a field of degree 0. Cells without particles get the mean
 * of their neighbours, layer by layer. Collective.
 *
 * @param particles The values.
 * @param into The field, on the mesh of the swarm, with as many components.
 * @param mean Geometric and harmonic means need positive values. Defaults to `"arithmetic"`.
 * @throws {TypeError} when an argument is not what it should be.
 * @throws {RangeError} when the field does not fit, a value has no such mean, or there are no particles.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Swarm, swarmMeans } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] });
 * const swarm = new Swarm(mesh), density = swarm.addVariable("density");
 * swarm.populate({ perCell: 3 });
 * density.set(2);
 * const mean = new MeshVariable(mesh, "mean", { degree: 0 });
 * swarmMeans(density, mean);
 * console.log(mean.min(), mean.max()); // 2 2
 * ```
 */
export function swarmMeans(
  particles: SwarmVariable<ArrayKind>,
  into: MeshVariable,
  mean: ParticleMean = "arithmetic",
): void {
  check(particles, into);
  requireParticleMean("swarmMeans", particles, mean);
  const { swarm, data, components } = particles, { to, from } = transforms[mean];
  const values = Float64Array.from(data as ArrayLike<number>, to);
  // Reading `data` takes memory, which an error must not.
  const means = cellMeans(swarm, values, components, into);
  into.data.set(means.map(from));
}

/**
 * Refuses a mean that there is not, or that particles do not have. Collective.
 *
 * @throws {RangeError} when it is one of these.
 */
export function requireParticleMean(
  who: string,
  { swarm: { mesh: { model: { comm } } }, name, data }: SwarmVariable<ArrayKind>,
  mean: ParticleMean,
): void {
  if (!kinds.includes(mean)) {
    const known = kinds.map((kind) => `"${kind}"`).join(", ");
    throw new RangeError(`${who}: the mean is one of ${known}, got ${JSON.stringify(mean)}`);
  }
  const values = data as ArrayLike<number>;
  let wrong = Infinity;
  for (let i = 0; i < values.length && mean !== "arithmetic"; i++) {
    if (!(values[i] > 0)) wrong = Math.min(wrong, Number.isNaN(values[i]) ? -Infinity : values[i]);
  }
  // The smallest of several ranks counts.
  const worst = comm.allreduce(wrong, "min");
  if (worst === Infinity) return;
  throw new RangeError(
    `${who}: '${name}' is ${worst === -Infinity ? "not a finite number" : worst} somewhere; ` +
      `${mean} means need positive values`,
  );
}

/**
 * Arithmetic means over the particles of each cell, `[cellCount x components]`. Cells without particles get those of
 * their neighbours. Collective.
 *
 * @param values `[count x components]`
 * @param into Named in errors.
 * @throws {RangeError} when there are no particles.
 */
export function cellMeans(
  swarm: Swarm,
  values: Float64Array,
  components: number,
  { mesh, name }: MeshVariable,
): Float64Array {
  const { count, cells, numbers: [all] } = nearby(mesh, swarm.ids, placesOf(swarm), [
    { data: values, width: components },
  ]);
  const { cellCount } = geometryOf(mesh).topology, filled = new Float64Array(cellCount);
  const sums = new Float64Array(cellCount * components);
  for (let i = 0; i < count; i++) {
    if (cells[i] < 0) continue;
    filled[cells[i]]++;
    for (let c = 0; c < components; c++) {
      sums[cells[i] * components + c] += all[i * components + c];
    }
  }
  for (let k = 0; k < sums.length; k++) sums[k] /= Math.max(1, filled[Math.floor(k / components)]);
  fillGaps(mesh, components, sums, filled, name);
  return sums;
}

/**
 * Cells without a value get the mean of those around that have one, until all have one. Collective.
 *
 * @param width Numbers per cell.
 * @param values `[cellCount x width]`, changed.
 * @param filled More than 0 in cells that have values, `[cellCount]`, changed.
 * @param what Named in errors.
 * @throws {RangeError} when there are cells that no value is near to.
 */
export function fillGaps(
  mesh: Mesh,
  width: number,
  values: Float64Array,
  filled: Float64Array,
  what: string,
): void {
  const { comm } = mesh.model, { topology } = geometryOf(mesh);
  const { neighbours, dim, rankMesh } = topology;
  const halo = rankMesh === null ? null : haloOf(mesh, rankMesh.dofs(0, false));
  for (;;) {
    halo?.sync(values, width);
    halo?.sync(filled, 1);
    const before = filled.slice(), known = values.slice();
    let empty = 0, gained = 0;
    for (let cell = 0; cell < topology.ownedCellCount; cell++) {
      if (before[cell] > 0) continue;
      empty++;
      let around = 0;
      for (let k = 0; k <= dim; k++) {
        const other = neighbours[cell * (dim + 1) + k];
        if (other < 0 || before[other] === 0) continue;
        around++;
        for (let c = 0; c < width; c++) values[cell * width + c] += known[other * width + c];
      }
      if (around === 0) continue;
      for (let c = 0; c < width; c++) values[cell * width + c] /= around;
      filled[cell] = 1;
      gained++;
    }
    if (comm.allreduce(empty) === 0) return;
    if (comm.allreduce(gained) === 0) {
      throw new RangeError(`'${what}' has cells that no particle is near to`);
    }
  }
}

function check(particles: SwarmVariable<ArrayKind>, into: MeshVariable): void {
  if (!(particles instanceof SwarmVariable) || !(into instanceof MeshVariable)) {
    throw new TypeError("swarmMeans takes a variable of particles and a variable of their mesh");
  }
  requirePresent("swarmMeans", into);
  requireOnParticles("swarmMeans", particles);
  if (particles.swarm.mesh !== into.mesh) {
    throw new RangeError(
      `swarmMeans: '${particles.name}' lives on mesh '${particles.swarm.mesh.name}', '${into.name}' on ` +
        `'${into.mesh.name}'`,
    );
  }
  if (into.degree !== 0 || into.components !== particles.components) {
    throw new RangeError(
      `swarmMeans: '${into.name}' has degree ${into.degree} and ${into.components} components; it needs ` +
        `degree 0 and ${particles.components}`,
    );
  }
  if (particles.dtype === "int64" || particles.dtype === "uint64") {
    throw new TypeError(
      `swarmMeans: '${particles.name}' holds ${particles.dtype} values, which cannot be averaged`,
    );
  }
}
