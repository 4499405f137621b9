/** The scenario command against a small outside: what it lists, writes and refuses, and how it ends. */
import { Command } from "commander";
import { expect, it } from "vitest";
import { ACT_IDS } from "../../scenarios/act.ts";
import { FAULT_IDS } from "../../scenarios/fault.ts";
import { readScenario } from "../../scenarios/read-scenario.ts";
import { newScenarioText } from "../scenario-template.ts";
import { runCommand } from "../testing/run-command.ts";
import { scenarioCommand } from "./scenario.ts";

const run = (args: string[], files: Record<string, string> = {}) => {
  const directory = (path: string): boolean => Object.keys(files).some((file) => file.startsWith(`${path}/`));
  return runCommand(scenarioCommand, args, files, {
    exists: (path) => files[path] !== undefined || directory(path),
    list: (path) => Object.keys(files).filter((file) => file.startsWith(`${path}/`)).map((file) => file.slice(path.length + 1)),
    makeDirectory: () => undefined,
    onInterrupt: () => () => undefined,
    debug: () => undefined,
  });
};

it("lists those that come with the program, and the user's own first, each in one line of 80 columns", async () => {
  const { code, stdout } = await run(["list"], { "scenarios/mine.yaml": newScenarioText("mine") });
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines[0]).toMatch(/^mine +\(yours\) The worker with the app loses its/);
  expect(lines.some((line) => line.startsWith("stateful-set-on-dead-machine"))).toBe(true);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it("lists as JSON too, with sources and steps", async () => {
  const { stdout } = await run(["list", "-o", "json"]);
  const found = (JSON.parse(stdout) as { name: string; sources: string[]; steps: string[] }[]).find(({ name }) => name === "two-servers-one-off")!;
  expect([found.sources.length, found.steps]).toEqual([3, ["begin power-off s2", "end power-off s2"]]);
});

it("begins one that runs as it is", async () => {
  const made = await run(["new", "first"]);
  expect([made.code, made.stderr]).toEqual([0, "Wrote scenarios/first.yaml\nNext:  kubernest scenario run first\n"]);
  const told = await run(["run", "first", "-o", "json"], made.files);
  expect(told.code).toBe(0);
  const result = JSON.parse(told.stdout) as { asExpected: boolean; timeline: { text: string }[]; expectations: { met: boolean }[] };
  expect([result.asExpected, result.timeline[0]!.text, result.expectations.map(({ met }) => met)]).toEqual([true, "node2 loses its power", [true, true, true]]);
});

it("ends with 4 where something comes otherwise, and says when it came", async () => {
  const { code, stdout } = await run(["run", "mine"], { "scenarios/mine.yaml": newScenarioText("mine").replace("between: [40s, 60s]", "between: [1s, 5s]") });
  expect(code).toBe(4);
  expect(stdout).toMatch(/not as expected: node node2 becomes not ready between 1 s and 5 s: at [45]\d/);
});

it("never writes over one, and takes no odd name", async () => {
  expect(await run(["new", "mine"], { "scenarios/mine.yaml": "x" })).toMatchObject({ code: 1, stderr: "scenarios/mine.yaml is there already\n" });
  expect(await run(["new", "../x"])).toMatchObject({ code: 1, stderr: "../x is not a name: lower-case letters, digits and hyphens\n" });
});

it("names every fault and all that a person does in its help, within 80 columns", () => {
  const command = new Command();
  let text = "";
  scenarioCommand.configure(command);
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 }).outputHelp();
  const words = new Set(text.split(/[\s,:]+/));
  expect([...FAULT_IDS, ...ACT_IDS].filter((id) => !words.has(id))).toEqual([]);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

it("shows one without the line that leads to a schema beside it, which is not where it is pasted", async () => {
  const shown = await run(["show", "etcd-full"]);
  expect([shown.code, shown.stdout.includes("yaml-language-server"), readScenario(shown.stdout).scenario?.name]).toEqual([0, false, "etcd-full"]);
});

it("knows what a misspelt name meant, and says what is wrong in a file with its place", async () => {
  expect(await run(["show", "etcd-ful"])).toMatchObject({ code: 1, stderr: "There is no scenario etcd-ful; did you mean etcd-full?\n" });
  expect(await run(["run", "here.yaml"])).toMatchObject({ code: 1, stderr: "here.yaml: there is no such file\n" });
  const wrong = await run(["run", "mine"], { "scenarios/mine.yaml": newScenarioText("mine").replace("begin: power-off node2", "begin: power-off nod2").replace("roles: worker", "rolls: worker") });
  expect([wrong.code, wrong.stderr.split("\n")[0]]).toEqual([3, "scenarios/mine.yaml:11:14: error: machines.node2 has no field rolls; did you mean roles? [unknown-field]"]);
  const target = await run(["run", "mine"], { "scenarios/mine.yaml": newScenarioText("mine").replace("begin: power-off node2", "begin: power-off nod2") });
  expect([target.code, target.stderr]).toEqual([3, "scenarios/mine.yaml:18:5: error: the homelab has no machine nod2; did you mean node2? [scenario]\n"]);
});

const HOME = "name: home\nmachines: { node1: { roles: [control-plane, worker] }, node2: { roles: worker } }\nkubernetes: { distribution: k3s }\napps: { hello: { image: docker.io/traefik/whoami:v1.11.0, port: 80, exposure: node-port, replicas: 2 } }\n";

it("takes what a proof calls a loss for a scenario of the user's homelab: shown, told, kept as a file", async () => {
  const files = { "homelab.yaml": HOME };
  const shown = await run(["show", "node2's disk lost"], files);
  expect(shown.stdout).toContain("  - { at: 0s, begin: disk-lost node2 }\n  - { at: 15m, end: disk-lost node2 }\n");
  const told = await run(["run", "node2 off and node1 cut off"], files);
  expect([told.code, told.stdout.includes("as expected: app hello is served at 30 min")]).toEqual([0, true]);
  expect(told.stderr).toContain("kubernest rehearse --scenario 'node2 off and node1 cut off'\n");
  const kept = await run(["new", "node2's disk lost"], files);
  expect([kept.stderr, kept.files["scenarios/node2-disk-lost.yaml"]]).toEqual(["Wrote scenarios/node2-disk-lost.yaml\nNext:  kubernest scenario run node2-disk-lost\n", shown.stdout]);
  expect((await run(["run", "node2-disk-lost"], kept.files)).code).toBe(0);
});

it("says where a loss is not one of the homelab's, and needs a homelab", async () => {
  expect(await run(["run", "node3 off"], { "homelab.yaml": HOME })).toMatchObject({ code: 1, stderr: "home has no loss node3 off; did you mean node1 off?\n" });
  expect(await run(["run", "the cat"], { "homelab.yaml": HOME })).toMatchObject({ code: 1, stderr: "home has no loss the cat.\nSee those there are with  kubernest prove,  and scenarios with  kubernest scenario list\n" });
  expect(await run(["run", "node2 off"])).toMatchObject({ code: 1, stderr: "There is no scenario node2 off: no homelab is here whose loss it could be.\nSee those there are with  kubernest scenario list\n" });
});
