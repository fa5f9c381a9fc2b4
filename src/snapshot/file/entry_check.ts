/**
 * Checks what a file says about an entry before it is relied on. A checksum shows only that
 * the file is as it was written, not that the toolkit has written it.
 *
 * @module
 */
import { arrayKinds } from "../../arrays.ts";
import type { SnapshotEntry, SnapshotEntryKind } from "../contract.ts";
import type { EntryMark } from "./attribute_codec.ts";
import { elementsOf } from "./hdf5_types.ts";

/** Formulas of the toolkit are far shorter; a longer one only costs time and stack. */
const LONGEST_FORMULA = 1 << 18;

/** The entry of a file's mark or list of keys is not what it has to be. */
class Unfit extends Error {}

/** What each kind of entry has to have. */
const checks: { readonly [kind in SnapshotEntryKind]: (entry: SnapshotEntry) => boolean } = {
  group: ({ data }) => data === null,
  array: ({ data }) => data !== null,
  record: ({ data, keys }) => data === null && keys !== undefined,
  list: ({ data, keys }) => data === null && keys !== undefined,
  numbers: ({ data }) => data instanceof Float64Array,
  texts: ({ attributes }) => isListOfTexts(attributes["json"]),
  ndarray: ({ data }) => data !== null,
  date: ({ attributes }) => isDate(attributes["iso"]),
  expression: ({ attributes: { text } }) =>
    typeof text === "string" && text.length <= LONGEST_FORMULA,
  alias: ({ attributes }) => typeof attributes["of"] === "string",
};

/**
 * The list of keys of a file.
 *
 * @throws {Error} when it is not a list of different texts.
 */
export function keysFrom(json: string): string[] {
  const keys: unknown = JSON.parse(json);
  requireNames(keys, "the list of keys");
  return keys;
}

/**
 * The mark of an entry.
 *
 * @throws {Error} when it is not one.
 */
export function markFrom(json: string, path: string): EntryMark {
  const mark = JSON.parse(json) as Partial<Record<keyof EntryMark, unknown>>;
  if (typeof mark !== "object" || mark === null || Array.isArray(mark)) {
    throw new Unfit(`the mark of ${path} is not a record`);
  }
  const { kind, attributes = [], more = [], keys, className, shape, elementType } = mark;
  // The attributes of the file itself have a mark without a kind.
  if (kind !== undefined && (typeof kind !== "string" || !Object.hasOwn(checks, kind))) {
    throw new Unfit(`${path} is marked as "${kind}", which is not a kind of entry`);
  }
  requireRows(attributes, 2, `the attributes of ${path}`);
  requireRows(more, 3, `the further attributes of ${path}`);
  if (keys !== undefined) requireNames(keys, `the keys of ${path}`);
  if (className !== undefined && typeof className !== "string") {
    throw new Unfit(`the class of ${path} is not a text`);
  }
  if (shape !== undefined && !isShape(shape)) {
    throw new Unfit(`the extents of ${path} are not whole numbers`);
  }
  if (elementType !== undefined && !(arrayKinds as readonly unknown[]).includes(elementType)) {
    throw new Unfit(`the numbers of ${path} are marked as "${elementType}"`);
  }
  return mark as EntryMark;
}

/**
 * Checks that an entry has what its kind needs.
 *
 * @throws {Error} when it does not.
 */
export function requireSound(entry: SnapshotEntry, path: string): void {
  const { kind, data, shape } = entry;
  if (!checks[kind](entry)) {
    throw new Unfit(`${path} is marked as "${kind}", and what it holds is something else`);
  }
  if (data !== null && (!isShape(shape) || elementsOf(shape) !== data.length)) {
    throw new Unfit(`${path} holds ${data.length} numbers, and its extents are [${shape}]`);
  }
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 32 &&
    value.every((extent) => Number.isSafeInteger(extent) && extent >= 0 && !Object.is(extent, -0));
}

function requireNames(value: unknown, what: string): asserts value is string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) {
    throw new Unfit(`${what} is not a list of texts`);
  }
  if (new Set(value).size < value.length) throw new Unfit(`${what} has one of them twice`);
}

function requireRows(value: unknown, length: number, what: string): void {
  const fine = Array.isArray(value) &&
    value.every((row) =>
      Array.isArray(row) && row.length >= length && row.length <= 3 &&
      row.every((item) => typeof item === "string")
    );
  if (!fine) throw new Unfit(`${what} are not lists of texts`);
  requireNames((value as string[][]).map(([name]) => name), what);
}

function isListOfTexts(json: unknown): boolean {
  if (typeof json !== "string") return false;
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) &&
      list.every((item) => item === null || typeof item === "string" || typeof item === "boolean");
  } catch {
    return false;
  }
}

function isDate(iso: unknown): boolean {
  return typeof iso === "string" && (iso === "invalid" || !Number.isNaN(Date.parse(iso)));
}
