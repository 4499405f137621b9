/**
 * Damaged files never surprise: each ends in a finding where the damage is, or is a homelab that renders and that the API takes. A sample runs
 * always; `npm run mutations` runs 10,000. A failure names the seed: `MUTATION=gazette/17` runs that one. The work is dealt out to shards, each a
 * test file of its own, so that all cores have some.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { allChecks } from "../../src/checks/all.ts";
import { checkFile } from "../../src/checks/check-file.ts";
import { seededRandom } from "../../src/lib/seeded-random.ts";
import { renderWithProblems } from "../../src/manifests/render-homelab.ts";
import { ApiAcceptance } from "../../src/rehearse/api-acceptance.ts";
import { apiFindings } from "../../src/rehearse/api-findings.ts";
import { mutate } from "./mutate.ts";
import { isAbout, touchedBy } from "./touched.ts";
import { skippedFor } from "../skipping.ts";

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
const acceptance = new ApiAcceptance();
const ruleIds = new Set(allChecks.map((check) => check.id));

async function check(directory: URL, text: string) {
  const readFile = (path: string): string => (path === "homelab.yaml" ? text : readFileSync(new URL(path, directory), "utf8"));
  return checkFile("homelab.yaml", { env: {}, readFile, today: TODAY, accepts: (homelab, source) => apiFindings(homelab, source, acceptance) });
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
  const touched = touchedBy(good, mutation.text, mutation.line);
  const errors = checked.findings.filter((finding) => finding.severity === "error");
  for (const finding of checked.findings) {
    if (!finding.fix || /undefined|NaN|\[object/.test(finding.message)) return say(`a finding that says little: ${finding.id}: ${finding.message}`);
    if (finding.line < 1 || finding.column < 1) return say(`a finding nowhere: ${finding.id}`);
  }
  if (errors.length === 0) {
    if (checked.homelab === undefined) return say("neither a homelab nor a finding");
    try {
      const { problems } = renderWithProblems(checked.homelab);
      if (problems.length > 0) return say(`not all is rendered, and nothing is said of it: ${problems.map((problem) => `${problem.at.join(".")}: ${problem.message}`).join("; ")}`);
      const refusals = acceptance.refusals(checked.homelab);
      // Of a group that a chart may bring there is a warning, at the damage like any finding.
      if (refusals.every(({ reason }) => reason === "group-not-served") && checked.findings.some((finding) => finding.id === "api-accepts" && isAbout(finding, touched))) return "reading";
      if (refusals.length > 0) return say(`the API refuses ${refusals.map(({ at, object, message }) => `${object.kind} ${object.metadata.name} of ${at.join(".")}: ${message}`).join("; ")}`);
    } catch (error) {
      return say(`render threw ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ") : String(error)}`);
    }
    return "renders";
  }
  if (!errors.some((finding) => isAbout(finding, touched))) return say(`nothing is said of it, but ${errors.map((finding) => `${finding.id} at ${finding.line}, ${finding.path.join(".")}: ${finding.message}`).join("; ")}`);
  return errors.some((finding) => !ruleIds.has(finding.id)) ? "reading" : "rule";
}

const SHARDS_COUNT = 4;

/** Every fourth mutation of every example, from `shard` (0 to 3) on. */
export function testShard(shard: number): void {
  describe.each(files)("$name", ({ name, directory, text }) => {
    const dealt = Array.from({ length: perFile }, (_, index) => index).filter((index) => index % SHARDS_COUNT === shard);
    const indexOf = (seed: string): number => Number(seed.slice(name.length + 1));
    const isElsewhere = only !== undefined && !(only.startsWith(`${name}/`) && indexOf(only) % SHARDS_COUNT === shard);

    if (shard === 0) {
      it("is good as it is", async () => {
        const { findings } = await check(directory, text);
        expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
      });
    }

    it(`${dealt.length} mutations end in a finding there, or render`, { timeout: 600_000, ...skippedFor(isElsewhere && `MUTATION names ${only}`) }, async () => {
      const indices = only === undefined ? dealt : [indexOf(only)];
      const outcomes = new Map<string, number>();
      const surprises: string[] = [];
      for (const index of indices) {
        const outcome = await judge(name, directory, text, index);
        const isFine = outcome === "renders" || outcome === "reading" || outcome === "rule";
        if (!isFine) surprises.push(outcome);
        outcomes.set(isFine ? outcome : "surprise", (outcomes.get(isFine ? outcome : "surprise") ?? 0) + 1);
        if (only !== undefined) console.log(mutate(text, seededRandom(only)).text);
      }
      expect(surprises.slice(0, Number(process.env['SHOWN'] ?? 20))).toEqual([]);
      // Damage that is never found would mean that nothing is looked at, and the other way round.
      if (indices.length > 50) for (const kind of ["renders", "reading", "rule"]) expect(outcomes.get(kind) ?? 0, kind).toBeGreaterThan(0);
    });
  });
}
