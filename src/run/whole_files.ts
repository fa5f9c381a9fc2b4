/**
 * What a {@link FolderStore} needs to write; loaded when it first does, so that importing the toolkit stays quick.
 *
 * @module
 */
export { removeStale } from "../snapshot/file/deletion.ts";
export { explained } from "../snapshot/file/file_errors.ts";
export { PendingFile } from "../snapshot/file/pending_file.ts";
export { shortName } from "../snapshot/file/temporary_names.ts";
