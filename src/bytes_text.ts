const units = ["bytes", "kB", "MB", "GB", "TB"];

/** A number of bytes as people read it, to three digits: `1.89 kB`. */
export function bytesText(bytes: number): string {
  let power = 0, shown = bytes;
  // By what is shown: 999,950 bytes are 1.00 MB.
  while (Number(shown.toPrecision(3)) >= 1000 && power < units.length - 1) {
    shown /= 1000;
    power++;
  }
  return power === 0 ? `${bytes} bytes` : `${shown.toPrecision(3)} ${units[power]}`;
}
