/**
 * Jobs that are killed, and what is left of them: a rank dies in a step, or at some moment of a save; a queue asks
 * a job to end. What was saved before loads, and the job that is started again ends in the same bytes.
 *
 * @module
 */
import { moments } from "../tests/mpi/_killing.ts";
import { type Outcome, runJob, startJob } from "./mpi_jobs.ts";

/** Takes what a job was about, whether it went as it should, and what became of it. */
export type Report = (what: string, good: boolean, outcome: Outcome) => void;

const permissions = ["--allow-ffi", "--allow-read", "--allow-write", "--allow-run"];
const same = "every byte is that of a run that nothing interrupted";
const ranks = 2;

/**
 * Runs all of them under one launcher.
 *
 * @param ahead A signal that the launcher hands on to the ranks.
 */
export async function testRecovery(
  command: string,
  ahead: Deno.Signal,
  toldTo: Report,
): Promise<void> {
  const report: Report = (what, good, outcome) => {
    toldTo(what, good, outcome);
    if (good) console.log(`  ok ${what}`);
  };
  const folder = await Deno.makeTempDir({ prefix: "timestash_" });
  try {
    await killedSaves(command, `${folder}/saves`, report);
    await killedRuns(command, folder, report);
    await endedRun(command, `${folder}/ended`, ahead, report);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function job(command: string, program: string, ...words: (string | number)[]): Promise<Outcome> {
  const args = [...permissions, `tests/mpi/${program}.ts`, ...words.map(String)];
  return runJob(command, ranks, args);
}

const rankOf = (of: "first" | "last") => of === "first" ? 0 : ranks - 1;

/** `model.saveState({ file })`, killed at each moment: the earlier file or the later one is there, whole. */
async function killedSaves(command: string, folder: string, report: Report): Promise<void> {
  await Deno.mkdir(folder);
  for (const [i, { of, what }] of moments.entries()) {
    const killed = await job(command, "killed_save", folder, rankOf(of), i);
    const ended = killed.code !== 0 && !killed.late;
    report(`the job ends when its ${of} rank is killed in a save, ${what}`, ended, killed);
  }
  const look = await job(command, "killed_save", folder, "look");
  const files = look.output.split("\n").filter((line) => line.startsWith("at"));
  const good = look.code === 0 && files.length === moments.length &&
    files.some((line) => line.endsWith("step 2")) && files.some((line) => line.endsWith("step 4"));
  report(`all ${moments.length} files that were being saved over load, old or new`, good, look);
}

/** Runs with checkpoints, killed in a step or in a save, and started again with the same line. */
async function killedRuns(command: string, folder: string, report: Report): Promise<void> {
  const ways: (string | number)[][] = [["kill-step", 1, 5]];
  for (const i of [1, 5, 7]) ways.push(["kill-save", rankOf(moments[i].of), 4, i]);
  for (const [i, way] of ways.entries()) {
    const place = `${folder}/run${i}`, steps = 8;
    const killed = await job(command, "long_run", place, steps, ...way);
    report(`the job ends: ${way.join(" ")}`, killed.code !== 0 && !killed.late, killed);
    const again = await job(command, "long_run", place, steps);
    const good = again.code === 0 && /goes on from step [24]/.test(again.output) &&
      again.output.includes(same);
    report(`started again, it ends in the same bytes: ${way.join(" ")}`, good, again);
  }
}

/** A signal as a queue sends it ahead of its limit: all ranks save one step, and end in good order. */
async function endedRun(
  command: string,
  folder: string,
  signal: Deno.Signal,
  report: Report,
): Promise<void> {
  const program = [...permissions, "tests/mpi/long_run.ts", folder];
  const asked = startJob(command, ranks, [...program, "1000000", "slow", "20"]);
  await until(() => /"status": "running"/.test(textOf(`${folder}/drift.run.json`)));
  await new Promise((resolve) => setTimeout(resolve, 500));
  asked.kill(signal);
  const outcome = await asked.outcome;
  const run = JSON.parse(textOf(`${folder}/drift.run.json`));
  const { checkpoints } = JSON.parse(textOf(`${folder}/catalog.json`));
  const { step, labels } = checkpoints.at(-1);
  const marked = run.status === "interrupted" && run.message === signal &&
    (labels.signal === signal || step % 2 === 0);
  report(`${signal} to the launcher: saved, marked, ended`, marked && !outcome.late, outcome);
  const again = await runJob(command, ranks, [...program, String(step + 3)]);
  const good = again.code === 0 && again.output.includes(`goes on from step ${step},`) &&
    again.output.includes(same);
  report(`after ${signal} it goes on from that very step`, good, again);
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function until(ready: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !ready(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
