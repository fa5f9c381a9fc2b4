import { assert, assertEquals, assertThrows } from "@std/assert";
import { MeshFormatError } from "../../../src/errors.ts";
import { gmshData } from "../../../src/mesh/gmsh/gmsh_data.ts";
import { readGmsh } from "../../../src/mesh/read_gmsh.ts";
import { Model } from "../../../src/model/model.ts";
import { volumesOf } from "../mesh_facts.ts";
import { binarySquare22, binarySquare41, Bytes, text22 } from "./_write.ts";

const square = [[0, 0], [1, 0], [1, 1], [0, 1]];
const two = [[2, 1, 1, 2, 3], [2, 1, 1, 3, 4]];

function textOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function refused(bytes: Uint8Array, ...parts: string[]): void {
  const error = assertThrows(() => gmshData(bytes, "some.msh"), MeshFormatError);
  assertEquals(error.path, "some.msh");
  for (const part of ["some.msh: ", ...parts]) {
    assert(error.message.includes(part), `"${error.message}" has no "${part}"`);
  }
}

Deno.test("binary files of both byte orders and both sizes of tags are one mesh", () => {
  for (const little of [true, false]) {
    const files = [binarySquare41(little, 8), binarySquare41(little, 4), binarySquare22(little)];
    // Tags beyond 2^32 and far apart.
    files.push(binarySquare41(little, 8, 2 ** 40));
    for (const file of files) {
      const mesh = gmshData(file, "bytes");
      assertEquals(mesh.cells, new Int32Array([0, 1, 2, 0, 2, 3]));
      assertEquals(mesh.coordinates, new Float64Array([0, 0, 1, 0, 1, 1, 0, 1]));
      assertEquals(mesh.boundaries, new Map([["physical_5", new Int32Array([0, 1])]]));
      assertEquals(mesh.regions, new Map([["physical_3", new Int32Array([0, 1])]]));
    }
  }
});

Deno.test("cells are turned to positive orientation, exterior facets outwards", () => {
  const mesh = gmshData(text22(square, [[2, 1, 1, 3, 2], [2, 1, 1, 3, 4], [1, 5, 2, 1]]), "bytes");
  assertEquals(mesh.cells, new Int32Array([0, 1, 2, 0, 2, 3]));
  assertEquals(mesh.boundaries.get("physical_5"), new Int32Array([0, 1]));
  const corner = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const solid = gmshData(text22(corner, [[4, 1, 2, 1, 3, 4], [2, 5, 1, 2, 3]]), "bytes");
  assertEquals(volumesOf(solid), [1 / 6]);
  // The normal of the face z = 0 points down.
  const [a, b, c] = solid.boundaries.get("physical_5")!;
  assertEquals([[0, 2, 1], [2, 1, 0], [1, 0, 2]].some((f) => `${f}` === `${[a, b, c]}`), true);
});

Deno.test("an element that comes again, as in two groups of MSH 2.2, is one cell of both", () => {
  const elements = [...two, [2, 2, 3, 4, 1], [1, 5, 1, 2], [1, 5, 2, 1], [1, 6, 1, 2]];
  const mesh = gmshData(text22(square, elements, ['2 1 "a"', '2 2 "b"', '1 5 "c"']), "bytes");
  assertEquals(mesh.cells.length, 6);
  assertEquals(mesh.regions, new Map([["a", new Int32Array([0, 1])], ["b", new Int32Array([1])]]));
  assertEquals([...mesh.boundaries.keys()], ["c", "physical_6"]);
  assertEquals(mesh.boundaries.get("c"), new Int32Array([0, 1]));
});

Deno.test("names keep spaces and letters of any alphabet; two groups of one name are one", () => {
  const names = ['1 5 "côté  droit"', '1 6 "côté  droit"', '2 1 "a/b \\"c\\""', '1 9 ""'];
  const elements = [...two, [1, 5, 1, 2], [1, 6, 2, 3], [1, 9, 3, 4]];
  const mesh = gmshData(text22(square, elements, names), "bytes");
  assertEquals([...mesh.boundaries.keys()], ["côté  droit", "physical_9"]);
  assertEquals(mesh.boundaries.get("côté  droit"), new Int32Array([0, 1, 1, 2]));
  assertEquals([...mesh.regions.keys()], ['a/b \\"c\\"']);
});

