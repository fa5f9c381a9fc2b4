/**
 * Runs the parallel suite under every MPI that is installed, with 1, 2, 3 and 4 ranks, and looks at
 * what becomes of jobs in which a rank fails or is killed. Installs nothing.
 *
 * A program of the suite is a file `tests/.../*_ranks.ts` that exports `main(comm)` and throws where
 * something is wrong. Arguments choose: `openmpi` or `mpich`, numbers of ranks, parts of file names;
 * `recovery` for jobs that are killed and started again, and nothing else.
 *
 * @module
 */
import { type Outcome, runJob, secondsPerJob } from "./mpi_jobs.ts";
import { testRecovery } from "./mpi_recovery.ts";
import { phases } from "../tests/comm/thrown_program.ts";

interface Launcher {
  readonly name: "Open MPI" | "MPICH";
  readonly short: string;
  readonly commands: readonly string[];
  readonly packages: string;
  /** A signal that the launcher hands on to the ranks without killing them a second later. */
  readonly ahead: Deno.Signal;
}

const launchers: readonly Launcher[] = [
  {
    name: "Open MPI",
    short: "openmpi",
    commands: ["mpirun.openmpi", "mpirun", "mpiexec"],
    packages: "openmpi-bin libopenmpi-dev",
    ahead: "SIGUSR2",
  },
  {
    name: "MPICH",
    short: "mpich",
    commands: ["mpirun.mpich", "mpirun", "mpiexec"],
    packages: "mpich libmpich-dev",
    ahead: "SIGTERM",
  },
];

/** Ways to fail, and what the job must say. */
const failures: Readonly<Record<string, string>> = {
  throws: "thrown on one rank",
  throwsLater: "thrown after a while",
  returnsEarly: "the end of the program",
  returnsWithoutSending: "has ended its program",
  exits: "the end of the program",
  exitsWithCode: "",
  differentCalls: "the ranks make different calls",
  isKilled: "",
  ...Object.fromEntries(Object.keys(phases).map((phase) => [`throwsDuring ${phase}`, "thrown at"])),
};

/** How long after a rank has thrown a job had ended, where it says when it was. */
function delayOf({ output }: Outcome): string {
  const found = /thrown at (\d+)/.exec(output);
  return found === null ? "" : `, ${Date.now() - Number(found[1])} ms after the throw`;
}

/** The command of a launcher that is this MPI's; null where there is none. */
async function find(launcher: Launcher): Promise<string | null> {
  for (const command of launcher.commands) {
    try {
      const { stdout } = await new Deno.Command(command, { args: ["--version"] }).output();
      const isOpen = new TextDecoder().decode(stdout).includes("Open MPI");
      if (isOpen === (launcher.name === "Open MPI")) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

async function programsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await programsBelow(path));
    else if (entry.name.endsWith("_ranks.ts")) found.push(path);
  }
  return found.sort();
}

/** What came of all programs and jobs so far. */
const tally = { passed: 0, failed: 0 };

/** Runs everything under one MPI. */
async function runSuite(
  { ahead }: Launcher,
  command: string,
  programs: string[],
  sizes: number[],
): Promise<void> {
  const permissions = ["--allow-ffi", "--allow-read", "--allow-write"];
  const report = (what: string, good: boolean, outcome: Outcome) => {
    tally[good ? "passed" : "failed"]++;
    if (good) return;
    const late = outcome.late ? `, still running after ${secondsPerJob} s` : "";
    console.log(`  FAILED ${what} (exit code ${outcome.code}${late})\n${outcome.output}`);
  };
  for (const ranks of sizes) {
    const outcome = await runJob(command, ranks, [
      ...permissions,
      "tests/mpi/run_all.ts",
      ...programs,
    ]);
    const all = outcome.output.split("\n");
    const lines = all.filter((line) => line.startsWith("  ok "));
    // Who solved: PETSc where this MPI has one.
    const solver = all.find((line) => line.startsWith("timestash: "));
    if (solver !== undefined) console.log(`  ${solver}`);
    if (lines.length > 0) console.log(lines.join("\n"));
    tally.passed += lines.length;
    const good = outcome.code === 0 && lines.length === programs.length;
    report(`${ranks} ranks`, good, outcome);
  }
  if (chosen.includes("recovery")) await testRecovery(command, ahead, report);
  if (chosen.length > 0) return;
  const pieces = await runJob(command, 3, [
    ...permissions,
    "tests/mpi/run_all.ts",
    "--pieces",
    "tests/comm/collectives_ranks.ts",
  ]);
  report("long messages in pieces", pieces.code === 0, pieces);
  for (const [name, says] of Object.entries(failures)) {
    const outcome = await runJob(command, 2, [
      ...permissions,
      "--allow-run",
      "tests/mpi/failing.ts",
      name,
    ]);
    const good = outcome.code !== 0 && !outcome.late && outcome.output.includes(says);
    report(`a job in which a rank fails (${name})`, good, outcome);
    if (good) {
      console.log(`  ok the job ends: ${name} (exit code ${outcome.code}${delayOf(outcome)})`);
    }
  }
  await testRecovery(command, ahead, report);
}

const chosen = Deno.args;
const mpis = launchers.map(({ short }) => short).filter((short) => chosen.includes(short));
const known = new Set([...launchers.map(({ short }) => short), "recovery"]);
const numbers = chosen.filter((word) => /^\d+$/.test(word)).map(Number);
const parts = chosen.filter((word) => !/^\d+$/.test(word) && !known.has(word));
const programs = (await programsBelow("tests"))
  .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)));
const sizes = numbers.length > 0 || chosen.includes("recovery") ? numbers : [1, 2, 3, 4];
const start = performance.now();
let ran = 0;
for (const launcher of launchers) {
  if (mpis.length > 0 && !mpis.includes(launcher.short)) continue;
  const command = await find(launcher);
  if (command === null) {
    console.log(
      `${launcher.name}: not tested, there is no launcher (${launcher.commands[0]}). ` +
        `On Debian: apt-get install ${launcher.packages}`,
    );
    continue;
  }
  console.log(`${launcher.name} (${command})`);
  ran++;
  await runSuite(launcher, command, programs, sizes);
}
// The line with which the runner of tests ends, so that it is counted in the same way.
const { passed, failed } = tally, good = ran > 0 && failed === 0;
if (ran === 0) console.log("No MPI is installed: nothing was tested");
const seconds = Math.round((performance.now() - start) / 1000);
console.log(`${good ? "ok" : "FAILED"} | ${passed} passed | ${failed} failed (${seconds}s)`);
Deno.exit(good ? 0 : 1);
