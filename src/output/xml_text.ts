/**
 * Text in XML, as XDMF and SVG need it.
 *
 * @module
 */

/** Characters that XML 1.0 cannot hold in any form (section 2.2), and halves of pairs. */
const impossible =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Escapes text for XML; what XML cannot hold becomes U+FFFD, the sign for that. */
export function xmlText(text: string): string {
  return text.replace(impossible, "\ufffd").replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
