/** Files of whole models are kept in gzip, sidecars too: HDF5 is mostly room for what could be there. @module */
import { basename, dirname, join } from "@std/path";

const folder = new URL("../data/snapshots/", import.meta.url);

/** Puts the snapshot `name`, with all that belongs to it, from `dir` into tests/data/snapshots. */
export async function pack(dir: string, name: string): Promise<void> {
  for (const path of filesOf(dir, name)) {
    const target = new URL(`${path}.gz`, folder);
    Deno.mkdirSync(new URL(".", target), { recursive: true });
    const bytes = await through(join(dir, path), new CompressionStream("gzip"));
    Deno.writeFileSync(target, bytes);
  }
}

/** The reverse: the snapshot `name` into the folder `dir`. @returns its path. */
export async function unpack(name: string, dir: string): Promise<string> {
  for (const path of filesOf(folder.pathname, name)) {
    const target = join(dir, dirname(path), basename(path, ".gz"));
    Deno.mkdirSync(dirname(target), { recursive: true });
    const bytes = await through(join(folder.pathname, path), new DecompressionStream("gzip"));
    Deno.writeFileSync(target, bytes);
  }
  return join(dir, `${name}.snap.h5`);
}

/** The wrapper and the files of its folder, as paths in `dir`. */
function filesOf(dir: string, name: string): string[] {
  const bulk = `${name}.snap.bulk`;
  const files = Array.from(Deno.readDirSync(dir), (entry) => entry.name);
  const own = files.filter((file) => file.startsWith(`${name}.snap.h5`));
  if (!files.includes(bulk)) return own;
  return [
    ...own,
    ...Array.from(Deno.readDirSync(join(dir, bulk)), (file) => join(bulk, file.name)),
  ];
}

/** Puts all files of `dir` into the folder `target`. */
export async function packFolder(dir: string, target: URL): Promise<void> {
  Deno.mkdirSync(target, { recursive: true });
  for (const { name } of Deno.readDirSync(dir)) {
    // Locks are made anew by whoever needs them.
    if (name.startsWith(".")) continue;
    const bytes = await through(join(dir, name), new CompressionStream("gzip"));
    Deno.writeFileSync(new URL(`${name}.gz`, target), bytes);
  }
}

/** The reverse of {@link packFolder}. */
export async function unpackFolder(from: URL, dir: string): Promise<void> {
  for (const { name } of Deno.readDirSync(from)) {
    const bytes = await through(join(from.pathname, name), new DecompressionStream("gzip"));
    Deno.writeFileSync(join(dir, basename(name, ".gz")), bytes);
  }
}

async function through(
  path: string,
  stream: TransformStream<BufferSource, Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array> {
  const bytes = new Blob([Deno.readFileSync(path)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}
