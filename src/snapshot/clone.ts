import type { StateValue } from "./contract.ts";
import { MemoryBackend } from "./memory_backend.ts";
import { decodeState } from "./state_decode.ts";
import { encodeState } from "./state_encode.ts";

/**
 * Makes a deep copy of a state value, with the same result as saving and restoring it.
 *
 * @param path The name of the value in error messages, e.g. `parameters.kappa`.
 * @throws {SnapshotSerializationError} when the value cannot be saved.
 */
export function cloneState<V extends StateValue>(value: V, path: string): V {
  if (typeof value !== "object" || value === null) {
    if (typeof value !== "function" && typeof value !== "symbol" && value !== undefined) {
      return value;
    }
  }
  const backend = new MemoryBackend();
  const dot = path.lastIndexOf(".");
  encodeState(backend, "copy", { [path.slice(dot + 1)]: value }, path.slice(0, Math.max(dot, 0)));
  return (decodeState(backend, "copy") as Record<string, V>)[path.slice(dot + 1)];
}
