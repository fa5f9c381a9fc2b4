import { assertEquals } from "@std/assert";
import * as expressionEntry from "../src/expression/mod.ts";
import * as linearEntry from "../src/equation/linear.ts";
import * as s3Entry from "../src/run/s3_store.ts";
import * as entry from "../mod.ts";
import manifest from "../deno.json" with { type: "json" };

// A name that goes or comes is a decision: it changes this list, and CHANGELOG.md says why.
const names = `
  AdvectionDiffusion CheckpointCatalog CheckpointError Checkpoints CommError ConvergenceError
  Diffusion Ensemble Equation EquationSetup EulerianDDt EvaluableEquation FieldDDt FieldSolver FlowSolver FolderStore FreeSurface
  KeyedStream LagrangianDDt
  LagrangianSwarmDDt MemoryBackend Mesh MeshFormatError MeshMotion MeshTangledError MeshVariable Model ModelBusyError
  CurvedCellsError PeriodicMeshError
  Parameters PetscError Picture Poisson Projection RandomStream ReplayError Resumable RunCompletedError RunIdentityError
  SelfComm SemiLagrangianDDt Snapshot SnapshotCorruptError SnapshotFormatError
  SnapshotInvalidatedError SnapshotSerializationError StateSchemaError StateSlider StepOrderError StepSizeError Stokes StoreError Swarm
  SwarmVariable SymbolicDDt TimeHistory Timeline TimestashError adamsMoultonCoefficients advanceWithProgress
  annulusMesh bdfCoefficients boxMesh consolidate convergenceOrder diffSnapshots expressionBrand gradient gradientJumps inspectSnapshot
  isTimestashError mpiHandleOf mpiWorld ndarray notebookProgress optimize plotConvergence plotField plotHistory plotMesh plotProfile plotStates plotSwarm
  profileOf
  progressReporter readGmsh readSnapshot readSnapshotMetadata recoveryError readNpy readNpz readTimestep registerMigration
  removeSnapshot resumable resumeOrStart reverse reverseSchedule runRanks saveAnimation saveViewer stableOrder stateSlider statesEqual swarmMeans
  transfer verifyReplay
  verifySnapshot version viewer writeNpy writeNpz writeSnapshot writeTable writeTimestep writeView writeZarr
  arrhenius bounded composite druckerPrager frankKamenetskii powerLaw vonMises Materials swarmFit ViscoElastic
`;

Deno.test("the public entry has these names and no others", () => {
  assertEquals(Object.keys(entry).sort(), names.trim().split(/\s+/).sort());
});

Deno.test("the expression entry has these names and no others", () => {
  assertEquals(Object.keys(expressionEntry).sort(), [
    "combine",
    "expression",
    "expressionBrand",
    "fromJSON",
    "isExpression",
  ]);
});

Deno.test("the entry of linear algebra has these names and no others", () => {
  assertEquals(Object.keys(linearEntry).sort(), [
    "CsrMatrix",
    "Ilu0",
    "Jacobi",
    "Reductions",
    "SmoothedAggregation",
    "biCgStab",
    "conjugateGradients",
    "gmres",
    "loadVector",
    "massMatrix",
    "solveLinear",
    "stiffnessMatrix",
  ]);
});

Deno.test("the entry of object stores has these names and no others", () => {
  assertEquals(Object.keys(s3Entry).sort(), ["S3Store", "StoreError", "TimestashError"]);
});

Deno.test("the version that files record is the package's", () => {
  assertEquals(entry.version, manifest.version);
});
