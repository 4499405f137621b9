/** The engine at work: real sessions of this computer's own sh, steps that write into a directory of the test's, and a world that refuses in every way. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { realClock } from "../adapters/real-clock.ts";
import { sshConnector } from "../adapters/ssh-shell.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { ArtifactSource } from "../ports/artifact-source.ts";
import type { ProgressEvent } from "../ports/reporter.ts";
import { decideSteps } from "../plan/decide.ts";
import type { Plan } from "../plan/plan.ts";
import type { MachineStage } from "../plan/stage.ts";
import type { Change, Risk } from "../steps/change.ts";
import type { Step, Want } from "../steps/step.ts";
import { MachineSession, type SessionPorts } from "./machine-session.ts";
import { performPlan, type Run, wantOf } from "./perform-plan.ts";
import { Values } from "./values.ts";
import { needsUserland, ownerHere } from "../../test/userland.ts";

needsUserland();

const owner = ownerHere();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-engine-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string): string => join(directory, name);
const read = (name: string): string | undefined => (existsSync(at(name)) ? readFileSync(at(name), "utf8") : undefined);

/** A machine without any Kubernetes, or a node; the steps here look at the disk themselves. */
const bare = (machine: string, nodes: readonly string[]): MachineFacts => ({ machine, kubernetes: { k3s: undefined, kubeadm: nodes.includes(machine) ? { hasJoined: true } : undefined, others: [] }, units: {} }) as unknown as MachineFacts;

/** A step that wants a file of that name on each machine; the fact it reads is the file itself. */
function wantsFile(name: string, text = "as wanted\n", more: Partial<Change> & { risk?: Risk } = {}): Step {
  return {
    id: `write-${name}`,
    summary: "",
    concerns: () => true,
    decide: (facts) => {
      const path = at(`${facts.machine}-${name}`);
      if (existsSync(path) && readFileSync(path, "utf8") === text) return [];
      return [{ step: `write-${name}`, summary: `write ${name}`, why: "not as wanted", risk: "safe", run: [{ do: "write-file", path, content: { text }, mode: "0644", owner, before: undefined, keepsOriginal: false }], ...more }];
    },
  };
}

function scripted(id: string, script: string, isDone: (machine: string) => boolean, change: Partial<Change> = {}): Step {
  return { id, summary: "", concerns: () => true, decide: (facts) => (isDone(facts.machine) ? [] : [{ step: id, summary: id, why: "", risk: "safe", run: [{ do: "script", script: { text: script.replaceAll("MACHINE", facts.machine) }, shown: id, deadlineMs: 5_000, hint: "try again" }], ...change }]) };
}

const stage = (id: string, steps: readonly Step[], more: Partial<MachineStage> = {}): MachineStage => ({ id, title: id, steps, machines: (homelab) => Object.values(homelab.machines), atOnce: "all", after: [], ...more });

interface World {
  /** Machines that are nodes of a cluster: pods may run on them. */
  nodes?: readonly string[];
  machines?: readonly string[];
  values?: Values;
  /** What was approved, where it is not what is wanted. */
  plan?: Plan;
  isInterrupted?: () => boolean;
  /** Machines that do not answer. */
  away?: readonly string[];
}

async function perform(stages: readonly MachineStage[], { nodes = [], machines = ["a", "b"], values = new Values(), plan, isInterrupted = () => false, away = [] }: World = {}) {
  const login = at("login");
  writeFileSync(login, '#!/bin/sh\nfor last; do :; done; exec sh -c "$last"\n');
  chmodSync(login, 0o755);
  const events: ProgressEvent[] = [];
  const log: string[] = [];
  const homelab = { machines: Object.fromEntries(machines.map((name) => [name, { name, roles: ["worker"] }])), kubernetes: { distribution: "kubeadm", datastore: { kind: "etcd" }, endpoint: { by: "machine", on: [] } } } as unknown as Want["homelab"];
  const ports: SessionPorts = {
    connector: sshConnector({ program: login, configFile: undefined, env: process.env, sudoPassword: async () => undefined, debug: () => undefined }),
    artifacts: {} as ArtifactSource,
    clock: realClock,
    reporter: { report: (event) => void events.push(event) },
    values,
    gather: async (shell) => bare(shell.machine, nodes),
    debug: (line) => void log.push(line),
  };
  const sessions = new Map(machines.map((name) => [name, new MachineSession({ machine: name, address: "192.0.2.1", user: "pi", port: 22, key: undefined, jump: undefined, sudo: "root" }, ports, "test")]));
  const facts: Record<string, MachineFacts> = Object.fromEntries(machines.map((name) => [name, bare(name, nodes)]));
  const run: Run = { homelab, stages, sessions, ports, away, machinesAtOnceMax: 8, checksumOf: () => undefined, governedBy: () => undefined, onFacts: () => undefined, isInterrupted };
  const approved: Plan = plan ?? {
    format: 1, operation: "up", homelab: "test",
    stages: stages.map(({ id, title, steps, machines: of }) => ({ id, title, machines: of(homelab).map((machine) => ({ machine: machine.name, changes: decideSteps(steps, facts[machine.name]!, wantOf(run, machine, facts)).changes })) })),
  };
  const result = await performPlan(approved, run, facts);
  await Promise.all([...sessions.values()].map((session) => session.close()));
  return { result, events, log, ended: events.flatMap((event) => (event.kind === "change-ended" ? [`${event.machine} ${event.summary}`] : [])) };
}

