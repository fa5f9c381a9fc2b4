/**
 * Scientific scripts whose state can be put back: meshes, fields, particle swarms, time histories and
 * solvers live in a {@link Model}; `saveState` takes all of it, `loadState` puts all of it back, bit for
 * bit.
 *
 * @module
 */
export { Model } from "./src/model/model.ts";
export type { FromSnapshotOptions, ModelOptions, Registrable } from "./src/model/model_options.ts";
export type { Tracker, TrackerConventions } from "./src/model/tracker.ts";
export { type ParameterChange, Parameters, type ParametersState } from "./src/model/parameters.ts";
export { RandomStream, type RandomStreamState } from "./src/model/random_stream.ts";
export { KeyedStream } from "./src/model/keyed_stream.ts";
export type { AcceptedStep, AdvanceOptions, AdvanceReport } from "./src/model/advance_options.ts";
export type { BisectOptions } from "./src/model/bisection.ts";
export { Timeline, type TimelineEntry } from "./src/model/timeline.ts";
export type { Transcript } from "./src/model/transcript.ts";
export type {
  TranscriptDetails,
  TranscriptEvent,
  TranscriptKind,
  TranscriptSums,
} from "./src/model/transcript_event.ts";
export type {
  SolverSummary,
  TranscriptEntry,
  TranscriptFilter,
  TranscriptSummary,
} from "./src/model/transcript_query.ts";
export type { StoredTranscript } from "./src/run/read_log.ts";
export type { TimelineRecordOptions, TimelineTarget } from "./src/model/timeline_options.ts";
export { type Replayable, type ReplayReport, verifyReplay } from "./src/model/verify_replay.ts";
export type { BindSchema } from "./src/model/bind_state.ts";
export {
  Resumable,
  resumable,
  type ResumableBody,
  type ResumableContext,
  type ResumableHost,
  type ResumableState,
} from "./src/model/resumable.ts";

export {
  type AnimationOptions,
  type ColorMapName,
  type ColorPlotOptions,
  convergenceOrder,
  type ConvergencePlotOptions,
  type FieldPlotOptions,
  type HistoryColumns,
  type HistoryPlotOptions,
  type HistorySource,
  type MeshPlotOptions,
  notebookProgress,
  type ParticleColorOptions,
  Picture,
  plotConvergence,
  plotField,
  plotHistory,
  plotMesh,
  type PlotOptions,
  plotProfile,
  type PlotSlice,
  plotStates,
  plotSwarm,
  type PlotWindow,
  type PngOptions,
  type Profile,
  profileOf,
  type ProfilePlotOptions,
  saveAnimation,
  type SpacePlotOptions,
  StateSlider,
  stateSlider,
  type StateSliderOptions,
  type StatesPlotOptions,
  type SwarmPlotOptions,
  type ViewAngles,
} from "./src/output/plots.ts";
export {
  readTimestep,
  type ReadTimestepOptions,
  type ReadTimestepReport,
  type TimestepFiles,
  type TimestepOptions,
  writeTimestep,
} from "./src/output/time_series.ts";

export {
  readNpy,
  readNpz,
  saveViewer,
  viewer,
  type ViewerOptions,
  writeNpy,
  writeNpz,
  writeTable,
  writeZarr,
} from "./src/output/files.ts";
export type { TableSource } from "./src/output/files/columns.ts";
export type { ArraySource } from "./src/output/files/npy.ts";
export type { ZarrOptions } from "./src/output/files/zarr.ts";
export type { RunningViewer } from "./src/output/viewer/serve.ts";

export { Checkpoints } from "./src/run/checkpoints.ts";
export type { ResumeHow } from "./src/run/resume_terms.ts";
export { CheckpointCatalog } from "./src/run/checkpoint_catalog.ts";
export type { CheckpointStore, StoredFile } from "./src/run/checkpoint_store.ts";
export { FolderStore } from "./src/run/folder_store.ts";
export type { CheckpointsOptions } from "./src/run/checkpoint_options.ts";
export type {
  CheckpointEntry,
  CheckpointLabels,
  CheckpointLevel,
} from "./src/run/checkpoint_entry.ts";
export type { CheckpointSchedule } from "./src/run/checkpoint_schedule.ts";
export type { RetentionDecision, RetentionPolicy } from "./src/run/retention.ts";
export type { PruneReport } from "./src/run/prune.ts";
export type { PurgeDecision, PurgeReport } from "./src/run/purge.ts";
export type { RunRecord, RunStatus } from "./src/run/run_record.ts";
export type { RunIdentity } from "./src/run/run_identity.ts";
export type { RestoredCheckpoint } from "./src/run/checkpoint_files.ts";
export {
  type ResumeOptions,
  resumeOrStart,
  type ResumeReport,
  type StoredRun,
} from "./src/run/resume.ts";
export {
  Ensemble,
  type EnsembleMember,
  type EnsembleOptions,
  type EnsembleState,
} from "./src/run/ensemble.ts";
export { advanceWithProgress } from "./src/run/advance_progress.ts";
export {
  type ProgressOptions,
  type ProgressReporter,
  progressReporter,
  type ProgressTask,
} from "./src/run/progress.ts";