Deno.test("groups that are empty or belong to no cell are notes", () => {
  const nodes = [...square, [5, 5], [6, 6]];
  const elements = [...two, [1, 5, 1, 3], [1, 6, 5, 6], [1, 6, 1, 2], [1, 8, 2, 4]];
  const names = ['1 5 "diagonal"', '1 6 "some"', '1 7 "typo"', '1 8 "other"', '2 1 "all"'];
  const mesh = gmshData(text22(nodes, elements, names), "bytes");
  assertEquals([...mesh.boundaries.keys()], ["diagonal", "some"]);
  assertEquals(mesh.notes, [
    "2 of 6 nodes belong to no cell and were left out",
    'physical group "typo" of dimension 1 has no elements and was left out',
    'boundary "some": 1 of 2 facets belong to no cell and were left out',
    'boundary "other": 1 of 1 facets belong to no cell and were left out',
  ]);
});

Deno.test("carriage returns, comments, blank lines and unknown sections do not matter", () => {
  const plain = new TextDecoder().decode(text22(square, two, ['2 1 "a"']));
  const mesh = gmshData(textOf(plain), "bytes");
  const windows = plain.replaceAll("\n", "\r\n");
  const words = plain.replace("$Nodes\n4", "$Nodes of it\n4 nodes").replace(
    "$EndNodes",
    "$EndNodes ok",
  )
    .replace("$Elements\n2", "$Part_2\n0\n$EndPart_2\n$Elements\n2")
    .replace("\n1 0 0 0", "\n+1 +0 +0e0 0").replace(`1\n2 1 "a"`, `1 name\n2 1 "a"`);
  const noisy = `$Comments\nmade by hand $Nodes\n$EndComments\n\n${plain}` +
    `\n$NodeData\n1\n"a $EndNodeData b"\n$EndNodeData\n\n`;
  for (const text of [windows, noisy, words, plain.trimEnd()]) {
    assertEquals(gmshData(textOf(text), "bytes"), mesh);
  }
});

Deno.test("a plane z = constant is 2-D, with rounding; surfaces in space are refused", () => {
  const tilted = square.map(([x, y], i) => [x, y, 3 + (i === 1 ? 1e-12 : 0)]);
  assertEquals(gmshData(text22(tilted, two), "bytes").dim, 2);
  const bent = square.map(([x, y], i) => [x, y, i === 1 ? 0.1 : 0]);
  refused(text22(bent, two), "surfaces in space are not supported", "z runs from 0 to 0.1");
  refused(text22(square.map(([x, y]) => [0, x, y]), two), "surfaces in space");
});

Deno.test("cells that make no mesh are refused by name", () => {
  const line = [[0, 0], [1, 1], [2, 2], [0, 1]];
  refused(
    text22(line, [[2, 1, 1, 2, 4], [2, 1, 1, 2, 3]]),
    "element 2, a triangle with nodes 1, 2, 3, has no area",
  );
  refused(text22(square, [[2, 1, 1, 2, 2]]), "nodes 1, 2, 2, has no area");
  refused(
    text22(square, [[4, 1, 1, 2, 3, 4]]),
    "a tetrahedron with nodes 1, 2, 3, 4, has no volume",
  );
  refused(text22(square, [...two, [2, 1, 1, 2, 4]]), "two cells overlap", "between (0, 1), (0, 0)");
  const fan = [...square, [0.5, 0.2]];
  refused(
    text22(fan, [...two, [2, 1, 1, 3, 5]]),
    "more than two cells share the facet between (1, 1), (0, 0)",
  );
  refused(text22(square, [[1, 1, 1, 2]]), "neither triangles nor tetrahedra");
  refused(text22(square, []), "neither triangles nor tetrahedra");
  refused(
    text22(square, [[3, 1, 1, 2, 3, 4]]),
    "quadrangles (element type 3)",
    "$Elements, line 13",
  );
  refused(text22(square, [[5, 1, 1, 2, 3, 4, 1, 2, 3, 4]]), "hexahedra (element type 5)");
  refused(text22(square, [[999, 1, 1]]), "elements of type 999");
  refused(
    text22([[0, 0], [1e999, 0], [0, 1]].map((x) => x.map(String)), [[2, 1, 1, 2, 3]]),
    "Infinity",
  );
  refused(
    text22([[0, 0], ["1e400", 0], [0, 1]], [[2, 1, 1, 2, 3]]),
    "node 2 is at (Infinity, 0, 0)",
  );
});

