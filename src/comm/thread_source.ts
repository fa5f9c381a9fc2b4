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
