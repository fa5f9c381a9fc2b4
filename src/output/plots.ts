/**
 * The plots and notebook displays that `mod.ts` exports. Loading this file registers the painter of notebook
 * displays; drawing loads its libraries when it is first used.
 *
 * @module
 */
import { registerPainter } from "../display.ts";

export { notebookProgress } from "./notebook/notebook_progress.ts";
export { StateSlider, stateSlider, type StateSliderOptions } from "./notebook/state_slider.ts";
export type { ColorMapName } from "./plot/color_map.ts";
export type { ParticleColorOptions } from "./plot/particle_colors.ts";
export type { PlotSlice } from "./plot/patches.ts";
export { Picture, type PngOptions } from "./plot/picture.ts";
export {
  convergenceOrder,
  type ConvergencePlotOptions,
  plotConvergence,
} from "./plot/plot_convergence.ts";
export {
  plotProfile,
  type Profile,
  profileOf,
  type ProfilePlotOptions,
} from "./plot/plot_profile.ts";
export { type FieldPlotOptions, plotField } from "./plot/plot_field.ts";
export { type AnimationOptions, saveAnimation } from "./plot/animation.ts";
export { plotStates, type StatesPlotOptions } from "./plot/plot_states.ts";
export { type HistoryPlotOptions, plotHistory } from "./plot/plot_history.ts";
export { type MeshPlotOptions, plotMesh } from "./plot/plot_mesh.ts";
export type { ColorPlotOptions, PlotOptions, SpacePlotOptions } from "./plot/plot_options.ts";
export { plotSwarm, type SwarmPlotOptions } from "./plot/plot_swarm.ts";
export type { ViewAngles } from "./plot/projection.ts";
export type { HistoryColumns, HistorySource } from "./plot/series.ts";
export type { PlotWindow } from "./plot/view.ts";

registerPainter(async (value) => (await import("./notebook/paint.ts")).paint(value));