export { boxMesh } from "./src/mesh/box_mesh.ts";
export type { BoxAxis, BoxMeshOptions } from "./src/mesh/shapes/box.ts";
export { annulusMesh } from "./src/mesh/annulus_mesh.ts";
export type { AnnulusMeshOptions } from "./src/mesh/shapes/annulus.ts";
export { readGmsh, type ReadGmshOptions } from "./src/mesh/read_gmsh.ts";
export { Mesh, type MeshLocation } from "./src/mesh/mesh.ts";
export type { ChangingMesh } from "./src/mesh/changing_mesh.ts";
export type {
  AdaptLimits,
  AdaptReport,
  CellMarker,
  IndicatorTarget,
  SizeTarget,
} from "./src/mesh/adapt/options.ts";
export type {
  CellCosts,
  ParticlesOfMesh,
  RebalanceOptions,
  RebalanceReport,
} from "./src/mesh/rebalance_options.ts";
export type { AdaptLimit } from "./src/mesh/adapt/plan_change.ts";
export type { FieldTransfer } from "./src/mesh/field_store.ts";
export type { BalanceOptions, BalanceReport } from "./src/swarm/balance_options.ts";
export { gradientJumps, recoveryError } from "./src/mesh/error_indicators.ts";
export type { FormulaMethod, FormulaOptions, HeldValues } from "./src/mesh/formula_setter.ts";
export {
  type OutsideRule,
  transfer,
  type TransferOptions,
  type TransferReport,
} from "./src/mesh/field_transfer.ts";
export { MeshMotion, type MeshMotionState } from "./src/mesh/mesh_motion.ts";
export type { MemberKind, ModelHost } from "./src/mesh/model_host.ts";
export type { MeshBoundary } from "./src/mesh/boundary.ts";
export type { EdgeMiddles, MeshData } from "./src/mesh/mesh_data.ts";
export { type FieldValue, MeshVariable } from "./src/mesh/mesh_variable.ts";
export type {
  ComponentCount,
  MeshVariableArguments,
  MeshVariableOptions,
  PerComponent,
} from "./src/mesh/mesh_variable_options.ts";
export type { DofMap, FieldDegree } from "./src/mesh/dof_map.ts";
export type { FieldFunction, Points, ScalarFunction, VectorFunction } from "./src/mesh/points.ts";

export { Swarm } from "./src/swarm/swarm.ts";
export { SwarmVariable } from "./src/swarm/swarm_variable.ts";
export type { SwarmBoundary } from "./src/swarm/boundary_rule.ts";
export type { PopulateOptions } from "./src/swarm/filling.ts";
export type {
  AddParticlesOptions,
  SwarmOptions,
  SwarmVariableOptions,
} from "./src/swarm/swarm_options.ts";
export type { ParticleMask } from "./src/swarm/removal.ts";
export type { AdvectOptions } from "./src/swarm/advect_options.ts";
export type { ParticleValue } from "./src/swarm/particle_values.ts";

export { Equation } from "./src/equation/equation.ts";
export { EquationSetup } from "./src/equation/equation_setup.ts";
export { EvaluableEquation } from "./src/equation/evaluable_equation.ts";
export type {
  EquationOptions,
  EquationResult,
  LinearOptions,
  PreconditionerOptions,
} from "./src/equation/equation_options.ts";
export type {
  KrylovMethod,
  PreconditionerChoice,
  PreconditionerName,
} from "./src/equation/jacobian_solver.ts";
export type { EvaluationOptions } from "./src/equation/evaluation.ts";
export type { EquationState } from "./src/equation/equation_state.ts";
export type { EquationHistoryState } from "./src/equation/equation_history.ts";
export type { Definitions, FluxText, PreconditionerTexts } from "./src/equation/equation_texts.ts";

