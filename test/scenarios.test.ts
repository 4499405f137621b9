/**
 * Every story under `scenarios/`, told in virtual time: what it expects comes true, and what happens is its golden timeline to the line. Write the timelines
 * anew with  vitest run test/scenarios.test.ts --update  and read them before they are kept.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { elementsOf } from "../src/rehearse/tell/elements-of.ts";
import { lineText, tellScenario } from "../src/rehearse/tell/tell-scenario.ts";
import { turnToEnd } from "../src/rehearse/tell/turn-to-end.ts";
import { checkTargets } from "../src/scenarios/check-targets.ts";
import { readScenario } from "../src/scenarios/read-scenario.ts";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "./rehearse/virtual-rehearsal.ts";

const DIRECTORY = join(import.meta.dirname, "../scenarios");
const WIDTH = 100;

const names = readdirSync(DIRECTORY).filter((name) => name.endsWith(".yaml")).map((name) => basename(name, ".yaml"));

it.each(names)("%s", async (name) => {
  const file = join(DIRECTORY, `${name}.yaml`);
  const { scenario, problems } = readScenario(readFileSync(file, "utf8"));
  expect(problems).toEqual([]);
  if (scenario === undefined) return;
  expect([scenario.name, scenario.sources.length > 0, scenario.expectations.length > 0]).toEqual([name, true, true]);
  const homelab = "text" in scenario.homelab ? await homelabOf(file, scenario.homelab.text) : await homelabOf(join(DIRECTORY, scenario.homelab.file));
  expect(checkTargets(scenario, elementsOf(homelab))).toEqual([]);
  const rehearsal = virtualRehearsal(homelab, { isBreakable: true, seed: scenario.seed });
  expect(await rehearsal.settle(() => false)).toMatchObject({ isReady: true });
  rehearsal.cluster.run(MINUTE_MS);
  const telling = tellScenario({ homelab, cluster: rehearsal.cluster, site: rehearsal.site }, scenario);
  await turnToEnd(rehearsal, telling);
  const { told } = telling;
  await rehearsal.close();
  expect(told!.judged.filter(({ isMet }) => !isMet).map(({ expectation, seen }) => `${name}.yaml:${expectation.place.line}: ${seen}`)).toEqual([]);
  await expect(`${told!.lines.map((line) => lineText(line, WIDTH)).join("\n")}\n`).toMatchFileSnapshot(join(DIRECTORY, `${name}.timeline.txt`));
});
