import { assertEquals } from "@std/assert";
import { filesBelow } from "../../tools/syntax.ts";

const root = new URL("../../", import.meta.url).pathname;
const sources = filesBelow(root, "src").map((path) => ({
  path,
  text: Deno.readTextFileSync(`${root}${path}`),
}));

/** The word as a constant, as an argument, or as a step of a path; it may be a word of other things, too. */
function key(word: string): RegExp {
  return new RegExp(`(= |\\(|: )"${word}"|\\}/${word}\\b`);
}

/** Keys and attributes of entries, each with the one file that spells it. */
const spelled: Record<string, readonly RegExp[]> = {
  "src/mesh/stored.ts": [
    key("meshes"),
    key("coordinates"),
    key("variables"),
    /"topology"|topology\/(cells|boundaries|regions)/,
    /"partition"|partition\/(cell_ids|node_ids|boundary_rows)/,
    /dof_ids_p/,
    /geometry_version/,
    /topology_version/,
    /global_(nodes|cells)/,
    /owned_(nodes|cells)/,
  ],
  "src/swarm/stored.ts": [
    key("swarms"),
    key("ids"),
    /population_generation/,
    /mesh_name\b/,
    /next_id/,
  ],
  "src/snapshot/subject.ts": [/(?<!["'\w] in |=== |case )"state"(?! in)/],
};

for (const [home, patterns] of Object.entries(spelled)) {
  Deno.test(`the keys of ${home} stand in no other source file`, () => {
    for (const pattern of patterns) {
      const found = sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
      assertEquals(found, [home], String(pattern));
    }
  });
}

Deno.test("src/snapshot knows no mesh and no swarm, by import or by word", () => {
  const knowing = sources.filter(({ path, text }) =>
    path.startsWith("src/snapshot/") && /\b(mesh|swarm)(es|s)?\b/i.test(text)
  );
  assertEquals(knowing.map(({ path }) => path), []);
});