Deno.test("files that are none, cut or contradict themselves say where", () => {
  const good = new TextDecoder().decode(text22(square, two, ['2 1 "a"']));
  const cases: [string, ...string[]][] = [
    ["", "the file is empty"],
    ["hello\nworld", "expected the name of a section", '"hello"', "line 1"],
    ["$Nodes\n", "begins with $MeshFormat, this one with $Nodes"],
    ["$NOD\n1\n", "1 nodes, but only"],
    [good.replace("2.2", "4.2"), 'MSH version "4.2"', "$MeshFormat, line 2"],
    [good.replace("2.2", "2.2x"), 'MSH version "2.2x"'],
    [good.replace("2.2", "5"), 'MSH version "5"'],
    [good.replace("2.2", "3"), 'MSH version "3"', "gmsh -format msh41"],
    [good.replace("2.2 0 8", "2.2 0 4"), "numbers of 4 bytes"],
    [good.replace("2.2 0 8", "2.2 7 8"), "type 0 or 1, found 7"],
    [good.replace("2.2 0 8", "2.2 1 8"), "byte order"],
    [good.replace("$EndNodes", "$EndNode"), "expected $EndNodes, found", "line 14"],
    [good.slice(0, good.indexOf("$EndElements")), "the file ends before $EndElements"],
    [good.slice(0, good.indexOf("$Elements")), "the file ends without $Elements"],
    [good.slice(0, good.indexOf("1 3 4")), "ends too early", "$Elements"],
    [good + "$Nodes\n", "a second $Nodes"],
    [good + "$Extra\n1 2 3\n", "the file ends before $EndExtra"],
    [good.replace("$Nodes\n4", "$Nodes\n5"), "expected a whole number", "$Nodes"],
    [
      good.replace("$Nodes\n4", "$Nodes\n4000000000"),
      "4000000000 nodes, but only",
      "bytes are left",
    ],
    [good.replace("$Nodes\n4", "$Nodes\nfour"), 'found "four"'],
    [good.replace("$Elements\n2", "$Elements\n99999999999"), "99999999999 elements, but only"],
    [good.replace("2 1 0 0", "2 1 x 0"), 'expected a number, found "x"', "line 11"],
    [good.replace("2 1 0 0", "2 nan 0 0"), 'expected a number, found "nan"'],
    [good.replace("2 1 0 0", "3 1 0 0"), "two nodes with the tag 3"],
    [good.replace("1 2 3\n", "1 2 77\n"), "element 1 has node 77, which is not in $Nodes"],
    [good.replace("1 2 3\n", "1 2 99999999999\n"), "out of range for an integer"],
    [good.replace('2 1 "a"', "2 1 a"), "a name in quotes", "line 6"],
  ];
  for (const [text, ...parts] of cases) refused(textOf(text), ...parts);
  refused(Uint8Array.of(0x1f, 0x8b, 8, 0), "compressed by gzip");
});

Deno.test("$Elements before $Nodes is refused", () => {
  const good = new TextDecoder().decode(text22(square, two));
  const at = good.indexOf("$Nodes"), next = good.indexOf("$Elements");
  refused(
    textOf(good.slice(0, at) + good.slice(next) + good.slice(at, next)),
    "comes before $Nodes",
  );
});

Deno.test("as many groups as cells take linear time", () => {
  const count = 10_000;
  const nodes = Array.from({ length: count + 2 }, (_, i) => [i >> 1, i % 2]);
  const cells = Array.from({ length: count }, (_, i) => [2, i + 1, i + 1, i + 2, i + 3]);
  const mesh = gmshData(text22(nodes, cells), "bytes");
  assertEquals(mesh.regions.size, count);
  assertEquals(mesh.regions.get("physical_7"), new Int32Array([6]));
});