export { gradient } from "./src/adjoint/gradient.ts";
export type {
  Control,
  Gradient,
  GradientBy,
  GradientOptions,
  ObjectiveAt,
  Riesz,
} from "./src/adjoint/gradient_options.ts";
export { optimize } from "./src/adjoint/optimize.ts";
export type { Iterate, OptimizeOptions, Optimum } from "./src/adjoint/optimize_options.ts";
export { reverse } from "./src/adjoint/reverse.ts";
export type { ReverseOptions, ReverseReport } from "./src/adjoint/reverse_options.ts";
export { type ReverseSchedule, reverseSchedule } from "./src/adjoint/schedule.ts";

export { FreeSurface } from "./src/surface/free_surface.ts";
export type { FreeSurfaceState } from "./src/surface/surface_state.ts";
export type {
  FreeSurfaceOptions,
  InteriorMotion,
  SurfaceScheme,
  SurfaceStepOptions,
  SurfaceStepResult,
} from "./src/surface/surface_options.ts";
export { FlowSolver } from "./src/flow/flow_solver.ts";
export { Stokes } from "./src/flow/stokes.ts";
export { type ParticleMean, swarmMeans } from "./src/flow/swarm_means.ts";
export type {
  FreeSlipOptions,
  NonlinearOptions,
  NonlinearReport,
  StokesOptions,
  StokesResult,
  StokesState,
  TopographyOptions,
} from "./src/flow/stokes_options.ts";
export { swarmFit, type SwarmFitOptions } from "./src/flow/swarm_fit.ts";
export type { ParticleChoice } from "./src/materials/chosen_particles.ts";
export { ViscoElastic } from "./src/materials/visco_elastic.ts";
export type { ViscoElasticState } from "./src/materials/visco_elastic_state.ts";
export type {
  ViscoElasticOptions,
  ViscoElasticStep,
} from "./src/materials/visco_elastic_options.ts";
export { Materials } from "./src/materials/materials.ts";
export type { MaterialsState } from "./src/materials/materials_state.ts";
export type {
  MaterialProperties,
  MaterialProperty,
  MaterialsOptions,
  MaterialTable,
} from "./src/materials/material_table.ts";
export {
  type Activation,
  arrhenius,
  type ArrheniusOptions,
  bounded,
  composite,
  druckerPrager,
  type DruckerPragerOptions,
  frankKamenetskii,
  type FrankKamenetskiiOptions,
  type LawTerm,
  powerLaw,
  type PowerLawOptions,
  type ViscosityBounds,
  vonMises,
  type VonMisesOptions,
} from "./src/materials/laws.ts";
export type { BoundaryValues } from "./src/flow/normal_stress.ts";
export type { ViscosityAveraging } from "./src/flow/viscosity.ts";

export { Poisson, type PoissonOptions } from "./src/solve/poisson.ts";
export {
  Projection,
  type ProjectionOptions,
  type ProjectionState,
} from "./src/solve/projection.ts";
export {
  AdvectionDiffusion,
  type AdvectionDiffusionOptions,
} from "./src/solve/advection_diffusion.ts";
export type { AdvectionDiffusionState } from "./src/solve/advection_diffusion_state.ts";
export type { ConditionKind, ConditionState, Constraints } from "./src/solve/conditions.ts";
export type { SolverState } from "./src/solve/solver_types.ts";
export type {
  FieldTransportHistory,
  ParticleTransportHistory,
  SteppedHistory,
  TransportHistory,
} from "./src/solve/transport_history.ts";
export type { CrossingOptions } from "./src/solve/crossing_time.ts";
export type { TransportSchemeName } from "./src/solve/transport_scheme.ts";
export type { CoefficientState } from "./src/solve/coefficient_state.ts";
export type { StepOptions, StepResult } from "./src/solve/time_step.ts";
export type { BoundaryNumbers, StepFluxesState } from "./src/solve/step_fluxes.ts";
export type { EarlierLevelsState, FieldHistoryState } from "./src/solve/field_history.ts";
export { Diffusion, type DiffusionOptions } from "./src/solve/diffusion.ts";
export type { DiffusionState } from "./src/solve/diffusion_state.ts";
export type { Coefficient, Coefficients } from "./src/solve/coefficient.ts";
export {
  type ConditionOptions,
  FieldSolver,
  type SolveResult,
  type SolverOptions,
} from "./src/solve/field_solver.ts";

