import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { MeshFormatError } from "../../../src/errors.ts";
import type { MeshData } from "../../../src/mesh/mesh_data.ts";
import { gmshData } from "../../../src/mesh/gmsh/gmsh_data.ts";
import { checkMesh, exteriorOf, sum, volumesOf } from "../mesh_facts.ts";
import { assertRounding } from "../../_helpers.ts";

const data = new URL("../../data/", import.meta.url);

function read(name: string): MeshData {
  const url = new URL(name, data);
  // Straight cells, of any order.
  return gmshData(Deno.readFileSync(url), fromFileUrl(url), 1);
}

function counts(mesh: MeshData) {
  const { dim } = mesh;
  return {
    nodes: mesh.coordinates.length / dim,
    cells: mesh.cells.length / (dim + 1),
    boundaries: Object.fromEntries([...mesh.boundaries].map(([k, v]) => [k, v.length / dim])),
    regions: Object.fromEntries([...mesh.regions].map(([k, v]) => [k, v.length])),
  };
}

// The counts in this file are those that Gmsh 4.8.4 and meshio 5.0.0 report.
const real = {
  "annulus.msh": [884, 1610, { outer: 105, inner: 53 }, { domain: 1610 }],
  "annulus_binary.msh": [884, 1610, { outer: 105, inner: 53 }, { domain: 1610 }],
  "channel_cylinder.msh": [
    1502,
    2804,
    { inlet: 14, outlet: 14, walls: 148, cylinder: 24 },
    { fluid: 2804 },
  ],
  "shell3d.msh": [845, 3038, { outer: 1012, inner: 316 }, { mantle: 3038 }],
} as const;

for (const [file, [nodes, cells, boundaries, regions]] of Object.entries(real)) {
  Deno.test(`${file} has the counts that Gmsh reports`, () => {
    const mesh = read(file);
    assertEquals(counts(mesh), { nodes, cells, boundaries, regions });
    checkMesh(mesh, { boundariesCoverAll: true });
    assertEquals([mesh.meshType, mesh.notes.length], ["gmsh", 0]);
  });
}

Deno.test("text and binary of one mesh give the same bits", () => {
  const text = read("annulus.msh"), binary = read("annulus_binary.msh");
  assertEquals(binary.cells, text.cells);
  assertEquals(binary.boundaries, text.boundaries);
  // Gmsh writes 16 significant digits, so the last bit can differ.
  binary.coordinates.forEach((x, i) => assertAlmostEquals(x, text.coordinates[i], 2e-16));
});

Deno.test("volumes add up to the polygon or polyhedron between the boundaries", () => {
  for (const file of Object.keys(real)) {
    const mesh = read(file);
    // The divergence theorem: the volume is the flux of x / dim through the boundary.
    const flux = [...exteriorOf(mesh).values()].map((nodes) => {
      const [a, b, c] = nodes.map((n) => [
        ...mesh.coordinates.subarray(n * mesh.dim, (n + 1) * mesh.dim),
      ]);
      if (mesh.dim === 2) return (a[0] * b[1] - a[1] * b[0]) / 2;
      return (a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
        a[2] * (b[0] * c[1] - b[1] * c[0])) / 6;
    });
    assertRounding(sum(volumesOf(mesh)), sum(flux), 4000);
  }
});

const annulus = {
  nodes: 65,
  cells: 91,
  boundaries: { outer: 26, inner: 13 },
  regions: { domain: 91 },
};
const order2 = "elements of order 2 were read as straight-sided cells; 156 nodes that are no " +
  "corners were left out";

Deno.test("one annulus in every version, kind and order is one mesh", () => {
  const files: Record<string, string[]> = {
    "annulus_40.msh": [],
    "annulus_41.msh": [],
    "annulus_41_binary.msh": [],
    "annulus_41_parametric.msh": [],
    "annulus_41_parametric_binary.msh": [],
    "annulus_41_order2.msh": [order2],
    "annulus_22.msh": [],
    "annulus_22_binary.msh": [],
    "annulus_22_order2_binary.msh": [order2],
  };
  const first = read("gmsh/annulus_41_binary.msh");
  for (const [file, notes] of Object.entries(files)) {
    const mesh = read(`gmsh/${file}`);
    assertEquals(counts(mesh), annulus, file);
    checkMesh(mesh, { boundariesCoverAll: true });
    assertEquals(mesh.notes, notes, file);
    assertEquals(mesh.cells, first.cells, file);
    // Text has 16 digits: a unit in the last place of numbers up to 1.
    mesh.coordinates.forEach((x, i) => assertAlmostEquals(x, first.coordinates[i], 2e-16));
  }
});

Deno.test("groups in 3-D: a facet inside, cells in two regions, a group without a name", () => {
  for (const kind of ["41", "41_binary", "22", "22_binary"]) {
    const mesh = read(`gmsh/cubes_${kind}.msh`);
    assertEquals(counts(mesh), {
      nodes: 78,
      cells: 200,
      boundaries: { interface: 14, outside: 140, physical_13: 14 },
      regions: { "left half": 100, "right half": 100, all: 200 },
    });
    assertEquals(mesh.notes, [
      'physical group "corner" of dimension 0 was left out: this mesh keeps dimensions 2 and 3',
    ]);
    const { interface: inside, ...outer } = Object.fromEntries(mesh.boundaries);
    checkMesh({ ...mesh, boundaries: new Map(Object.entries(outer)) }, {
      boundariesCoverAll: false,
    });
    for (const node of inside) assertRounding(mesh.coordinates[3 * node], 1, 4);
    assertRounding(sum(volumesOf(mesh)), 2, 400);
    const volumes = volumesOf(mesh);
    for (const name of ["left half", "right half"]) {
      const ids = [...mesh.regions.get(name)!];
      assertEquals(ids, ids.toSorted((a, b) => a - b));
      assertRounding(sum(ids.map((id) => volumes[id])), 1, 400);
    }
  }
});

