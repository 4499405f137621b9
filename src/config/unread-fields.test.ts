/** Every field of the examples is read by a verb that is built, or is in the table of those that are not. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { allChecks } from "../checks/all.ts";
import { renderHomelab } from "../manifests/render-homelab.ts";
import { targetOf } from "../operations/observe.ts";
import { PREPARE_STEPS } from "../operations/up.ts";
import { simMachines } from "../rehearse/sim-machines.ts";
import type { Want } from "../steps/step.ts";
import { BARE_DEBIAN } from "../steps/testing/fake-machine.ts";
import type { Homelab } from "./homelab.ts";
import { loadHomelab } from "./load.ts";
import { longForm } from "./long-form.ts";
import { UNREAD_FIELDS, unreadFields } from "./unread-fields.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const examples = join(import.meta.dirname, "../../examples");
const files = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml")).sort();
const load = (file: string) => loadHomelab(join(examples, file), { env: {}, readFile: (path) => readFileSync(path, "utf8") });

/** Maps whose keys are names: what is read of one entry counts for all. */
const NAMED = /^(machines|site|registries|apps|charts|services|databases|volumes|configFiles|secrets|jobs|cronJobs|classes|pools|labels|annotations|env|sysctls)$/;

function pattern(path: readonly string[]): string {
  const isName = (index: number) => index > 0 && NAMED.test(path[index - 1]!) && !(index === 1 && path[0] === "secrets") && !(index === 2 && path[0] === "platform" && path[1] === "databases");
  return path.map((key, index) => (/^\d+$/.test(key) || isName(index) ? "*" : key)).join(".");
}

/** A homelab that notes which of its fields are looked at. */
function watched(homelab: Homelab, reads: Set<string>): Homelab {
  // One proxy for one map: rules compare machines by identity. Lists may be shared between machines, and are not compared.
  const proxies = new Map<object, unknown>();
  const wrap = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (proxies.has(value)) return proxies.get(value);
    const proxy = new Proxy(value, {
      get(target, key, receiver) {
        const got: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== "string" || typeof got === "function") return got;
        const at = [...path, key];
        reads.add(pattern(at));
        return wrap(got, at);
      },
    });
    if (!Array.isArray(value)) proxies.set(value, proxy);
    return proxy;
  };
  return wrap(homelab, []) as Homelab;
}

/** What `plan` reads: how machines are reached, and what every step would do on a bare Debian. */
function prepareMachines(homelab: Homelab): void {
  for (const machine of Object.values(homelab.machines)) {
    targetOf(machine);
    const want: Want = { homelab, machine, cluster: { machines: {}, governedBy: undefined }, valueOf: () => undefined, checksumOf: () => "0".repeat(64) };
    for (const step of PREPARE_STEPS.filter((one) => one.concerns(want))) {
      step.questions?.(want);
      step.decide(BARE_DEBIAN, want);
    }
  }
}

test("every field of the examples is read, or will be by a verb that is named", async () => {
  const reads = new Set<string>();
  const written = new Map<string, string>();
  for (const file of files) {
    const { homelab, source } = await load(file);
    const seen = watched(homelab!, reads);
    for (const check of allChecks) check.check({ homelab: seen, source, today: Date.parse("2026-11-21"), secretNames: [] });
    renderHomelab(seen);
    simMachines(seen);
    prepareMachines(seen);
    const visit = (value: unknown, path: readonly string[]) => {
      if (path.length > 0 && source.has(path.map((key) => (/^\d+$/.test(key) ? Number(key) : key)))) written.set(pattern(path), `${file}: ${path.join(".")}`);
      if (typeof value === "object" && value !== null) for (const [key, one] of Object.entries(value)) visit(one, [...path, key]);
    };
    visit(longForm(homelab!), []);
  }
  const isExcused = (path: string) => UNREAD_FIELDS.some((field) => path === field.path || path.startsWith(`${field.path}.`)) || OTHERWISE_READ.some((one) => one.test(path));
  const unread = [...written].filter(([path]) => !reads.has(path) && !isExcused(path)).map(([, where]) => where);
  expect(unread).toEqual([]);
});

/** Read while the file is expanded, or held by the homelab's types under other words than the file's. */
const OTHERWISE_READ = [
  /^name$/, // the folder in the backups' bucket and in the GitOps repository
  /^secrets\.(by|recipients\.\*)$/, // there is one way; whether there are any keys
  /^platform\.(policies|backups\.plan)\b/, // the defaults of apps, volumes and databases
  /\.env\.\*/, // a union by kind
  /\.mounts\.\*\.(volume|configFile|secret|temporary)$/,
  /\.(readiness|liveness|startup)\.(path|port|command)/,
  /\.egress\b/,
  /\.promise\.(survives|loses)/,
  /patches/,
  /^objects/,
  /(kubeletArgs|extraArgs\.\w+)\./, // lists of name and value
  /\.update\.(maxSurge|maxUnavailable)$/,
];

test("the table has no field that is read after all", async () => {
  const reads = new Set<string>();
  for (const file of files) renderHomelab(watched((await load(file)).homelab!, reads));
  expect(UNREAD_FIELDS.filter((field) => field.when === undefined && reads.has(field.path)).map((field) => field.path)).toEqual([]);
});

test("the table names what the file says, where it says it", async () => {
  const { homelab, source } = await load("kubeadm-ha/homelab.yaml");
  const notes = unreadFields(homelab!, source);
  expect(new Set(notes.map((note) => note.severity))).toEqual(new Set(["info"]));
  const snapshots = notes.filter((note) => note.message.includes(".snapshots "));
  expect(snapshots).toHaveLength(1);
  expect(source.text.split("\n")[snapshots[0]!.line - 1]).toContain("snapshots:");
});