export {
  type ExpressionLevelsState,
  SymbolicDDt,
  type SymbolicDDtState,
} from "./src/ddt/symbolic_ddt.ts";
export { TimeHistory } from "./src/ddt/time_history.ts";
export type { TimeHistoryOptions, TimeHistoryState } from "./src/ddt/time_steps.ts";
export {
  adamsMoultonCoefficients,
  bdfCoefficients,
  type HistoryOrder,
  stableOrder,
} from "./src/ddt/coefficients.ts";
export { FieldDDt, type FieldDDtState, type FieldLevelsState } from "./src/ddt/field_ddt.ts";
export { EulerianDDt, type EulerianDDtOptions } from "./src/ddt/eulerian_ddt.ts";
export type { RelaxationStep } from "./src/ddt/relaxation.ts";
export { SemiLagrangianDDt } from "./src/ddt/semi_lagrangian_ddt.ts";
export type { SemiLagrangianDDtOptions } from "./src/ddt/semi_lagrangian_options.ts";
export type {
  LevelInterpolation,
  SemiLagrangianDDtState,
  TracedState,
} from "./src/ddt/semi_lagrangian_state.ts";
export type { TracedLevels } from "./src/ddt/traced_levels.ts";
export type { KeptLevel } from "./src/ddt/kept_level.ts";
export {
  LagrangianDDt,
  type LagrangianDDtOptions,
  type LagrangianDDtState,
} from "./src/ddt/lagrangian_ddt.ts";
export {
  LagrangianSwarmDDt,
  type LagrangianSwarmDDtState,
  type RealSwarmVariable,
  type SwarmLevelsState,
} from "./src/ddt/lagrangian_swarm_ddt.ts";
export {
  type Expression,
  type ExpressionAlgebra,
  expressionBrand,
  type ExpressionEvaluator,
} from "./src/expression/contract.ts";

export { Snapshot } from "./src/snapshot/snapshot.ts";
export { MemoryBackend } from "./src/snapshot/memory_backend.ts";
export type {
  CapturedParts,
  EntryHead,
  RankHeads,
  RowSpan,
} from "./src/snapshot/captured_parts.ts";
export type {
  CaptureSink,
  CaptureSource,
  CheckpointBackend,
  ExpressionValue,
  ShapedArray,
  SnapshotAttributes,
  SnapshotEntry,
  SnapshotEntryKind,
  SnapshotPayload,
  SnapshotScalar,
  SnapshotSharing,
  Snapshottable,
  SnapshottableState,
  StateValue,
} from "./src/snapshot/contract.ts";
export { statesEqual } from "./src/snapshot/states_equal.ts";
export { diffSnapshots, type SnapshotDifference } from "./src/archive/diff.ts";
export {
  consolidate,
  inspectSnapshot,
  readSnapshot,
  readSnapshotMetadata,
  removeSnapshot,
  verifySnapshot,
  writeSnapshot,
  writeView,
} from "./src/archive/disk.ts";
export type { FileOptions, LoadOptions } from "./src/archive/file_options.ts";
export type { VerifyReport } from "./src/archive/verify_snapshot.ts";
export type { BackgroundSave } from "./src/archive/background_save.ts";
export type { SaveOptions } from "./src/model/storage.ts";
export type { RestoreOptions } from "./src/model/grown_restore.ts";
export { registerMigration, type StateMigration } from "./src/snapshot/migrations.ts";

export type { Comm, CommMessage, CommReduction, JsonValue } from "./src/comm/comm.ts";
export { SelfComm } from "./src/comm/self.ts";
export { runRanks, type RunRanksOptions } from "./src/comm/workers/run_ranks.ts";
export type { ConsoleLevel } from "./src/comm/workers/rank_main.ts";
export { type MpiHandle, mpiHandleOf, mpiWorld } from "./src/comm/mpi/world.ts";

export type { ArrayKind, ArrayOf, TypedArray } from "./src/arrays.ts";
export { type NdArray, ndarray, type NdArrayData } from "./src/deps/ndarray.ts";
export {
  CheckpointError,
  CommError,
  ConvergenceError,
  CurvedCellsError,
  MeshFormatError,
  MeshTangledError,
  ModelBusyError,
  PeriodicMeshError,
  PetscError,
  ReplayError,
  RunCompletedError,
  RunIdentityError,
  SnapshotCorruptError,
  SnapshotFormatError,
  SnapshotInvalidatedError,
  SnapshotSerializationError,
  StateSchemaError,
  StepOrderError,
  StepSizeError,
  StoreError,
  type StoreFailure,
  TimestashError,
} from "./src/errors.ts";
export {
  isTimestashError,
  type TimestashErrorName,
  type TimestashErrors,
} from "./src/error_guard.ts";
export { version } from "./src/version.ts";
