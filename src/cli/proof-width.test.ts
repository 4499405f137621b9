/** What `prove` writes for people fits a terminal of 80 columns, however long names are. Only commands to copy are left whole. */
import { beforeAll, expect, it } from "vitest";
import type { CommandIo } from "./command.ts";
import { proveCommand } from "./commands/prove.ts";
import { runCommand } from "./testing/run-command.ts";

const machine = (number: number): string => `ordinateur-de-la-cuisine-a-cote-du-refrigerateur-de-grand-mere${number}`;
const FILE = `
name: une-maison-avec-un-nom-vraiment-tres-long-pour-voir
domain: maison.example
machines:
  ${machine(1)}: { roles: [control-plane, worker] }
  ${machine(2)}: { roles: worker }
  ${machine(3)}: { roles: worker }
site:
  une-prise-multiple-sous-le-bureau-de-la-chambre-du-fond: { kind: power-strip, powers: [${machine(1)}, ${machine(2)}] }
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
apps:
  un-journal-de-famille-que-tout-le-monde-lit-le-dimanche:
    image: registry.maison.example/une/tres/longue/reference/d-image/pour-le-journal-de-famille/gazette:1.4.2-avec-un-suffixe
    port: 80
    exposure: node-port
    promise: { survives: [one machine, "${machine(3)}"], backWithin: 2m, loses: nothing }
  une-galerie-de-photos-de-toutes-les-vacances-depuis-2001:
    image: docker.io/library/nginx:1.29
    port: 80
    exposure: node-port
    volumes: { toutes-les-photos-de-vacances-depuis-deux-mille-un: { size: 5Gi, path: /data } }
`;
const WIDTH = 80;
const OUTSIDE: Partial<CommandIo> = { debug: () => undefined, onInterrupt: () => () => undefined, width: WIDTH };

const WITHOUT_PROMISE = FILE.replace(/ {4}promise: .*\n/, "");
const told: Record<string, string> = {};
const RUNS: Readonly<Record<string, readonly [file: string, ...args: string[]]>> = {
  single: [FILE],
  pairs: [FILE, "--faults", "pairs", "--no-advice"],
  all: [FILE, "--faults", "all", "--no-advice"],
  explain: [FILE, "--explain"],
  "a change": [FILE, "--no-advice", "--what-if", "apps.un-journal-de-famille-que-tout-le-monde-lit-le-dimanche.replicas=2"],
  "without a promise": [WITHOUT_PROMISE],
  "a wrong name": [FILE, "--explain", "ordinateur"],
};

beforeAll(async () => {
  for (const [name, [file, ...args]] of Object.entries(RUNS)) {
    const { stdout, stderr } = await runCommand(proveCommand, args, { "homelab.yaml": file }, OUTSIDE);
    told[name] = `${stderr}${stdout}`;
  }
}, 120_000);

/** A command and the lines that it goes on with; what the checks say to see. */
const isCommand = (lines: readonly string[], index: number): boolean => /^\s+kubernest |see them with /.test(lines[index]!) || (index > 0 && lines[index - 1]!.endsWith("\\"));

it.each(Object.keys(RUNS))("%s: nothing but commands is wider than 80 columns", (name) => {
  const lines = told[name]!.split("\n");
  expect(lines.length).toBeGreaterThan(name === "a wrong name" ? 3 : 10);
  expect(lines.filter((line, index) => line.length > WIDTH && !isCommand(lines, index))).toEqual([]);
});

it("says all of a name that is broken", () => {
  expect(told["single"]!.replace(/\n\s*/g, " ")).toContain(`worst of 3: ${machine(3)} off: requests fail for`);
});
