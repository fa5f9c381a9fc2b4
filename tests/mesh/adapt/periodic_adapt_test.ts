import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../../src/archive/diff.ts";
import { boxMesh } from "../../../src/mesh/box_mesh.ts";
import { recoveryError } from "../../../src/mesh/error_indicators.ts";
import { geometryOf, type Mesh } from "../../../src/mesh/mesh.ts";
import { MeshVariable } from "../../../src/mesh/mesh_variable.ts";
import { requireSides } from "../../../src/mesh/twins.ts";
import { Model } from "../../../src/model/model.ts";
import { AdvectionDiffusion } from "../../../src/solve/advection_diffusion.ts";
import { Swarm } from "../../../src/swarm/swarm.ts";
import { assertRounding, assertSameBytes, tempDir } from "../../_helpers.ts";

const tau = 2 * Math.PI;

function torus(kind: "plane" | "rough" | "space"): Mesh {
  const dim = kind === "space" ? 3 : 2;
  const min = Array.from({ length: dim }, () => 0), max = min.map(() => 1);
  const periodic = (["x", "y", "z"] as const).slice(0, dim);
  const model = new Model();
  return kind === "rough"
    ? boxMesh(model, { min, max, cellSize: 0.15, periodic })
    : boxMesh(model, { min, max, cells: min.map(() => dim === 2 ? 4 : 3), periodic });
}

function fieldsOn(mesh: Mesh): MeshVariable[] {
  const kinds = [[1, true], [2, true], [0, false], [1, false], [2, false]] as const;
  return kinds.map(([degree, continuous], i) => {
    const field = new MeshVariable(mesh, `f${i}`, { degree, continuous });
    field.set((x, y) => Math.sin(tau * x + i) + Math.cos(tau * y));
    return field;
  });
}

/** Halves around a corner of the box, which is one place on four (or eight) corners of the mesh, and merges the rest. */
function around(mesh: Mesh, centre: number): void {
  const away = (a: number) => Math.min(Math.abs(a - centre) % 1, 1 - Math.abs(a - centre) % 1);
  mesh.adapt((x, y, z) => {
    const far = Math.hypot(away(x), away(y), mesh.dim === 3 ? away(z) : 0);
    return far < 0.2 ? mesh.dim : -mesh.dim;
  });
}

Deno.test("both sides of a periodic mesh are halved and merged alike, and fields follow", () => {
  for (const kind of ["plane", "rough", "space"] as const) {
    const mesh = torus(kind), fields = fieldsOn(mesh);
    const cells = mesh.cells.data.slice(), places = mesh.coordinates.data.slice();
    const points = Array.from(
      { length: 60 },
      (_, i) => [i * 0.377 % 1, i * 0.773 % 1, i * 0.613 % 1].slice(0, mesh.dim),
    );
    for (const centre of [0.02, 0.97, 0.5, 0]) {
      const before = fields.map((field) => field.integrate() as number);
      around(mesh, centre);
      const { topology } = geometryOf(mesh);
      // Every facet has a cell on either side: nothing hangs, across the sides neither.
      requireSides(topology);
      assertEquals(topology.exteriorFacets.count, 0);
      fields.forEach((field, i) => {
        assertRounding(field.integrate() as number, before[i], 16 * mesh.cellCount, 2);
      });
    }
    const before = fields.map((field) => field.evaluate(points).data.slice());
    mesh.refine();
    fields.forEach((field, i) => {
      field.evaluate(points).data.forEach((value, k) =>
        assertRounding(value, before[i][k] as number, 40, 3)
      );
    });
    for (let k = 0; k < 8; k++) mesh.coarsen();
    assertSameBytes(mesh.cells.data, cells, kind);
    assertSameBytes(mesh.coordinates.data, places, kind);
    assertEquals([...mesh.periods.data], [...torus(kind).periods.data]);
  }
});

Deno.test("a run that adapts a periodic mesh is put back in every byte, in memory and from a file", async () => {
  const make = () => {
    const mesh = torus("rough"), model = mesh.model as Model;
    const T = new MeshVariable(mesh, "T"),
      velocity = new MeshVariable(mesh, "v", { components: 2 });
    velocity.set([1, 0.5]);
    T.set((x, y) => Math.exp(2 * (Math.cos(tau * x) + Math.cos(tau * y) - 2)));
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 1e-3, order: 2 });
    const swarm = new Swarm(mesh, { wraps: true });
    swarm.populate({ perCell: 1 });
    const run = (steps: number) => {
      for (let s = 0; s < steps; s++) {
        mesh.adapt({ indicator: recoveryError(T), share: 0.4, maxCells: 500 });
        solver.solve({ dt: 0.15 });
        swarm.advect(velocity, 0.15);
        model.tracker.time += 0.15;
      }
      return model.saveState();
    };
    return { model, mesh, run };
  };
  using folder = tempDir();
  const file = `${folder.path}/torus.snap.h5`;
  const never = make().run(4), back = make(), token = back.run(2);
  await back.model.saveState({ file });
  back.run(2);
  back.model.loadState(token);
  assertEquals(diffSnapshots(back.run(2), never), []);
  const fresh = make();
  await fresh.model.loadState(file);
  assertEquals(diffSnapshots(fresh.run(2), never), []);
});

Deno.test("a size that a field gives is the same on both sides of a periodic mesh", () => {
  const mesh = torus("plane"), size = new MeshVariable(mesh, "size");
  size.set((x) => 0.1 + 0.2 * Math.abs(Math.sin(tau / 2 * x)));
  mesh.adapt({ size });
  assert(mesh.cellCount > 100);
  assertEquals(mesh.adapt({ size }).changed, false);
  assertAlmostEquals(size.evaluate([[3, 0.3]]).get(0, 0), 0.1, 1e-12);
});
