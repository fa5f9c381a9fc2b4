import { assert, assertEquals, assertThrows } from "@std/assert";
import { MeshFormatError } from "../../../src/errors.ts";
import { gmshData } from "../../../src/mesh/gmsh/gmsh_data.ts";
import { geometryOf, type Mesh } from "../../../src/mesh/mesh.ts";
import { MeshVariable } from "../../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../../src/mesh/read_gmsh.ts";
import { Model } from "../../../src/model/model.ts";
import { Poisson } from "../../../src/solve/poisson.ts";
import { errorOf } from "../../_curved.ts";

const file = (name: string) => new URL(`../../data/gmsh/${name}`, import.meta.url);

function read(name: string, geometryDegree: 1 | 2): Mesh {
  return readGmsh(new Model(), file(name), { geometryDegree });
}

function unitOn(mesh: Mesh) {
  const one = new MeshVariable(mesh, "one");
  one.set(1);
  return one;
}

Deno.test("second-order files of Gmsh keep the circles of an annulus", () => {
  for (const name of ["annulus_41_order2.msh", "annulus_22_order2_binary.msh"]) {
    const mesh = read(name, 2), straight = read(name, 1);
    assertEquals([mesh.geometryDegree, straight.geometryDegree, mesh.cellCount], [
      2,
      1,
      straight.cellCount,
    ]);
    assertEquals(mesh.notes, []);
    assertEquals(readGmsh(new Model(), file(name)).geometryDegree, 2);
    assertEquals(readGmsh(new Model(), file("annulus_41.msh")).geometryDegree, 1);
    assertEquals(straight.notes.length, 1);
    const one = unitOn(mesh), other = unitOn(straight);
    // 24 and 12 sides of parabolas: pi r (pi / n)^4 / 15 and so.
    for (const [boundary, radius] of [["outer", 1], ["inner", 0.5]] as const) {
      const exact = 2 * Math.PI * radius;
      const error = Math.abs(one.integrate(boundary) - exact);
      assert(error < 0.01 * Math.abs(other.integrate(boundary) - exact), `${boundary}: ${error}`);
    }
    const u = new MeshVariable(mesh, "u", { degree: 2 }), solver = new Poisson(u);
    const w = new MeshVariable(straight, "u", { degree: 2 }), polygon = new Poisson(w);
    for (const pipe of [solver, polygon]) {
      pipe.addDirichlet("inner", 0);
      pipe.addDirichlet("outer", Math.log(2));
      pipe.solve();
    }
    const exact = ([x, y]: readonly number[]) => Math.log(2 * Math.hypot(x, y));
    assert(errorOf(u, exact) < 0.15 * errorOf(w, exact), `${errorOf(u, exact)}`);
    // Sides inside of the domain are straight but for rounding, and their cells are taken as such.
    const { curved } = geometryOf(mesh);
    const rim = [...mesh.boundaries.values()].reduce((sum, { count }) => sum + count, 0);
    assertEquals(curved!.cells.length, rim);
  }
});

/** One tetrahedron of order 2, its middles by their ends in Gmsh's order: 01, 12, 20, 30, 23, 13. */
function tetrahedron(move: (ends: string) => number[] = () => [0, 0, 0]): string {
  const corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const pairs = ["01", "12", "20", "30", "23", "13"];
  const middles = pairs.map((ends) => {
    const [a, b] = [...ends].map((k) => corners[Number(k)]), by = move(ends);
    return a.map((x, d) => (x + b[d]) / 2 + by[d]);
  });
  const nodes = [...corners, ...middles].map((x, n) => `${n + 1} ${x.join(" ")}`);
  return `$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n10\n${nodes.join("\n")}\n$EndNodes\n` +
    `$Elements\n2\n1 11 2 1 1 ${nodes.map((_, n) => n + 1).join(" ")}\n` +
    `2 9 2 2 2 2 3 4 6 9 10\n$EndElements\n`;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("a tetrahedron of order 2 has every middle on its own edge", () => {
  const straight = readGmsh(new Model(), bytesOf(tetrahedron()), { geometryDegree: 2 });
  assertEquals(geometryOf(straight).curved, null);
  for (const bulging of ["01", "12", "20", "30", "23", "13"]) {
    const by = [0.01, 0.02, 0.03];
    const mesh = readGmsh(
      new Model(),
      bytesOf(tetrahedron((ends) => ends === bulging ? by : [0, 0, 0])),
      { geometryDegree: 2 },
    );
    const u = new MeshVariable(mesh, "u", { degree: 2 }), { data } = u.coordinates;
    // The cell keeps its corners in place, so the middle is found by where it is.
    const corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];
    const [a, b] = [...bulging].map((k) => corners[Number(k)]);
    const wanted = a.map((x, d) => (x + b[d]) / 2 + by[d]);
    const places = Array.from({ length: 10 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]);
    assert(places.some((x) => x.join() === wanted.join()), bulging);
    // And it is in the middle of its edge: x at barycentric (1/2, 1/2).
    u.set((x, y, z) => x + 10 * y + 100 * z);
    const [value] = u.evaluate([wanted]).data;
    assert(Math.abs(value - (wanted[0] + 10 * wanted[1] + 100 * wanted[2])) < 1e-12);
  }
});

Deno.test("middles that cannot be are refused by the reader", () => {
  const refused = (text: string, message: string) => {
    const error = assertThrows(() => gmshData(bytesOf(text), "some.msh", 2), MeshFormatError);
    assert(error.message.includes(message), error.message);
  };
  refused(tetrahedron().replace("6 0.5 0.5 0", "6 1e999 0.5 0"), "is at (Infinity");
  const flat = (z: number, other: number) =>
    `$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n10\n1 0 0 0\n2 1 0 0\n3 0 1 0\n4 1 1 0\n5 .5 0 0\n` +
    `6 .5 .5 ${z}\n7 0 .5 0\n8 1 .5 0\n9 .5 1 0\n10 .5 .5 0\n$EndNodes\n$Elements\n2\n` +
    `1 9 2 1 1 1 2 3 5 6 7\n2 9 2 1 1 2 4 3 8 9 ${other}\n$EndElements\n`;
  refused(flat(0.1, 6), "in a plane z = constant");
  refused(flat(0, 10), "shares an edge");
  assertEquals(gmshData(bytesOf(flat(0, 6)), "some.msh", 2).middles!.edges.length, 10);
});
