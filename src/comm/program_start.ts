/**
 * What ranks load before their program begins. A synchronous call cannot wait for a module, and few programs need
 * these modules, so that importing the toolkit does not load them.
 *
 * @module
 */

const loads: (() => Promise<void>)[] = [];

/** Registers what is to be loaded. */
export function beforeRanksStart(load: () => Promise<void>): void {
  loads.push(load);
}

/** Loads what was registered; for the code that starts the programs of ranks. */
export async function loadForRanks(): Promise<void> {
  await Promise.all(loads.map((load) => load()));
}
