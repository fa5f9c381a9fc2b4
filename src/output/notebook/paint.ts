/**
 * Chooses the picture for each class. It is loaded for the first picture, and so is what draws it.
 *
 * @module
 */
import type { DisplayBundle } from "../../display.ts";
import { Equation } from "../../equation/equation.ts";
import { Mesh } from "../../mesh/mesh.ts";
import { MeshVariable } from "../../mesh/mesh_variable.ts";
import { Model } from "../../model/model.ts";
import { Parameters } from "../../model/parameters.ts";
import { Timeline } from "../../model/timeline.ts";
import { Snapshot } from "../../snapshot/snapshot.ts";
import { Swarm } from "../../swarm/swarm.ts";
import { SwarmVariable } from "../../swarm/swarm_variable.ts";
import type { Picture } from "../plot/picture.ts";
import { plotField } from "../plot/plot_field.ts";
import { plotHistory } from "../plot/plot_history.ts";
import { plotMesh } from "../plot/plot_mesh.ts";
import { plotSwarm } from "../plot/plot_swarm.ts";
import {
  type DisplayedBearer,
  equationCard,
  modelCard,
  parametersCard,
  snapshotCard,
  stateCard,
} from "./inventory.ts";

/** Makes what an object of the toolkit shows in a notebook; undefined for other objects. */
export function paint(value: object): Promise<DisplayBundle> | undefined {
  if (value instanceof Model) return html(modelCard(value));
  if (value instanceof Parameters) return html(parametersCard(value));
  if (value instanceof Snapshot) return html(snapshotCard(value));
  if (value instanceof Mesh) return picture(plotMesh(value));
  if (value instanceof MeshVariable) return picture(plotField(value));
  if (value instanceof Swarm) return picture(plotSwarm(value, { variable: firstOf(value) }));
  if (value instanceof SwarmVariable) {
    return picture(plotSwarm(value.swarm, { variable: value.name }));
  }
  if (value instanceof Timeline) {
    return value.entries().length === 0 ? undefined : picture(plotHistory(value));
  }
  if (value instanceof Equation) return html(equationCard(value));
  return hasState(value) ? html(stateCard(value)) : undefined;
}

/** The first variable with one component. */
function firstOf(swarm: Swarm): string | undefined {
  return [...swarm.variables.values()].find(({ components }) => components === 1)?.name;
}

function hasState(value: object): value is DisplayedBearer {
  return "state" in value && typeof value.state === "object" && value.state !== null;
}

async function picture(drawn: Promise<Picture>): Promise<DisplayBundle> {
  return { "image/svg+xml": (await drawn).svg };
}

function html(text: string): Promise<DisplayBundle> {
  return Promise.resolve({ "text/html": text });
}
