/**
 * The checksums that a ZIP archive lists in its directory, which the library that unpacks it does not compare.
 * Source: PKWARE, .ZIP File Format Specification 6.3.10, sections 4.3.12 and 4.3.16.
 *
 * @module
 */
import { crc32 } from "../crc32.ts";

const ENTRY = 0x02014b50, END = 0x06054b50;

/**
 * The first file whose bytes are not those of the archive's directory; null where all are.
 *
 * @param archive The whole archive.
 * @param files What was unpacked, by name.
 */
export function damagedFile(
  archive: Uint8Array,
  files: Readonly<Record<string, Uint8Array>>,
): string | null {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const names = new TextDecoder();
  for (let at = directoryOf(view); at + 46 <= view.byteLength;) {
    if (view.getUint32(at, true) !== ENTRY) break;
    const checksum = view.getUint32(at + 16, true), length = view.getUint16(at + 28, true);
    const name = names.decode(archive.subarray(at + 46, at + 46 + length));
    if (Object.hasOwn(files, name) && crc32(files[name]) !== checksum) return name;
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return null;
}

/** Where the directory begins, by the record at the end of the archive. */
function directoryOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === END) return view.getUint32(at + 16, true);
  }
  return view.byteLength;
}