Deno.test("a partitioned file is read whole, without the faces between partitions", () => {
  const whole = read("gmsh/cubes_41.msh");
  for (const kind of ["partitioned", "partitioned_binary"]) {
    const mesh = read(`gmsh/cubes_41_${kind}.msh`);
    assertEquals(counts(mesh), counts(whole));
    assertRounding(sum(volumesOf(mesh)), 2, 400);
  }
});

Deno.test("a file without physical groups keeps all cells and says so", () => {
  const mesh = read("gmsh/annulus_41_no_groups.msh");
  assertEquals(counts(mesh), { ...annulus, boundaries: {}, regions: {} });
  assertEquals(mesh.notes, [
    "the file has no physical groups: all cells were kept, and no boundary has a name",
  ]);
});

Deno.test("curves that are translated images of others make a periodic mesh", () => {
  const mesh = read("gmsh/periodic_41_binary.msh");
  assertEquals(counts(mesh), { nodes: 31, cells: 44, boundaries: {}, regions: { q: 44 } });
  assertEquals(mesh.notes, [
    '4 facets of boundary "w" are on sides of the periodic mesh and were left out',
  ]);
  const pairs = mesh.periodic!.get("x")!;
  assertEquals([...mesh.periodic!.keys()].concat(String(pairs.length)), ["x", "10"]);
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [pairs[i], pairs[i + 1]].map((node) =>
      mesh.coordinates.subarray(2 * node, 2 * node + 2)
    );
    assertAlmostEquals(b[0] - a[0], 1, 1e-12);
    assertAlmostEquals(b[1], a[1], 1e-12);
  }
});

Deno.test("periodic meshes are read without their periodicity on asking, or where the file has none", () => {
  const url = new URL("gmsh/periodic_41_binary.msh", data);
  const mesh = gmshData(Deno.readFileSync(url), "file", 1, false);
  assertEquals(counts(mesh).boundaries, { w: 4 });
  assertEquals([mesh.periodic!.size, mesh.notes], [0, [
    "the file says that nodes are periodic images of others; the mesh is not periodic",
  ]]);
  // Only the file of version 4.1 has the section.
  assertEquals(read("gmsh/periodic_22.msh").notes, []);
  assertEquals(counts(read("gmsh/periodic_22.msh")).boundaries, { w: 4 });
});

/** The file of version 2.2 with a section that says which nodes are images of others. */
function withSection(section: string): MeshData {
  const text = Deno.readTextFileSync(new URL("gmsh/periodic_22.msh", data));
  const bytes = new TextEncoder().encode(`${text}$Periodic\n${section}\n$EndPeriodic\n`);
  return gmshData(bytes, "a.msh");
}

Deno.test("periodic sections of version 2 are read, and refused with the first node without a partner", () => {
  const along = "Affine 1 0 0 1 0 1 0 0 0 0 1 0 0 0 0 1";
  const nodes = "3 4\n2 1\n8 16\n9 15\n10 14";
  const whole = read("gmsh/periodic_41_binary.msh");
  for (const affine of [`${along}\n`, ""]) {
    const mesh = withSection(`2\n0 2 1\n${affine}1\n2 1\n1 2 4\n${affine}5\n${nodes}`);
    assertEquals(mesh.periodic!.get("x")!.length, 10);
    assertEquals(mesh.boundaries.size, whole.boundaries.size);
  }
  const wrong = (section: string, says: string) =>
    assertThrows(() => withSection(section), MeshFormatError, says);
  wrong(`1\n1 2 4\n${along}\n2\n2 1\n9 14`, "node 14 at (0, 0.75");
  wrong(`1\n1 2 4\n${along}\n4\n3 4\n2 1\n8 16\n10 14`, "node 15 at (0, 0.5");
  wrong(`1\n1 2 4\n${along}\n1\n2 99`, "names node 99");
  wrong(`1\n1 2 4\n${along}\n-1`, "how many periodic nodes");
  wrong("1\n1 2", "expected 3 numbers");
  const turned = withSection(`1\n1 2 4\nAffine 0 1 0 0 1 0 0 0 0 0 1 0 0 0 0 1\n1\n2 4`);
  assertEquals(turned.periodic!.size, 0);
  assert(turned.notes.some((note) => note.includes("under a rotation")));
});

Deno.test("a surface that Gmsh turned over, negative tags and a free point", () => {
  const mesh = read("gmsh/half_disc_41.msh");
  checkMesh(mesh, { boundariesCoverAll: false });
  assertEquals(counts(mesh), { nodes: 22, cells: 28, boundaries: { arc: 8 }, regions: { s: 28 } });
  assertEquals(mesh.notes, ["1 of 23 nodes belong to no cell and were left out"]);
  assert(volumesOf(mesh).every((area) => area > 0));
});

Deno.test("quadrangles are refused by name", () => {
  const error = assertThrows(() => read("gmsh/quadrangles_41.msh"), MeshFormatError);
  assert(/quadrangles_41\.msh: the file has quadrangles \(element type 3\)/.test(error.message));
});
