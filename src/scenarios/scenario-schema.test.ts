/** The schema says the same of a scenario as its reader does, but for what only the reader can see. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { newScenarioText } from "../cli/scenario-template.ts";
import { homelabJsonSchema } from "../config/json-schema.ts";
import { readScenario } from "./read-scenario.ts";
import { scenarioJsonSchema, scenarioJsonSchemaText } from "./scenario-schema.ts";

const ROOT = join(import.meta.dirname, "../..");
const fits: ValidateFunction = new Ajv2020({ strict: false }).addSchema(homelabJsonSchema()).compile(scenarioJsonSchema());
const stories = readdirSync(join(ROOT, "scenarios")).filter((name) => name.endsWith(".yaml"));
const NEW = newScenarioText("power-cut");

it("is current: npm run write:schema", () => {
  expect(readFileSync(join(ROOT, "schema/scenario.schema.json"), "utf8")).toBe(scenarioJsonSchemaText());
});

it.each(stories)("%s fits it, and leads the editor to it", (name) => {
  const text = readFileSync(join(ROOT, "scenarios", name), "utf8");
  expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=../schema/scenario.schema.json");
  expect([fits(parse(text)), fits.errors]).toEqual([true, null]);
});

it("has what `scenario new` writes", () => {
  expect([fits(parse(NEW)), fits.errors]).toEqual([true, null]);
});

/** A new scenario with one thing replaced; nothing is left as it was by mistake. */
function changed(from: string, to: string): string {
  expect(NEW).toContain(from);
  return NEW.replace(from, to);
}
const BEGIN = "begin: power-off node2";
const FIRST = "{ between: [40s, 60s], node: node2, becomes: not ready }";

describe("what the reader refuses does not fit, and what it takes does", () => {
  it.each<[what: string, from: string, to: string]>([
    ["a field that it does not know", "title: The", "titel: The"],
    ["no end", "until: 30m\n", ""],
    ["a name in capitals", "name: power-cut", "name: PowerCut"],
    ["a time without a unit", "at: 20m", "at: 20"],
    ["a fault that is none", BEGIN, "begin: power-of node2"],
    ["a fault without its target", BEGIN, "begin: power-off"],
    ["two targets", BEGIN, "begin: power-off node2 node3"],
    ["a target for the whole home", BEGIN, "begin: blackout node2"],
    ["an amount that is none", BEGIN, "begin: memory-short node2 60"],
    ["an end of what is over as it happens", "end: power-off node2", "end: reboot node2"],
    ["two things in one step", BEGIN, `${BEGIN}, do: drain node2`],
    ["nothing in a step", BEGIN, ""],
    ["what nobody can do", BEGIN, "do: repair node2"],
    ["a state of something else", "becomes: not ready", "becomes: not served"],
    ["is with between", "becomes: not ready", "is: not ready"],
    ["two subjects", "node: node2, becomes", "node: node2, app: hello, becomes"],
    ["no time", "between: [40s, 60s], ", ""],
    ["three times", "[40s, 60s]", "[40s, 60s, 70s]"],
    ["pods without a namespace", "pods: hello/hello", "pods: hello"],
    ["a homelab with an unknown field", "  kubernetes: { distribution: k3s }", "  kubernets: { distribution: k3s }"],
  ])("not %s", (what, from, to) => {
    const text = changed(from, to);
    // What is wrong with the homelab is for the homelab's own checks to say.
    expect(readScenario(text).problems.length > 0, what).toBe(!what.startsWith("a homelab"));
    expect(fits(parse(text)), what).toBe(false);
  });

  it.each<[what: string, from: string, to: string]>([
    ["an amount", BEGIN, "begin: memory-short node2 60Mi"],
    ["a fault of the home", BEGIN, "begin: blackout"],
    ["a person", BEGIN, "do: drain node2"],
    ["from and to", FIRST, "{ from: 40s, to: 60s, app: hello, is: partly served }"],
    ["the API", FIRST, "{ at: 5m, api: without a leader }"],
    ["an event", FIRST, "{ at: 5m, event: Evicted }"],
    ["an event that comes", FIRST, "{ between: [1m, 5m], event: Evicted }"],
    ["a reason to wait", FIRST, '{ at: 5m, pods: hello/hello, is: "1 waiting: ImagePullBackOff" }'],
    ["a file", NEW.slice(NEW.indexOf("homelab:\n"), NEW.indexOf("steps:")), "homelab: ../homelab.yaml\n\n"],
    ["a seed and an age", "until: 30m", "until: 30m\nseed: 7\nage: 300d"],
  ])("but %s", (what, from, to) => {
    const text = changed(from, to);
    expect(readScenario(text).problems, what).toEqual([]);
    expect([fits(parse(text)), fits.errors], what).toEqual([true, null]);
  });
});
