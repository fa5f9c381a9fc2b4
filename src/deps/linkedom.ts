// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * A document without a browser, into which Observable Plot draws; loaded when first used.
 *
 * @module
 */

/** The document; opaque. */
export type Document = Readonly<Record<never, never>>;

/** A new, empty document. */
export async function newDocument(): Promise<Document> {
  const { parseHTML } = await import("npm:linkedom@0.18.12") as unknown as {
    parseHTML(html: string): { document: Document };
  };
  return parseHTML("<!DOCTYPE html><html><body></body></html>").document;
}
