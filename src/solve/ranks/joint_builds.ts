/**
 * What ranks make together and keep.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";

/** Something that the ranks made together. */
export interface JointBuild<T> {
  readonly made: T;
  /** Which of those that the ranks made together it is, counted from 1: the same number on all of them. */
  readonly build: number;
}

/** How many the ranks have made together: the same number on all of them. */
const counts = new WeakMap<Comm, number>();

/**
 * The one made before, where all ranks have the same one; otherwise a new one. A rank finds by the bytes of its own
 * rows what it made before, and these may be as they were twice while those of another rank have changed in between:
 * what both know then was not made together. Collective.
 *
 * @param known What this rank has.
 * @param make Makes a new one; collective.
 */
export function jointly<T>(
  comm: Comm,
  known: JointBuild<T> | null,
  make: () => T,
): JointBuild<T> {
  const build = known?.build ?? 0;
  const [last, first] = comm.allreduce(Float64Array.of(build, -build), "max");
  if (known !== null && first === -last) return known;
  const next = (counts.get(comm) ?? 0) + 1;
  counts.set(comm, next);
  return { made: make(), build: next };
}
