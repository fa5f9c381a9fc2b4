/**
 * Snapshot files as any program has them that knows HDF5 and nothing of us, links and virtual datasets
 * into other files included. @module
 */
import { allocate, bytesOf, type TypedArray } from "../../src/arrays.ts";
import { loadLibrary } from "../../src/snapshot/file/hdf5_library.ts";
import { elementsOf, kindOfDescription } from "../../src/snapshot/file/hdf5_types.ts";

/** A dataset. */
export interface PlainDataset {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** An open file. */
export interface PlainFile extends Disposable {
  has(path: string): boolean;
  names(path: string): string[];
  read(path: string): PlainDataset;
}

/** The part of emscripten's file system that the toolkit itself does not use. */
interface MemoryFs {
  mkdir(path: string): void;
  writeFile(path: string, bytes: Uint8Array): void;
  unlink(path: string): void;
  rmdir(path: string): void;
}

let count = 0;

/** Opens `folder/name`; the other files of the folder are there, too. */
export async function openPlain(folder: string, name: string): Promise<PlainFile> {
  const { module, files } = await loadLibrary();
  const fs = module.FS as unknown as MemoryFs;
  const root = `/plain${count++}`, undo: (() => void)[] = [];
  const copy = (from: string, to: string): void => {
    fs.mkdir(to);
    undo.unshift(() => fs.rmdir(to));
    for (const { name, isDirectory } of Deno.readDirSync(from)) {
      const [source, target] = [`${from}/${name}`, `${to}/${name}`];
      if (isDirectory) copy(source, target);
      else if (/\.(h5|hdf)$/.test(name)) {
        fs.writeFile(target, Deno.readFileSync(source));
        undo.unshift(() => fs.unlink(target));
      }
    }
  };
  copy(folder, root);
  const file = module.open(`${root}/${name}`, 0, false, -1, -1);
  if (file < 0n) throw new Error(`cannot open ${name}: ${files.complaints()}`);
  return {
    has: (path) => module.get_type(file, path) >= 0,
    names: (path) => module.get_names(file, path, false),
    read(path) {
      const found = module.get_dataset_metadata(file, path);
      const shape = found.shape!, data = allocate(kindOfDescription(found)!, elementsOf(shape));
      const bytes = bytesOf(data), pointer = module._malloc(bytes.length + 8);
      const status = module.get_dataset_data(file, path, null, null, null, BigInt(pointer));
      bytes.set(module.HEAPU8.subarray(pointer, pointer + bytes.length));
      module._free(pointer);
      if (status < 0) throw new Error(`cannot read ${path}: ${files.complaints()}`);
      return { shape, data };
    },
    [Symbol.dispose]() {
      module.close_file(file);
      undo.forEach((one) => one());
    },
  };
}
