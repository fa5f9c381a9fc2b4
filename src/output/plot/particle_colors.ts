/**
 * The colours of particles, and their legend.
 *
 * @module
 */
import type { ArrayKind } from "../../arrays.ts";
import { describe } from "../../options.ts";
import type { Swarm } from "../../swarm/swarm.ts";
import type { SwarmVariable } from "../../swarm/swarm_variable.ts";
import { type ColorMapName, kindColor, kindCount, paletteOf } from "./color_map.ts";
import type { Legend } from "./legend.ts";
import { extentOf, extentText } from "./ticks.ts";
import { type ColorPlotOptions, rangeOf, unitsOf } from "./plot_options.ts";
import { colorCount, indexed, rasterPalette } from "./raster.ts";

/** The colours of particles. */
export interface ParticleColors {
  /** The palette entries of the particles, `[count]`, from 1. */
  readonly entries: Uint8Array;
  /** `[256 x 3]`. */
  readonly palette: Uint8Array;
  readonly legend: Legend;
  /** What the colours show; empty if all particles have one colour. */
  readonly name: string;
  readonly about: string;
}

/** Options for the colours of particles. */
export interface ParticleColorOptions extends ColorPlotOptions {
  /** The variable that gives the colours, or its name; by default all particles have one colour. */
  readonly variable?: string | SwarmVariable<ArrayKind> | undefined;
  /** The component to show; of several, defaults to the length of the vector. */
  readonly component?: number;
  /** Names for whole numbers, e.g. of materials: `{ 0: "sand", 1: "clay" }`. */
  readonly kinds?: Readonly<Record<number, string>>;
}

/**
 * Chooses the colours: those of categories if the variable holds few whole numbers, otherwise a colour map.
 *
 * @throws {TypeError} when `kinds` does not name whole numbers of a variable.
 * @throws {RangeError} when the swarm has no such variable or component.
 */
export function colorsOf(swarm: Swarm, options: ParticleColorOptions): ParticleColors {
  requireKinds(options);
  const variable = variableOf(swarm, options.variable);
  if (variable === null) {
    const palette = new Uint8Array(768);
    palette.set([0x00, 0x72, 0xb2], 3);
    return {
      entries: new Uint8Array(swarm.count).fill(1),
      palette,
      legend: null,
      name: "",
      about: "",
    };
  }
  const { values, label } = columnOf(variable, options.component);
  const whole = !variable.dtype.startsWith("float") || options.kinds !== undefined;
  const kinds = whole ? [...new Set(values)].sort((a, b) => a - b) : [];
  if (whole && kinds.length <= kindCount) return byKind(values, kinds, label, options);
  const extent = extentOf(values);
  const range = rangeOf(options, extent);
  const colors: ColorMapName = options.colors ?? "viridis";
  const units = unitsOf(swarm.mesh.model, variable.name, options.units);
  const raster = {
    width: values.length,
    height: 1,
    values: Float64Array.from(values),
    covered: new Uint8Array(values.length).fill(1),
  };
  return {
    entries: indexed(raster, range),
    palette: rasterPalette(paletteOf(colors, colorCount)),
    legend: { kind: "bar", colors, range, name: label, units },
    name: label,
    about: extentText(extent) +
      (extent.nonFinite === 0 ? "" : `, ${extent.nonFinite} not finite (gray)`),
  };
}

function byKind(
  values: readonly number[],
  kinds: readonly number[],
  name: string,
  { kinds: names = {} }: ParticleColorOptions,
): ParticleColors {
  const palette = new Uint8Array(768);
  kinds.forEach((_, i) => palette.set(Uint8Array.fromHex(kindColor(i).slice(1)), 3 * (i + 1)));
  const entries = kinds.map((kind, i) => ({
    name: names[kind] ?? String(kind),
    color: kindColor(i),
  }));
  return {
    entries: Uint8Array.from(values, (value) => 1 + kinds.indexOf(value)),
    palette,
    legend: { kind: "categories", heading: name, entries },
    name,
    about: "",
  };
}

/** Names for what is not a whole number would name nothing. */
function requireKinds({ kinds, variable }: ParticleColorOptions): void {
  if (kinds === undefined) return;
  if (typeof kinds !== "object" || kinds === null || Array.isArray(kinds)) {
    throw new TypeError(`plotSwarm: kinds is { 0: "sand" } or the like, got ${describe(kinds)}`);
  }
  for (const [kind, name] of Object.entries(kinds)) {
    if (/^-?\d+$/.test(kind) && typeof name === "string") continue;
    throw new TypeError(
      `plotSwarm: kinds names whole numbers, { 0: "sand" } or the like; got ${
        JSON.stringify(kind)
      }: ${describe(name)}`,
    );
  }
  if (variable === undefined) {
    throw new TypeError("plotSwarm: kinds names the values of a variable; give variable too");
  }
}

function variableOf(
  swarm: Swarm,
  asked: ParticleColorOptions["variable"],
): SwarmVariable<ArrayKind> | null {
  if (asked === undefined) return null;
  const name = typeof asked === "string" ? asked : asked.name;
  const found = swarm.variables.get(name);
  if (found !== undefined && (typeof asked === "string" || found === asked)) return found;
  const known = [...swarm.variables.keys()].map((other) => `'${other}'`).join(", ") || "none";
  throw new RangeError(
    `plotSwarm: swarm '${swarm.name}' does not have this variable '${name}'; it has ${known}`,
  );
}

function columnOf(
  { name, components, data }: SwarmVariable<ArrayKind>,
  component: number | undefined,
): { values: number[]; label: string } {
  if (
    component !== undefined &&
    !(Number.isInteger(component) && component >= 0 && component < components)
  ) {
    throw new RangeError(
      `plotSwarm: '${name}' has components 0 to ${components - 1}, got component ${component}`,
    );
  }
  const values: number[] = [];
  const one = component ?? (components === 1 ? 0 : null);
  for (let i = 0; i < data.length; i += components) {
    if (one !== null) values.push(Number(data[i + one]));
    else {
      let square = 0;
      for (let a = 0; a < components; a++) square += Number(data[i + a]) ** 2;
      values.push(Math.sqrt(square));
    }
  }
  const label = one === null ? `|${name}|` : components === 1 ? name : `${name}[${one}]`;
  return { values, label };
}
