/** A scenario that was told, for people and as JSON. */
import { timeText } from "../lib/time-text.ts";
import type { Judged } from "../rehearse/tell/expectations.ts";
import type { Told } from "../rehearse/tell/tell-scenario.ts";
import type { Expectation, ScenarioFile, Subject } from "../scenarios/scenario-file.ts";
import type { Painter } from "./paint.ts";

const subjectText = (subject: Subject): string => (subject.kind === "api" ? "the API" : subject.kind === "event" ? `event ${subject.name}` : `${subject.kind} ${subject.name}`);

/** `node w1 becomes not ready between 40 s and 1 min` */
export function expectationText({ subject, state, when }: Expectation): string {
  const time = when.kind === "at" ? `at ${timeText(when.ms)}` : when.kind === "always" ? `from ${timeText(when.fromMs)} to ${timeText(when.toMs)}` : `between ${timeText(when.fromMs)} and ${timeText(when.toMs)}`;
  return `${subjectText(subject)} ${when.kind === "turns" ? "becomes" : "is"} ${state} ${time}`;
}

export function judgedText({ expectation, isMet, seen }: Judged, paint: Painter): string {
  const text = expectationText(expectation);
  return isMet ? `${paint.green("as expected")}: ${text}${seen !== "" && expectation.when.kind === "turns" ? ` (${seen})` : ""}` : `${paint.red("not as expected")}: ${text}: ${seen}`;
}

export interface ScenarioResult {
  scenario: string;
  title: string;
  kubernetes: string;
  seed: string;
  asExpected: boolean;
  timeline: { atMs: number; text: string }[];
  expectations: { text: string; met: boolean; seen: string; line: number }[];
}

export function scenarioResult(scenario: ScenarioFile, kubernetes: string, seed: string, told: Told): ScenarioResult {
  return {
    scenario: scenario.name,
    title: scenario.title,
    kubernetes,
    seed,
    asExpected: told.judged.every(({ isMet }) => isMet),
    timeline: told.lines.map(({ atMs, text }) => ({ atMs, text })),
    expectations: told.judged.map(({ expectation, isMet, seen }) => ({ text: expectationText(expectation), met: isMet, seen, line: expectation.place.line })),
  };
}