/** One square in the words of every version of text. */
const versions: Record<string, string> = {
  "1": `$NOD\n4\n1 0 0 0\n2 1 0 0\n3 1 1 0\n4 0 1 0\n$ENDNOD
$ELM\n3\n1 1 5 1 2 1 2\n2 2 3 1 3 1 2 3\n3 2 3 1 3 1 3 4\n$ENDELM\n`,
  "2":
    `$MeshFormat\n2 0 8\n$EndMeshFormat\n$PhysicalNames\n2\n5 "low" layer\n3 "rock"\n$EndPhysicalNames
$Nodes\n4\n1 0 0 0\n2 1 0 0\n3 1 1 0\n4 0 1 0\n$EndNodes
$Elements\n3\n1 1 2 5 1 1 2\n2 2 2 3 1 1 2 3\n3 2 2 3 1 1 3 4\n$EndElements\n`,
  "2.200000, parameters": `$MeshFormat\n2.200000 0 8\n$EndMeshFormat
$ParametricNodes\n4\n1 0 0 0 0 1\n2 1 0 0 1 2 0.5\n3 1 1 0 2 1 0.5 0.25\n4 0 1 0 3 1\n$EndParametricNodes
$Elements\n3\n1 1 2 5 1 1 2\n2 2 2 3 1 1 2 3\n3 2 2 3 1 1 3 4\n$EndElements\n`,
  "4.0": `$MeshFormat\n4.0 0 8\n$EndMeshFormat
$Entities\n1 1 1 0\n1 0 0 0 0 0 0 0\n1 0 0 0 1 0 0 1 5 2 1 -1\n1 0 0 0 1 1 0 1 3 1 1\n$EndEntities
$Nodes\n2 4\n1 1 1 2\n1 0 0 0 0\n2 1 0 0 1\n1 2 0 2\n3 1 1 0\n4 0 1 0\n$EndNodes
$Elements\n2 3\n1 1 1 1\n1 1 2\n1 2 2 2\n2 1 2 3\n3 1 3 4\n$EndElements\n`,
};

Deno.test("one square in every version of text is one mesh", () => {
  for (const [version, text] of Object.entries(versions)) {
    const mesh = gmshData(textOf(text), version);
    assertEquals(mesh.cells, new Int32Array([0, 1, 2, 0, 2, 3]), version);
    assertEquals(mesh.coordinates, new Float64Array([0, 0, 1, 0, 1, 1, 0, 1]), version);
    const [side, area] = version === "2" ? ["low", "rock"] : ["physical_5", "physical_3"];
    assertEquals(mesh.boundaries, new Map([[side, new Int32Array([0, 1])]]), version);
    assertEquals(mesh.regions, new Map([[area, new Int32Array([0, 1])]]), version);
    assertEquals(mesh.notes, [], version);
  }
});

Deno.test("binary nodes with parameters are read in MSH 2.2", () => {
  const file = new Bytes(true).text("$MeshFormat\n2.2 1 8\n").int(1).text("\n$EndMeshFormat\n");
  file.text("$ParametricNodes\n3\n").int(1).float(0, 0, 0).int(0, 1);
  file.int(2).float(1, 0, 0).int(1, 4).float(0.5).int(3).float(0, 1, 0).int(2, 1).float(0.5, 0.5);
  file.text("\n$EndParametricNodes\n$Elements\n1\n").int(2, 1, 2, 1, 7, 1, 1, 2, 3);
  const mesh = gmshData(file.text("\n$EndElements\n").done(), "bytes");
  assertEquals(mesh.coordinates, new Float64Array([0, 0, 1, 0, 0, 1]));
});

Deno.test("double nodes and unconnected pieces are notes", () => {
  const apart = [...square, [1, 0], [2, 0], [2, 1], [1, 1]];
  const elements = [...two, [2, 1, 5, 6, 7], [2, 1, 5, 7, 8]];
  assertEquals(gmshData(text22(apart, elements), "bytes").notes, [
    "2 nodes are in the place of another one, as 2 and 5 at (1, 0): cells are not connected there " +
    "(Coherence Mesh in Gmsh merges such nodes)",
    "the mesh is in 2 pieces that share no node, of 2, 2 cells",
  ]);
  const halves = [[0, 0], [1, 0], [0, 1], [0.5, 0], [0.5, 0.5], [0, 0.5], [1, 1]];
  const hanging = text22(halves, [[9, 1, 1, 2, 3, 4, 5, 6], [2, 1, 5, 2, 7]]);
  assertEquals(gmshData(hanging, "bytes").notes, [
    "1 nodes are in the middle of an edge of one cell and a corner of another one: cells are not " +
    "connected there",
  ]);
});

Deno.test("cells that make no mesh are the file's fault, by its name", () => {
  const far = [[0, 0], [1e80, 0], [1, 1], [0, 1]];
  const thin = [[0, 0], [1e-180, 0], [0, 1e-180]];
  const fan = [...two, [2, 1, 1, 3, 5]];
  for (
    const [nodes, elements, says] of [
      [far, two, "at most 1e+70"],
      [thin, [[2, 1, 1, 2, 3]], "has no"],
      [[...square, [1, -1]], fan, "facet"],
    ] as const
  ) {
    const model = new Model(), file = text22(nodes as number[][], elements as number[][]);
    const error = assertThrows(() => readGmsh(model, file), MeshFormatError, says);
    assert(error.message.startsWith("bytes: "), error.message);
    assertEquals(model.meshes.size, 0);
  }
});
