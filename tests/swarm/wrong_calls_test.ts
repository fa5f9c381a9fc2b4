import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

testWrongCalls("Swarm", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("material").set((x) => x);
  const make = (options: unknown) => () => new Swarm(mesh, options as never);
  const add = (options: unknown) => () => swarm.addVariable("w", options as never);
  const still = (_x: number, _y: number, _z: number, out: Float64Array) => void out.fill(0);
  const advect = (options: unknown) => () => swarm.advect(still, 0.1, options as never);
  return {
    model,
    calls: {
      "no mesh": [() => new Swarm(undefined as never), TypeError, "takes a mesh first"],
      "boundry": [make({ boundry: "clamp" }), TypeError, "did you mean 'boundary'?"],
      "a name for options": [make("rock"), TypeError, 'got the string "rock"'],
      "an unknown boundary": [make({ boundary: "wrap" }), RangeError, '"lose"'],
      "fewst": [make({ balance: { fewst: 2 } }), TypeError, "did you mean 'fewest'?"],
      "a name that is taken": [make({ name: "Swarm_0" }), RangeError, "Swarm_0"],
      "components for options": [add(2), TypeError, "got the number 2"],
      "type": [add({ type: "int32" }), TypeError, "did you mean 'dtype'?"],
      "an unknown dtype": [add({ dtype: "int" }), RangeError, "float64"],
      "NaN components": [add({ components: NaN }), RangeError, "whole number"],
      "no options of populate": [() => swarm.populate(undefined as never), TypeError, "perCell"],
      "percell": [
        () => swarm.populate({ percell: 2 } as never),
        TypeError,
        "did you mean 'perCell'?",
      ],
      "no particle per cell": [() => swarm.populate({ perCell: 0 }), RangeError, "from 1"],
      "cells that are not there": [
        () => swarm.populate({ perCell: 1, cells: [99] }),
        RangeError,
        "found the number 99",
      ],
      "migrat": [
        () => swarm.addParticles([[0, 0]], { migrat: false } as never),
        TypeError,
        "did you mean 'migrate'?",
      ],
      "a text for global": [
        () => swarm.addParticles([[0, 0]], { global: "yes" } as never),
        TypeError,
        "true or false",
      ],
      "points in space": [() => swarm.addParticles([[0, 0, 0]]), RangeError, ""],
      "ordr": [advect({ ordr: 4 }), TypeError, "did you mean 'order'?"],
      "an order for options": [advect(4), TypeError, "got the number 4"],
      "order 3": [advect({ order: 3 }), RangeError, "1, 2 or 4"],
      "a negative limit": [advect({ stepLimit: -1 }), RangeError, "positive"],
      "dt that is NaN": [() => swarm.advect(still, NaN), RangeError, "finite"],
      "dt that is a text": [() => swarm.advect(still, "1" as never), TypeError, "dt is a number"],
      "most below fewest": [() => swarm.balance({ fewest: 3, most: 2 }), RangeError, "fewest"],
      "least": [() => swarm.balance({ least: 3 } as never), TypeError, "no option 'least'"],
    },
  };
});
