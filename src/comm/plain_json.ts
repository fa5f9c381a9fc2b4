/**
 * Plain values as JSON and back: what JSON does not have (dates, bigints, undefined) is represented by objects, and
 * so are records.
 *
 * @module
 */
import type { JsonValue } from "./comm.ts";

/** A value made of numbers, texts, booleans, null, undefined, dates, bigints, lists and records. */
export function toJson(value: unknown): JsonValue {
  if (value === undefined) return {};
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value instanceof Date) return { date: value.getTime() };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  const fields = Object.entries(value).map(([name, field]) => [name, toJson(field)]);
  return { record: Object.fromEntries(fields) };
}

/** The value that {@link toJson} was given. */
export function fromJson(sent: JsonValue): unknown {
  if (Array.isArray(sent)) return sent.map(fromJson);
  if (typeof sent !== "object" || sent === null) return sent;
  if ("bigint" in sent) return BigInt(sent["bigint"] as string);
  if ("date" in sent) return new Date(sent["date"] as number);
  if (!("record" in sent)) return undefined;
  const fields = Object.entries(sent["record"] as Record<string, JsonValue>);
  return Object.fromEntries(fields.map(([name, field]) => [name, fromJson(field)]));
}
