/**
 * The constants of the file format.
 *
 * @module
 */

/** The text in the attribute `format` of the root. */
export const FORMAT = "timestash";

/** The version of the layout that this code writes; files of greater versions are refused. */
export const SCHEMA_VERSION = 1;

/** Where the grids of ParaView's view are; `/VTKHDF` is a second name for the first. */
export const VIEW_ROOT = "/VTKHDF_parts";

/**
 * Numbers of at least so many bytes go straight between their arrays and the disk, and are checked
 * when they are read; smaller ones go through the library's memory, and are checked when a file is
 * opened. (The library has a buffer for pieces up to 64 KiB.)
 */
export const LARGE = 1 << 18;
