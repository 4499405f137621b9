/** Each step by its cases: facts in, changes out; then the changes are applied to a machine in memory, and the step must want nothing more. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadHomelab } from "../config/load.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { mergeQuestions } from "../facts/questions.ts";
import { clusterView } from "../operations/observe.ts";
import { UP_MACHINE_STAGES } from "../operations/up.ts";
import { isRefusal, type Step, type Want } from "./step.ts";
import { applyChanges, BARE_DEBIAN, type FakeMachine } from "./testing/fake-machine.ts";

interface Case {
  /** Merged into the homelab below, and into the facts of a bare Debian; null takes something away. */
  readonly homelab?: object;
  readonly machine?: string;
  readonly facts?: object;
  /** Facts of other machines of the cluster. */
  readonly others?: Readonly<Record<string, object>>;
  readonly values?: Readonly<Record<string, string>>;
  /** Artifacts that are to be had: those whose URL has this in it. All by default. */
  readonly published?: string;
  /** Summary, risk, why. */
  readonly changes?: readonly (readonly [string, string, string])[];
  /** What the files are afterwards, by path: as lines. */
  readonly files?: Readonly<Record<string, readonly string[]>>;
  /** Nothing is to be done, for this reason. */
  readonly nothing?: string;
  /** Nothing is left to be done after the changes, for this reason: where the facts would be as long as what the step writes. */
  readonly thenNothing?: string;
  readonly refused?: string;
  /** The step does not concern the machine, for this reason. */
  readonly unconcerned?: string;
}

const HOMELAB = {
  name: "maison",
  lan: "192.168.1.0/24",
  machines: {
    cp1: { address: "192.168.1.11", roles: ["control-plane"] },
    w1: { address: "192.168.1.12" },
    lb1: { address: "192.168.1.13", roles: ["load-balancer"] },
    lb2: { address: "192.168.1.14", roles: ["load-balancer"] },
  },
  kubernetes: { distribution: "kubeadm", version: "v1.36.3", endpoint: { address: "192.168.1.10", by: "haproxy", on: ["lb1", "lb2"] } },
};

function merged(base: unknown, over: unknown): unknown {
  if (over === null) return undefined;
  if (typeof base !== "object" || typeof over !== "object" || base === null || over === undefined || Array.isArray(over)) return over === undefined ? base : over;
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => [key, merged((base as Record<string, unknown>)[key], (over as Record<string, unknown>)[key])]));
}

/** Only what the step asked for is known of files, units, packages and kernel settings. */
function asAsked(step: Step, want: Want, facts: MachineFacts): MachineFacts {
  const asked = mergeQuestions([step.questions?.(want) ?? {}]);
  const only = <T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> => Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  return {
    ...facts,
    files: only(facts.files, [...asked.files, ...asked.stamps]),
    directories: only(facts.directories, asked.directories),
    units: only(facts.units, asked.units),
    packages: only(facts.packages, asked.packages),
    sysctls: only(facts.sysctls, asked.sysctls),
    modules: only(facts.modules, asked.modules),
  };
}

const steps = [...new Map(UP_MACHINE_STAGES.flatMap((stage) => stage.steps).map((step) => [step.id, step])).values()];

describe.each(steps.map((step) => [step.id, step] as const))("the step %s", (id, step) => {
  const directory = join(import.meta.dirname, `${id}.cases`);
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  const cases = names.map((name) => [name, JSON.parse(readFileSync(join(directory, name), "utf8")) as Case] as const);

  it("has a case that changes something, and one that does not", () => {
    expect(cases.some(([, { changes }]) => changes !== undefined) || id === "accept-machine").toBe(true);
    expect(cases.some(([, { nothing, thenNothing }]) => (nothing ?? thenNothing) !== undefined)).toBe(true);
  });

  it.each(cases)("decides as in %s", async (_name, one) => {
    const loaded = await loadHomelab("homelab.yaml", { env: {}, readFile: () => JSON.stringify(merged(HOMELAB, one.homelab)) });
    const homelab = loaded.homelab;
    expect(loaded.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    if (homelab === undefined) throw new Error("the case's homelab is not loaded");
    const machine = homelab.machines[one.machine ?? "w1"]!;
    const factsOf = (name: string, over: object): MachineFacts => merged({ ...BARE_DEBIAN, machine: name, boot: { ...BARE_DEBIAN.boot, id: `boot of ${name}` } }, over) as MachineFacts;
    let fake: FakeMachine = { facts: factsOf(machine.name, one.facts ?? {}), values: new Map(Object.entries(one.values ?? {})) };
    const others = Object.fromEntries(Object.entries(one.others ?? {}).map(([name, over]) => [name, factsOf(name, over)]));
    const want = (): Want => ({
      homelab,
      machine,
      cluster: clusterView(homelab, { facts: { ...others, [machine.name]: fake.facts }, away: [] }),
      valueOf: (name) => fake.values.get(name),
      checksumOf: (url) => (url.includes(one.published ?? "") ? createHash("sha256").update(url).digest("hex") : undefined),
    });
    const decide = () => step.decide(asAsked(step, want(), fake.facts), want());

    expect(step.concerns(want())).toBe(one.unconcerned === undefined);
    if (one.unconcerned !== undefined) return;
    const decision = decide();
    if (one.refused !== undefined) return expect(decision).toMatchObject({ refused: one.refused, hint: expect.stringMatching(/\S/) as string });
    if (isRefusal(decision)) throw new Error(`refused: ${decision.refused}`);
    for (const change of decision) expect(change.step).toBe(id);
    expect(decision.map(({ summary, risk, why }) => [summary, risk, why])).toEqual(one.changes ?? []);
    for (const reason of [one.nothing, one.thenNothing]) if (reason !== undefined) expect(reason).toMatch(/\S/);
    if (one.nothing !== undefined) return;

    fake = applyChanges(fake, decision);
    for (const [path, lines] of Object.entries(one.files ?? {})) expect(contentOf(fake.facts, path)).toEqual(lines);
    expect(step.concerns(want()) ? decide() : []).toEqual([]);
  });
});

function contentOf(facts: MachineFacts, path: string): string[] {
  const there = facts.files[path];
  return there?.kind === "file" ? (there.content ?? "").replace(/\n$/, "").split("\n") : [there?.kind ?? "absent"];
}
