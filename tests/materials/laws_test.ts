import { assert, assertEquals, assertThrows } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import {
  arrhenius,
  bounded,
  composite,
  druckerPrager,
  frankKamenetskii,
  powerLaw,
  vonMises,
} from "../../src/materials/laws.ts";
import { assertRounding } from "../_helpers.ts";

const scope = { edot: 0.3, T: 1500, p: 2e9, A: 2.5, x: 0, y: 0.5 };

/** The value of a law, which may have more names than there are in it. */
function valueOf(law: string): number {
  const formula = expression(law);
  const given = Object.fromEntries(
    formula.variables().map((name) => [name, scope[name as keyof typeof scope]]),
  );
  return formula.compile()(given);
}

const { exp, cos, sin, PI } = Math, R = 8.31446261815324;

Deno.test("laws have the values of their formulas", () => {
  const creep = { prefactor: "A", exponent: 3.5, activationEnergy: 5.3e5, activationVolume: 1e-5 };
  const cases: [string, number][] = [
    [powerLaw({ prefactor: 2, exponent: 3 }), 0.5 * 2 ** (-1 / 3) * 0.3 ** (-2 / 3)],
    [
      powerLaw(creep),
      0.5 * 2.5 ** (-1 / 3.5) * 0.3 ** (1 / 3.5 - 1) *
      exp((5.3e5 + 2e9 * 1e-5) / (3.5 * R * 1500)),
    ],
    [arrhenius({ prefactor: 4, activationEnergy: 2e5 }), 4 * exp(2e5 / (R * 1500))],
    [
      arrhenius({ prefactor: 4, activationEnergy: 2, gasConstant: 1, temperature: "y + 1" }),
      4 * exp(2 / 1.5),
    ],
    [frankKamenetskii({ reference: 10, sensitivity: 1e-3 }), 10 * exp(-1.5)],
    [vonMises({ yieldStress: "2 + y" }), 2.5 / 0.6],
    [
      druckerPrager({ cohesion: 1e7, friction: 30 }),
      (1e7 * cos(PI / 6) + 2e9 * sin(PI / 6)) / 0.6,
    ],
    [druckerPrager({ cohesion: 1, friction: 30, pressure: -9, least: 0.3 }), 0.5],
    [composite(2, "3", "6"), 1],
    [bounded("8", { min: 1 }), 9],
    [bounded("8", { max: 8 }), 4],
    [bounded("8", { min: 1, max: 9 }), 5],
  ];
  for (const [law, value] of cases) {
    // Powers and exponentials of the expression's kernels: some roundings each.
    assertRounding(valueOf(law) / value, 1, 20);
  }
});

Deno.test("bounds are smooth and are kept, at rest and at any rate", () => {
  const law = expression(
    bounded(powerLaw({ prefactor: 1, exponent: 3 }), { min: 0.1, max: 1e3 }),
  ).compile();
  for (const edot of [1e-40, 1e-20, 1e-3, 1, 1e3, 1e20]) {
    const eta = law({ edot });
    assert(eta >= 0.1 && eta <= 1e3, `${eta}`);
  }
  assertEquals(law({ edot: 1e-40 }), 1e3);
});

Deno.test("laws of the wrong kind are refused by name", () => {
  const wrong = (call: () => string, message: string) => assertThrows(call, TypeError, message);
  wrong(() => powerLaw({ prefactor: 1 } as never), "powerLaw: exponent");
  wrong(() => powerLaw({ prefactor: 1, exponent: 3, energy: 2 } as never), "activationEnergy");
  wrong(() => arrhenius({ prefactor: NaN }), "arrhenius: prefactor");
  wrong(() => vonMises({ yieldStress: "" }), "vonMises: yieldStress");
  wrong(() => druckerPrager({ cohesion: 1, friction: null } as never), "friction");
  wrong(() => composite(), "one law at least");
  wrong(() => composite(1, undefined as never), "composite");
  wrong(() => bounded("edot", {}), "got neither");
  wrong(() => frankKamenetskii({ reference: 1 } as never), "sensitivity");
  for (const bounds of [{ min: 5, max: 1 }, { min: 1, max: 1 }, { max: 0 }, { min: -1 }]) {
    assertThrows(() => bounded("edot", bounds), RangeError, "0 <= min < max");
  }
});
