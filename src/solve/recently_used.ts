/** Puts an entry first and drops the one that was not used for longest. */
export function remember<T>(list: T[], entry: T, capacity: number): void {
  const at = list.indexOf(entry);
  if (at >= 0) list.splice(at, 1);
  list.unshift(entry);
  list.length = Math.min(list.length, capacity);
}
