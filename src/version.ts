/** The toolkit's version, as in deno.json; files record it. */
export const version = "0.1.0";
