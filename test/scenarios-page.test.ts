/** docs/scenarios.md is what the program knows. Write it anew with  vitest run test/scenarios-page.test.ts --update */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newScenarioText } from "../src/cli/scenario-template.ts";
import { readScenario } from "../src/scenarios/read-scenario.ts";
import { scenariosPage } from "../src/scenarios/scenarios-page.ts";

const ROOT = join(import.meta.dirname, "..");

it("docs/scenarios.md lists every fault, every state and every story", async () => {
  const names = readdirSync(join(ROOT, "scenarios")).filter((name) => name.endsWith(".yaml")).sort();
  const stories = names.map((name) => readScenario(readFileSync(join(ROOT, "scenarios", name), "utf8")).scenario!);
  await expect(scenariosPage(stories, newScenarioText("power-cut"))).toMatchFileSnapshot(join(ROOT, "docs/scenarios.md"));
});
