/**
 * The constants of the file format.
 *
 * @module
 */

/** The value of the root's `format` attribute. */
export const FORMAT = "timestash";

/** The layout version that this code writes; files with greater versions are refused. */
export const SCHEMA_VERSION = 1;

/** The group with the grids of the ParaView view; `/VTKHDF` is a second name for the first grid. */
export const VIEW_ROOT = "/VTKHDF_parts";

/** The attribute of that group which says how much is shown: `small`, or `full` as in files without it. */
export const VIEW_DETAIL = "detail";

/**
 * Numbers of at least this many bytes go straight between their arrays and the disk and are checked
 * when they are read. Smaller ones go through the library's memory and are checked when a file is
 * opened. (The library has a buffer for pieces of up to 64 KiB.)
 */
export const LARGE: number = 1 << 18;
