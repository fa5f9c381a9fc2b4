import { assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { MeshTangledError, StateSchemaError } from "../../src/errors.ts";
import type { FreeSurfaceState } from "../../src/surface/surface_state.ts";
import { layer, relax } from "./_surfaces.ts";
import { surfaceRun } from "./_surface_run.ts";

Deno.test("heat and particles below a surface go on with the same bytes, put back after a step that failed", () => {
  for (const interior of ["vertical", "laplace"] as const) {
    const u = surfaceRun(undefined, interior);
    u.advance(0, 5);
    using end = u.model.saveState();
    // B is put back; C is put back after a step that tangled the mesh, and after one with another scheme.
    for (const fails of [false, true]) {
      const b = surfaceRun(undefined, interior);
      b.advance(0, 2);
      using middle = b.model.saveState();
      if (fails) {
        assertThrows(() => b.surface.step({ dt: 1e6, scheme: "euler" }), MeshTangledError);
        b.surface.scheme = "stabilised";
      }
      b.advance(2, 4);
      b.model.loadState(middle);
      b.advance(2, 5);
      using found = b.model.saveState();
      assertEquals(diffSnapshots(end, found), [], interior);
    }
  }
});

Deno.test("a mesh that adapts below a surface keeps the volume, and is put back with the same bytes", () => {
  for (const interior of ["vertical", "laplace"] as const) {
    const { model, mesh, surface, advance } = surfaceRun(undefined, interior);
    const volume = surface.volume(), nodes = surface.heights().values.length;
    advance(0, 1);
    using before = model.saveState();
    const adapted = () => {
      mesh.adapt({ size: (_x, y) => y > 0.8 ? 0.1 : 1, maxLevel: 3 });
      advance(1, 3);
      return model.saveState();
    };
    using first = adapted();
    assertGreater(surface.heights().values.length, nodes);
    assertAlmostEquals(surface.volume(), volume, 1e-12);
    model.loadState(before);
    using second = adapted();
    assertEquals(diffSnapshots(first, second), [], interior);
  }
});

Deno.test("a scheme is state, and the state of another surface is refused", () => {
  const made = layer({ n: 4 }), { model, surface } = made;
  using before = model.saveState();
  surface.scheme = "rk4";
  relax(made, 1);
  assertEquals([surface.scheme, surface.steps], ["rk4", 1]);
  model.loadState(before);
  assertEquals([surface.scheme, surface.steps], ["rk2", 0]);
  const { state } = surface;
  const wrong: readonly [Partial<Record<keyof FreeSurfaceState, unknown>>, string][] = [
    [{ schemaVersion: 2 }, "schemaVersion is 2"],
    [{ boundary: "left" }, "boundary is left in the state and top here"],
    [{ interior: "laplace" }, "interior is laplace"],
    [{ scheme: "rk3" }, "one of"],
    [{ steps: 0.5 }, "0.5 steps"],
    [{ steps: -1 }, "-1 steps"],
    [{ theta: NaN }, "theta NaN"],
  ];
  for (const [change, says] of wrong) {
    assertThrows(
      () => surface.state = { ...state, ...change } as FreeSurfaceState,
      StateSchemaError,
      says,
    );
    assertEquals(surface.state, state);
  }
});

Deno.test("what a surface made comes and goes with it", () => {
  const { model, mesh, surface } = layer({ n: 4, interior: "laplace" });
  const made = [...model.bearers.keys()].filter((name) => name.startsWith("FreeSurface_0"));
  assertEquals(made, ["FreeSurface_0", "FreeSurface_0_motion", "FreeSurface_0_laplace"]);
  model.unregister(surface);
  const left = [...mesh.variables.keys(), ...model.bearers.keys()];
  assertEquals(left, ["v", "p", "Stokes_0"]);
});
