import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

const corners = { min: [0, 0], max: [1, 1] };
const file = new URL("../data/gmsh/annulus_41.msh", import.meta.url);

testWrongCalls("boxMesh, annulusMesh and readGmsh", () => {
  const model = new Model();
  return {
    model,
    calls: {
      "no options": [() => boxMesh(model, undefined as never), TypeError, "got undefined"],
      "a number for options": [() => boxMesh(model, 3 as never), TypeError, "got the number 3"],
      "cellsize": [
        () => boxMesh(model, { ...corners, cellsize: 0.1 } as never),
        TypeError,
        "did you mean 'cellSize'?",
      ],
      "a text for the name": [
        () => boxMesh(model, { ...corners, cells: [1, 1] }, "plate" as never),
        TypeError,
        'got the string "plate"',
      ],
      "nme": [
        () => boxMesh(model, { ...corners, cells: [1, 1] }, { nme: "x" } as never),
        TypeError,
        "did you mean 'name'?",
      ],
      "cells that are not whole": [
        () => boxMesh(model, { ...corners, cells: [1.5, 1] }),
        RangeError,
        "whole number",
      ],
      "a negative size": [
        () => boxMesh(model, { ...corners, cellSize: -1 }),
        RangeError,
        "above 0",
      ],
      "a corner that is NaN": [
        () => boxMesh(model, { min: [0, NaN], max: [1, 1], cellSize: 1 }),
        RangeError,
        "finite",
      ],
      "both sizes": [
        () => boxMesh(model, { ...corners, cells: [1, 1], cellSize: 1 }),
        TypeError,
        "either cellSize or cells",
      ],
      "innner": [
        () => annulusMesh(model, { innner: 1, outer: 2, cellSize: 0.5 } as never),
        TypeError,
        "did you mean 'inner'?",
      ],
      "inner above outer": [
        () => annulusMesh(model, { inner: 3, outer: 2, cellSize: 0.5 }),
        RangeError,
        "below outer",
      ],
      "a list for a file": [() => readGmsh(model, [] as never), TypeError, "readGmsh takes a path"],
      "naem": [
        () => readGmsh(model, file, { naem: "x" } as never),
        TypeError,
        "did you mean 'name'?",
      ],
    },
  };
});

testWrongCalls("MeshVariable and Mesh", () => {
  const model = new Model();
  const mesh = boxMesh(model, { ...corners, cells: [2, 2] });
  const u = new MeshVariable(mesh, "u");
  u.set((x) => x);
  const make = (options: unknown) => () => new MeshVariable(mesh, "w", options as never);
  return {
    model,
    calls: {
      "no mesh": [() => new MeshVariable(undefined as never, "w"), TypeError, "takes a mesh"],
      "no name": [() => new MeshVariable(mesh, "" as never), TypeError, "not empty"],
      "a name that is taken": [() => new MeshVariable(mesh, "u"), RangeError, "already"],
      "degre": [make({ degre: 2 }), TypeError, "did you mean 'degree'?"],
      "componets": [make({ componets: 2 }), TypeError, "did you mean 'components'?"],
      "a degree for options": [make(2), TypeError, "got the number 2"],
      "null for options": [make(null), TypeError, "got null"],
      "degree 3": [make({ degree: 3 }), RangeError, "0, 1 or 2"],
      "half a component": [make({ components: 1.5 }), RangeError, "whole number"],
      "NaN components": [make({ components: NaN }), RangeError, "whole number"],
      "a text for continuous": [make({ continuous: "no" }), TypeError, "true or false"],
      "an unknown transfer": [make({ transfer: "copy" }), RangeError, '"conserve"'],
      "too few values": [() => u.set([1, 2]), RangeError, ""],
      "an unknown boundary": [() => u.integrate("lid"), RangeError, '"left"'],
      "coordinates of another shape": [
        () => mesh.deform(new Float64Array(3)),
        RangeError,
        "",
      ],
      "coordinates that are NaN": [
        () => mesh.deform(new Float64Array(2 * mesh.nodeCount).fill(NaN)),
        RangeError,
        "NaN",
      ],
      "a marker of another length": [() => mesh.adapt([1, 2, 3]), RangeError, ""],
      "maxLevl": [
        () => mesh.adapt(() => 1, { maxLevl: 2 } as never),
        TypeError,
        "did you mean 'maxLevel'?",
      ],
      "a size with tolerence": [
        () => mesh.adapt({ size: 0.1, pases: 3 } as never),
        TypeError,
        "did you mean 'passes'?",
      ],
      "an indicator with tolerence": [
        () => mesh.adapt({ indicator: new Float64Array(8), tolerence: 3 } as never),
        TypeError,
        "did you mean 'tolerance'?",
      ],
    },
  };
});
