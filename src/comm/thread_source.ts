/**
 * What a thread starts from, for a module of the toolkit. Threads can start only from files and `data:` URLs, so a
 * toolkit that was imported from the network is imported by a line of code.
 *
 * @param module The address of the module.
 */
export function threadSource(module: URL): URL {
  return module.protocol === "file:"
    ? module
    : new URL(`data:text/javascript,import ${JSON.stringify(module.href)};`);
}

/**
 * What a thread needs and does not have; null if it can start. A bundled script has no file to start it from, and a
 * file of this machine is read with the script's permissions.
 *
 * @param module The address of the module, in a folder of `src/`.
 */
export function threadMissing(module: URL): string | null {
  if (module.protocol !== "file:") return null;
  const folder = new URL("../", module);
  const query = { name: "read", path: module } as const;
  if (Deno.permissions.querySync(query).state !== "granted") {
    return `--allow-read=${decodeURIComponent(folder.pathname)}`;
  }
  try {
    return Deno.statSync(module).isFile ? null : `the file ${module.href}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `the file ${module.href}`;
    throw error;
  }
}
