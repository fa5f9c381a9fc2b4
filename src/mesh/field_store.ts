import { copyInto } from "../arrays.ts";
import { ownedAttribute } from "../snapshot/assemble.ts";
import type { CaptureSink, CaptureSource, SnapshotAttributes } from "../snapshot/contract.ts";
import type { FieldDegree } from "./dof_map.ts";
import { fieldAttributes, isUnallocated, type StoredField, storedField } from "./stored.ts";

/**
 * What a continuous variable keeps where cells of its mesh are put together: its integral, or its values at
 * nodes.
 */
export type FieldTransfer = "conserve" | "interpolate";

/** What kind of variable it is; the same in a snapshot and live, or restore refuses. */
export interface FieldKind extends StoredField {
  readonly degree: FieldDegree;
  readonly transfer: FieldTransfer;
}

/** The numbers of one mesh variable, allocated when first needed, and how they are saved. */
export class FieldStore {
  readonly name: string;
  readonly kind: FieldKind;
  /** Whether a snapshot without it is taken: one of before there was such a variable. */
  mayBeMissing = false;
  #data: Float64Array | null = null;
  /**
   * The memory of the topology before, which a restore across an adaptation takes again: fresh memory costs more
   * than the copy. Null on a mesh that never changed.
   */
  #before: Float64Array | null = null;
  readonly #attributes: SnapshotAttributes;
  readonly #unallocated: SnapshotAttributes;
  /** The attributes with the number of rows that this rank owns, and that number. */
  #shared: SnapshotAttributes = {};
  #owned = -1;

  constructor(name: string, kind: FieldKind) {
    this.name = name;
    this.kind = kind;
    this.#attributes = Object.freeze(fieldAttributes(kind, true));
    this.#unallocated = Object.freeze(fieldAttributes(kind, false));
  }

  /** The live numbers, or null before they are first asked for. */
  get data(): Float64Array | null {
    return this.#data;
  }

  /** The live numbers, zeros at first. */
  allocate(dofCount: number): Float64Array {
    return this.#data ??= new Float64Array(dofCount * this.kind.components);
  }

  /** Takes over the numbers on another topology; null for none. Views of before are of no use then. */
  replace(data: Float64Array | null): void {
    if (this.#data !== null && this.#data !== data) this.#before = this.#data;
    this.#data = data;
  }

  /** Memory for `length` numbers: the live one, that of the topology before, or new. */
  #memoryFor(length: number): Float64Array {
    if (this.#data?.length === length) return this.#data;
    return this.#before?.length === length ? this.#before : new Float64Array(length);
  }

  /** @param owned how many rows this rank owns; null where there is one rank. */
  capture(sink: CaptureSink, path: string, owned: number | null): void {
    const data = this.#data, { components } = this.kind;
    if (data === null) sink.group(path, this.#unallocated);
    else {
      const shape = components === 1 ? [data.length] : [data.length / components, components];
      sink.array(path, data, shape, owned === null ? this.#attributes : this.#ownedBy(owned));
    }
  }

  #ownedBy(owned: number): SnapshotAttributes {
    if (this.#owned !== owned) {
      this.#owned = owned;
      this.#shared = Object.freeze({ ...this.#attributes, ...ownedAttribute(owned) });
    }
    return this.#shared;
  }

  /** Checks the entry at `path`; returns what puts it back, or null after a refusal. */
  plan(source: CaptureSource, path: string, mesh: string, dofCount: number): (() => void) | null {
    const entry = source.get(path);
    const live = wordsOf(this.kind);
    const captured = entry === undefined ? "nothing" : wordsOf(storedField(entry));
    if (entry === undefined || captured !== live) {
      source.refuse(
        `variable '${this.name}' of mesh '${mesh}': captured ${captured}, live ${live}`,
      );
      return null;
    }
    if (entry.kind === "group" || isUnallocated(entry)) return () => this.#data = null;
    const saved = source.data(path, Float64Array, dofCount * this.kind.components);
    if (saved === null) return null;
    // In place where the topology is the same; memory for another one is found before anything is written.
    const memory = this.#memoryFor(saved.length);
    return () => {
      this.replace(memory);
      copyInto(memory, saved);
    };
  }
}

function wordsOf({ degree, continuous, components, transfer }: StoredField): string {
  const shared = continuous ? "continuous" : "discontinuous";
  const kept = transfer === "conserve" ? "" : `, transfer "${transfer}"`;
  return `P${degree} ${shared} with ${components} component${components === 1 ? "" : "s"}${kept}`;
}