describe("a plan is performed", () => {
  it("on every machine, until its steps want nothing more", async () => {
    const { result, ended } = await perform([stage("one", [wantsFile("x"), wantsFile("y")])]);
    expect(result).toEqual({ failures: [], skipped: [] });
    expect(ended.sort()).toEqual(["a write x", "a write y", "b write x", "b write y"]);
    expect(read("a-x")).toBe("as wanted\n");
  });

  it("and not again", async () => {
    await perform([stage("one", [wantsFile("x")])]);
    expect((await perform([stage("one", [wantsFile("x")])])).ended).toEqual([]);
  });

  it("stage after stage", async () => {
    const { ended } = await perform([stage("second", [wantsFile("y")], { after: ["first"] }), stage("first", [wantsFile("x")])]);
    expect(ended.map((text) => text.slice(-1))).toEqual(["x", "x", "y", "y"]);
  });

  it("one machine at a time where that is asked for, and no further than the first that fails", async () => {
    const step = scripted("serve", `echo began >${"DIR"}/MACHINE-began; [ MACHINE != b ]; touch DIR/MACHINE-ended`.replaceAll("DIR", directory), (machine) => existsSync(at(`${machine}-ended`)));
    const { result } = await perform([stage("one", [step], { atOnce: "one" })], { machines: ["a", "b", "c"] });
    expect(result.failures.map(({ machine }) => machine)).toEqual(["b"]);
    expect([read("a-ended"), read("b-began"), read("c-began")]).toEqual(["", "began\n", undefined]);
  });

  it("on one node at a time where it disrupts, and on all others at once", async () => {
    const step = scripted("restart", `echo MACHINE in >>${"DIR"}/order; sleep 0.2; echo MACHINE out >>DIR/order; touch DIR/MACHINE-done`.replaceAll("DIR", directory), (machine) => existsSync(at(`${machine}-done`)), { risk: "disrupts" });
    await perform([stage("one", [step])], { machines: ["a", "b", "c"], nodes: ["a", "b"] });
    const order = read("order")!.trim().split("\n");
    const nodesOnly = order.filter((line) => !line.startsWith("c"));
    expect(nodesOnly.map((line) => line.slice(2))).toEqual(["in", "out", "in", "out"]);
    expect(order.indexOf("c in")).toBeLessThan(order.indexOf(nodesOnly[1]!));
  });

  it("with values that one machine gives and another needs, which are nowhere to be read", async () => {
    const giver: Step = { id: "give", summary: "", concerns: ({ machine, valueOf }) => machine.name === "a" && valueOf("TICKET") === undefined, decide: () => [{ step: "give", summary: "give", why: "", risk: "safe", run: [{ do: "obtain", script: { text: "echo noise; echo TICKET=tick-et-12345" }, shown: "make a ticket", gives: ["TICKET"], deadlineMs: 5_000 }] }] };
    const taker: Step = { id: "take", summary: "", concerns: ({ machine }) => machine.name === "b", decide: () => (existsSync(at("ticket")) ? [] : [{ step: "take", summary: "take", why: "", risk: "safe", run: [{ do: "write-file", path: at("ticket"), content: { text: "${TICKET}\n", values: ["TICKET"] }, mode: "0600", owner, before: undefined, keepsOriginal: false }, { do: "script", script: { text: `cat ${at("ticket")}` }, shown: "show it", deadlineMs: 5_000 }] }]) };
    const { result, log, events } = await perform([stage("give", [giver]), stage("take", [taker], { after: ["give"] })]);
    expect(result.failures).toEqual([]);
    expect(read("ticket")).toBe("tick-et-12345\n");
    expect(`${log.join("\n")}${JSON.stringify(events)}`).not.toContain("tick-et-12345");
    expect(log.join("\n")).toContain("‹TICKET›");
  });
});

