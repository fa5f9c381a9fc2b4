/**
 * What was agreed on for a run whose script was edited since: whose numbers win, and what happens to objects that
 * only one side has.
 *
 * @module
 */
import { RunIdentityError } from "../errors.ts";
import type { RestoreOptions } from "../model/grown_restore.ts";
import type { RunDifference, RunIdentity } from "./run_identity.ts";
import type { RunRecord } from "./run_record.ts";
import { canBeTaken, isConditionLine, isNumberLine, ownerOfLine } from "./run_setup.ts";

/** How a run is continued, or a checkpoint loaded, when the script is not the one that began it. */
export interface ResumeHow extends RestoreOptions {
  /**
   * Whose numbers win where the script was edited since the run began (parameters, coefficients, conditions,
   * geometry): the `script`'s or those of the `checkpoint`. Without it, they must agree.
   */
  readonly numbers?: "script" | "checkpoint" | undefined;
}

/** The lines that a model may have more or less of. */
const GROWS = /^(mesh|variable|swarm|bearer|parameter|geometry|coefficient|condition|scheme) /;

/** Whether a difference was agreed on. */
export function isAccepted(
  difference: RunDifference,
  { numbers, missing, extra }: ResumeHow,
): boolean {
  const { name, was, is } = difference;
  // A condition more or less on a solver that both have.
  if (isConditionLine(name) && (was === undefined || is === undefined)) {
    return numbers === "script" || was === undefined && missing === "keep";
  }
  if (was === undefined) return missing === "keep" && GROWS.test(name);
  if (is === undefined) return extra === "keep" && GROWS.test(name);
  return isNumberLine(name) && numbers !== undefined && canBeTaken(name, was, is, numbers);
}

/**
 * Refuses differences that were not agreed on.
 *
 * @throws {RunIdentityError} when there are some; it lists all and says what can be done.
 */
export function requireAccepted(
  run: RunRecord,
  differences: readonly RunDifference[],
  how: ResumeHow,
  asked: "resume" | "load",
): void {
  const refused = differences.filter((difference) => !isAccepted(difference, how));
  if (refused.length === 0) return;
  const what = asked === "resume"
    ? `run "${run.id}" cannot be resumed: it is not the run of this script.`
    : `a checkpoint of run "${run.id}" was not loaded: the script has set other numbers.`;
  const texts = refused.map(({ text }) => text);
  throw new RunIdentityError(
    run.id,
    texts,
    [what, ...texts.map((text) => `  ${text}`), adviceFor(refused, how, asked)].join("\n"),
  );
}

function adviceFor(
  refused: readonly RunDifference[],
  { numbers }: ResumeHow,
  asked: "resume" | "load",
): string {
  const ways: string[] = [];
  const of = asked === "resume" ? "continue with" : "use";
  if (numbers === "script" && refused.every(({ name }) => name.startsWith("geometry "))) {
    return "The fields of a checkpoint live on its own mesh, so its geometry cannot be taken from the script; " +
      'pass { numbers: "checkpoint" }, or begin a new run and transfer() the fields';
  }
  const helps = (numbers: "script" | "checkpoint") =>
    refused.every((it) => isAccepted(it, { numbers }));
  if (helps("script")) ways.push(`{ numbers: "script" } to ${of} those of the script`);
  if (helps("checkpoint")) ways.push(`{ numbers: "checkpoint" } to ${of} those of the run`);
  const only = (side: "was" | "is") =>
    refused.some((it) =>
      it[side] === undefined && GROWS.test(it.name) && (side === "was" || !isConditionLine(it.name))
    );
  if (only("was")) ways.push('{ missing: "keep" } to keep what is new');
  if (only("is")) ways.push('{ extra: "keep" } to take over what is gone');
  if (asked === "resume") {
    ways.push('{ onMismatch: "start" } to begin a new run beside it');
    ways.push('{ onMismatch: "resume" } to continue it anyway');
  }
  const pass = ways.length === 0 ? "" : `, or pass ${ways.join(", or ")}`;
  return `Put these back as they were${pass}`;
}

/** The identity that a run has from now on; null where it stays as it is. */
export function continuedIdentity(
  was: RunIdentity,
  is: RunIdentity,
  differences: readonly RunDifference[],
  how: ResumeHow,
): RunIdentity | null {
  const lines = new Map(Object.entries(was));
  const changed = new Set<string>(), all = { ...was, ...is };
  for (const difference of differences) {
    const { name } = difference;
    const isScripts = difference.was === undefined || difference.is === undefined ||
      how.numbers === "script";
    if (!isScripts || !isAccepted(difference, how)) continue;
    changed.add(name);
  }
  if (changed.size === 0) return null;
  // What is said of an object comes and goes with it.
  const names = [...lines.keys(), ...Object.keys(is)].filter((name) =>
    changed.has(name) || changed.has(ownerOfLine(name, all) ?? "")
  );
  for (const name of names) {
    if (Object.hasOwn(is, name)) lines.set(name, is[name]);
    else lines.delete(name);
  }
  return Object.fromEntries(lines);
}
