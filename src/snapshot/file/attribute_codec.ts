/**
 * Stores scalars as HDF5 attributes that any program can read sensibly. A mark in one attribute
 * (`timestash`, JSON) records what HDF5 cannot express: which text is a null or a large integer,
 * which number is a boolean, the order, and names and texts that HDF5 cannot hold as they are.
 *
 * @module
 */
import type { SnapshotAttributes, SnapshotEntryKind, SnapshotScalar } from "../contract.ts";
import { safeName } from "./paths.ts";

/** The attributes that we reserve: no field of an entry is stored under these names. */
export const MARK = "timestash", CHECKSUM = "checksum";
const ours = new Set([MARK, CHECKSUM, "real_name", "element_type"]);

/**
 * How a scalar is stored: `f` float64, `i` int64 that is a number, `s` text, `j` text as JSON (it
 * has characters that HDF5 cannot hold), `b` boolean as int8, `n` null as the text "null", `I`
 * bigint as int64, `D` bigint as decimal digits.
 */
export type Code = "f" | "i" | "s" | "j" | "b" | "n" | "I" | "D";

/** One attribute in the mark: name, code, and the stored name where it differs. */
export type AttributeMark = readonly [name: string, code: Code, stored?: string];

/** The content of an entry's `timestash` attribute; empty parts are omitted. */
export interface EntryMark {
  readonly kind: SnapshotEntryKind;
  readonly attributes?: readonly AttributeMark[];
  /** The attributes beyond the first few hundred, as JSON: HDF5 slows down with very many. */
  readonly more?: readonly (readonly [name: string, code: Code, value: string])[];
  readonly keys?: readonly string[];
  readonly className?: string;
  /** The extents, if those of the dataset differ. */
  readonly shape?: readonly number[];
  /** The element type, if that of the dataset differs. */
  readonly elementType?: string;
}

/** The form in which an attribute is written. */
export type StoredScalar =
  | string
  | BigInt64Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>;

/** The attributes of one entry as HDF5 stores them. */
export interface EncodedAttributes {
  readonly stored: readonly (readonly [name: string, value: StoredScalar])[];
  readonly marks: readonly AttributeMark[];
  readonly more: readonly (readonly [name: string, code: Code, value: string])[];
}

const MOST = 256;
const INT64_MIN = -(2n ** 63n), INT64_MAX = 2n ** 63n - 1n;

/**
 * Encodes attributes. Whole numbers whose names are in `integers` become integers in the file.
 */
export function encodeAttributes(
  attributes: SnapshotAttributes,
  integers: ReadonlySet<string> = new Set(),
): EncodedAttributes {
  const stored: [string, StoredScalar][] = [];
  const marks: AttributeMark[] = [];
  const more: [string, Code, string][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    const [code, encoded] = encodeScalar(value, integers.has(name));
    if (stored.length === MOST) {
      more.push([name, code, textOf(code, encoded)]);
      continue;
    }
    const storedName = storedNameOf(name);
    stored.push([storedName, encoded]);
    marks.push(storedName === name ? [name, code] : [name, code, storedName]);
  }
  return { stored, marks, more };
}

/** The name of an attribute in the file. */
function storedNameOf(name: string): string {
  return ours.has(name) ? `${name}~` : safeName(name);
}

function encodeScalar(value: SnapshotScalar, integer: boolean): [Code, StoredScalar] {
  switch (typeof value) {
    case "number":
      if (integer && Number.isSafeInteger(value) && !Object.is(value, -0)) {
        return ["i", BigInt64Array.of(BigInt(value))];
      }
      return ["f", Float64Array.of(value)];
    case "string":
      return value.includes("\0") || !value.isWellFormed()
        ? ["j", JSON.stringify(value)]
        : ["s", value];
    case "boolean":
      return ["b", Int8Array.of(Number(value))];
    case "bigint":
      return value >= INT64_MIN && value <= INT64_MAX
        ? ["I", BigInt64Array.of(value)]
        : ["D", value.toString()];
    default:
      return ["n", "null"];
  }
}

/** Converts a stored value to text exactly: floats (`f`) by the hex digits of their bits. */
export function textOf(code: Code, value: StoredScalar): string {
  if (typeof value === "string") return value;
  if (code !== "f") return String(value[0]);
  return new BigUint64Array(value.buffer, 0, 1)[0].toString(16);
}

/** Converts the text from {@link textOf} back to the stored value. */
export function fromText(code: Code, text: string): string | number | bigint {
  if (code === "f") return new Float64Array(BigUint64Array.of(BigInt(`0x${text}`)).buffer)[0];
  return code === "i" || code === "I" || code === "b" ? BigInt(text) : text;
}

/** Decodes a stored value; without a code, its type decides. */
export function decodeScalar(value: string | number | bigint, code?: Code): SnapshotScalar {
  switch (code) {
    case "j":
      return JSON.parse(String(value)) as string;
    case "b":
      return Number(value) !== 0;
    case "n":
      return null;
    case "I":
    case "D":
      return BigInt(value);
    case "f":
      return Number(value);
    default:
      return typeof value === "bigint" ? Number(value) : value;
  }
}
