/**
 * Damaged files never surprise: each ends in a finding where the damage is, or is a homelab that renders. A sample runs always;
 * `MUTATIONS=10000 npx vitest run test/mutations` runs all. A failure names the seed: `MUTATION=gazette/17` runs that one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { allChecks } from "../../src/checks/all.ts";
import { checkFile } from "../../src/checks/check-file.ts";
import type { Finding } from "../../src/config/finding.ts";
import { seededRandom } from "../../src/lib/seeded-random.ts";
import { renderWithProblems } from "../../src/manifests/render-homelab.ts";
import { mutate, type Mutation, startsWith } from "./mutate.ts";

const TODAY = Date.parse("2026-11-01T12:00:00Z");
const SAMPLE = 200;
const EXAMPLES = new URL("../../examples/", import.meta.url);

const files = readdirSync(EXAMPLES)
  .sort()
  .flatMap((name) => {
    const directory = new URL(`${name}/`, EXAMPLES);
    return readdirSync(directory).includes("homelab.yaml") ? [{ name, directory, text: readFileSync(new URL("homelab.yaml", directory), "utf8") }] : [];
  });

const only = process.env["MUTATION"];
const total = Number(process.env["MUTATIONS"] ?? SAMPLE);
const perFile = Math.ceil(total / files.length);
const ruleIds = new Set(allChecks.map((check) => check.id));

async function check(directory: URL, text: string) {
  const readFile = (path: string): string => (path === "homelab.yaml" ? text : readFileSync(new URL(path, directory), "utf8"));
  return checkFile("homelab.yaml", { env: {}, readFile, today: TODAY });
}

/** What a finding of reading says is about the damage: on its path, around it, beside it, or of a name in it. */
function isAbout(finding: Finding, mutation: Mutation): boolean {
  if (mutation.line !== undefined) return true;
  // What an anchor under `x-…` gives is damaged wherever it is used.
  if (mutation.paths.some((path) => String(path[0]).startsWith("x-"))) return true;
  return mutation.paths.some(
    (path) => startsWith(finding.path, path) || startsWith(path, finding.path) || (path.length > 1 && startsWith(finding.path, path.slice(0, -1))) || path.slice(Math.min(1, path.length - 1)).some((step) => typeof step === "string" && (finding.value?.includes(step) || finding.message.includes(step))),
  );
}

async function judge(name: string, directory: URL, good: string, index: number): Promise<"renders" | "reading" | "rule" | string> {
  const mutation = mutate(good, seededRandom(`${name}/${index}`));
  const say = (problem: string) => `MUTATION=${name}/${index} (${mutation.what}): ${problem}`;
  let checked: Awaited<ReturnType<typeof check>>;
  try {
    checked = await check(directory, mutation.text);
  } catch (error) {
    return say(`check threw ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ") : String(error)}`);
  }
  const errors = checked.findings.filter((finding) => finding.severity === "error");
  for (const finding of checked.findings) {
    if (!finding.fix || /undefined|NaN|\[object/.test(finding.message)) return say(`a finding that says little: ${finding.id}: ${finding.message}`);
    if (finding.line < 1 || finding.column < 1) return say(`a finding nowhere: ${finding.id}`);
  }
  if (errors.length === 0) {
    if (checked.homelab === undefined) return say("neither a homelab nor a finding");
    try {
      renderWithProblems(checked.homelab);
    } catch (error) {
      return say(`render threw ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ") : String(error)}`);
    }
    return "renders";
  }
  const reading = errors.filter((finding) => !ruleIds.has(finding.id));
  // A rule relates two places, and may name the one that was whole.
  if (reading.length === 0) return "rule";
  const astray = reading.every((finding) => !isAbout(finding, mutation));
  return astray ? say(`nothing is said of it, but ${reading.map((finding) => `${finding.id} at ${finding.path.join(".")}: ${finding.message}`).join("; ")}`) : "reading";
}

describe.each(files)("$name", ({ name, directory, text }) => {
  it("is good as it is", async () => {
    const { findings } = await check(directory, text);
    expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
  });

  it.skipIf(only !== undefined && !only.startsWith(`${name}/`))(
    `${perFile} mutations end in a finding there, or render`,
    async () => {
      const indices = only === undefined ? Array.from({ length: perFile }, (_, index) => index) : [Number(only.slice(name.length + 1))];
      const outcomes = new Map<string, number>();
      const surprises: string[] = [];
      for (const index of indices) {
        const outcome = await judge(name, directory, text, index);
        const isFine = outcome === "renders" || outcome === "reading" || outcome === "rule";
        if (!isFine) surprises.push(outcome);
        outcomes.set(isFine ? outcome : "surprise", (outcomes.get(isFine ? outcome : "surprise") ?? 0) + 1);
        if (only !== undefined) console.log(mutate(text, seededRandom(only)).text);
      }
      expect(surprises.slice(0, 20)).toEqual([]);
      // Damage that is never found would mean that nothing is looked at, and the other way round.
      if (indices.length > 50) for (const kind of ["renders", "reading", "rule"]) expect(outcomes.get(kind) ?? 0, kind).toBeGreaterThan(0);
    },
    600_000,
  );
});