describe("what the world refuses", () => {
  it("is told with the last lines, the exit code and what to do; other machines finish, later stages do not begin", async () => {
    const step = scripted("serve", `echo one; echo two >&2; if [ MACHINE = a ]; then exit 7; fi; touch ${directory}/MACHINE-done`, (machine) => existsSync(at(`${machine}-done`)));
    const { result } = await perform([stage("one", [step]), stage("two", [wantsFile("x")], { after: ["one"] })]);
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]).toMatchObject({ code: "change-failed", machine: "a", step: "serve", hint: "try again", output: ["one", "two"], message: "a: serve: serve ended with exit code 7" });
    expect(read("b-done")).toBe("");
    expect([result.skipped, read("a-x")]).toEqual([["two"], undefined]);
  });

  it("leaves a step that does not see its own work no way out", async () => {
    const { result } = await perform([stage("one", [scripted("blind", "true", () => false)])], { machines: ["a"] });
    expect(result.failures[0]).toMatchObject({ code: "not-converged", step: "blind" });
  });

  it("is a lost connection too", async () => {
    const { result } = await perform([stage("one", [scripted("cut", "kill -9 $$", () => false)])], { machines: ["a"] });
    expect(result.failures[0]).toMatchObject({ code: "unreachable", machine: "a" });
  });

  it("is a value that nobody has", async () => {
    const step: Step = { id: "needs", summary: "", concerns: () => true, decide: () => [{ step: "needs", summary: "write it", why: "", risk: "safe", run: [{ do: "write-file", path: at("never"), content: { text: "${SECRET:absent}", values: ["SECRET:absent"] }, mode: "0600", owner, before: undefined, keepsOriginal: false }] }] };
    const { result } = await perform([stage("one", [step])], { machines: ["a"] });
    expect(result.failures[0]).toMatchObject({ code: "value-missing", hint: expect.stringContaining("kubernest secret set") as string });
    expect(read("never")).toBeUndefined();
  });
});

describe("an approved plan", () => {
  const nothing: Plan = { format: 1, operation: "up", homelab: "test", stages: [{ id: "one", title: "one", machines: [] }] };

  it("is never exceeded by a step that was not in it", async () => {
    const { result } = await perform([stage("one", [wantsFile("x")])], { machines: ["a"], plan: nothing });
    expect(result.failures[0]).toMatchObject({ code: "not-approved", step: "write-x" });
    expect(read("a-x")).toBeUndefined();
  });

  it("nor by more risk than it had", async () => {
    const safe = (await perform([stage("one", [])], { machines: ["a"] })) && { ...nothing, stages: [{ id: "one", title: "one", machines: [{ machine: "a", changes: [{ step: "write-x", summary: "", why: "", risk: "safe" as const, run: [] }] }] }] };
    const { result } = await perform([stage("one", [wantsFile("x", "text\n", { risk: "destroys" })])], { machines: ["a"], plan: safe });
    expect(result.failures[0]).toMatchObject({ code: "not-approved" });
  });

  it("may turn out to be less", async () => {
    const more = { ...nothing, stages: [{ id: "one", title: "one", machines: [{ machine: "a", changes: [{ step: "write-x", summary: "", why: "", risk: "destroys" as const, run: [] }] }] }] };
    expect((await perform([stage("one", [wantsFile("x")])], { machines: ["a"], plan: more })).result.failures).toEqual([]);
  });
});

describe("while a machine is away", () => {
  it("the others go through all stages without it, and nobody tries to reach it", async () => {
    const { result, ended, events } = await perform([stage("one", [wantsFile("x")]), stage("two", [wantsFile("y")], { after: ["one"] })], { machines: ["a", "b"], away: ["b"] });
    expect(result).toEqual({ failures: [], skipped: [] });
    expect(ended).toEqual(["a write x", "a write y"]);
    expect(events.flatMap((event) => (event.kind === "stage-began" ? [event.machines] : []))).toEqual([["a"], ["a"]]);
    expect(read("b-x")).toBeUndefined();
  });

  it("what waits for it is not done, and is no reason not to end", async () => {
    const held: Step = { id: "restart", summary: "", concerns: () => true, decide: () => [{ step: "restart", summary: "restart", why: "", risk: "disrupts", run: [{ do: "write-file", path: at("never"), content: { text: "" }, mode: "0644", owner, before: undefined, keepsOriginal: false }], held: { why: "b is away" } }] };
    const { result, ended } = await perform([stage("one", [wantsFile("x"), held])], { machines: ["a", "b"], away: ["b"] });
    expect(result).toEqual({ failures: [], skipped: [] });
    expect([ended, read("never")]).toEqual([["a write x"], undefined]);
  });

  it("a plan that showed a change as one that waits does not allow it", async () => {
    const change: Change = { step: "write-x", summary: "write x", why: "", risk: "safe", run: [] };
    const plan: Plan = { format: 1, operation: "up", homelab: "test", away: ["b"], stages: [{ id: "one", title: "one", machines: [{ machine: "a", changes: [{ ...change, held: { why: "b is away" } }] }] }] };
    expect((await perform([stage("one", [wantsFile("x")])], { machines: ["a"], plan })).result.failures).toMatchObject([{ code: "not-approved", step: "write-x" }]);
  });
});

it("begins nothing new once it is to stop", async () => {
  const { result, ended } = await perform([stage("one", [wantsFile("x")])], { isInterrupted: () => true });
  expect([result.skipped, ended]).toEqual([["one"], []]);
});
