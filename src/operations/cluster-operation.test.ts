/** The cluster's part of `plan` and `up`, against the embedded cluster's API. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkFile } from "../checks/check-file.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { Homelab } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { performPlan, type Run } from "../engine/perform-plan.ts";
import { changeCount, type Plan } from "../plan/plan.ts";
import { describePlan } from "../plan/describe-plan.ts";
import { type WarmStart, warmStartOf } from "../rehearse/prove/warm-start.ts";
import { clusterStages } from "./perform-cluster.ts";
import { planCluster, type PlannedCluster } from "./plan-cluster.ts";
import { virtualCluster, type VirtualCluster } from "./testing/virtual-cluster.ts";

const FILE = `
name: maison
domain: maison.example
machines:
  cp1: { address: 192.0.2.11, roles: [control-plane] }
  w1: { address: 192.0.2.12, labels: { disk: fast } }
kubernetes:
  distribution: kubeadm
  version: v1.36.1
  network: { cni: flannel }
platform: { ingress: { by: traefik } }
apps:
  gazette: { image: "ghcr.io/example/gazette:1.4.2", port: 80, host: gazette, replicas: 2 }
`;

async function homelab(text = FILE): Promise<Homelab> {
  const { homelab: found, findings } = await checkFile("homelab.yaml", { env: {}, readFile: (file) => (file === "homelab.yaml" ? Promise.resolve(text) : Promise.resolve(readFileSync(file, "utf8"))), resolve: (file) => file, today: Date.UTC(2026, 10, 1) });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (found === undefined || errors.length > 0) throw new Error(errors.map(({ message }) => message).join("; "));
  return found;
}

const planOf = (cluster: PlannedCluster): Plan => ({ format: 1, operation: "up", homelab: "maison", stages: cluster.stages });
const planFor = (file: Homelab, lab: VirtualCluster): Promise<PlannedCluster> => planCluster(file, lab.observed, lab.ports, true);
const objectsOf = (cluster: PlannedCluster): string[] => cluster.stages.flatMap(({ id, objects = [] }) => objects.map(({ action, object }) => `${id}: ${action} ${object}`));

async function perform(file: Homelab, lab: VirtualCluster, cluster: PlannedCluster, options: { prunes?: boolean; plan?: Plan } = {}) {
  const plan = options.plan ?? planOf(cluster);
  const { stages, apps } = clusterStages({ homelab: file, plan, planned: { observed: lab.observed, cluster }, ports: lab.ports, prunes: options.prunes === true, isInterrupted: () => false });
  const result = await performPlan(plan, { homelab: file, stages, ports: lab.ports, machinesAtOnceMax: 1, isInterrupted: () => false } as unknown as Run, {});
  return { ...result, apps: await apps() };
}

async function up(text: string, lab: VirtualCluster, options: { prunes?: boolean } = {}) {
  const file = await homelab(text);
  const planned = await planFor(file, lab);
  expect(planned.failures).toEqual([]);
  return { planned, ...(await perform(file, lab, planned, options)) };
}

const brought = new Map<string, WarmStart>();

/** A cluster that `up` has brought this file to: once for all tests that begin there. */
async function clusterWith(text: string): Promise<VirtualCluster> {
  const file = await homelab();
  let start = brought.get(text);
  if (start === undefined) {
    const lab = virtualCluster(file);
    expect((await up(text, lab)).failures).toEqual([]);
    brought.set(text, (start = warmStartOf(lab.cluster, "1")));
  }
  return virtualCluster(file, { start });
}

describe("up in the cluster", () => {
  it("plans everything as new where there is no cluster yet", async () => {
    const file = await homelab();
    const planned = await planFor(file, virtualCluster(file, { isFormed: false }));
    expect(planned.access).toBeUndefined();
    expect(planned.stages.map(({ id }) => id)).toEqual(["inventory", "network", "nodes", "platform", "apps"]);
    expect(objectsOf(planned)).toEqual(expect.arrayContaining(["network: create DaemonSet kube-flannel/kube-flannel-ds", "apps: create Deployment gazette/gazette", "nodes: apply Node w1"]));
  });

  it("applies, waits until all is ready, and then has nothing to do", async () => {
    const file = await homelab();
    const lab = virtualCluster(file);
    const { failures, skipped, apps } = await up(FILE, lab);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: [] });
    expect(apps).toEqual([{ app: "gazette", service: "gazette", ready: 2, replicas: 2, urls: [expect.stringContaining("gazette.maison.example")] }]);
    const again = await planFor(file, lab);
    expect(objectsOf(again)).toEqual([]);
    expect(changeCount(planOf(again))).toBe(0);
  });

  it("brings the apps up where a part of the platform does not come, and says which and why", async () => {
    const lost = `${FILE}patches:\n  - { target: { kind: Deployment, name: local-path-provisioner }, merge: { spec: { template: { spec: { nodeSelector: { disk: none } } } } } }\n`;
    const lab = virtualCluster(await homelab(lost));
    const beganMs = lab.ports.clock.now();
    const { failures, skipped, apps } = await up(lost, lab);
    expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(/^deployment local-path-storage\/local-path-provisioner is not ready after \d+ s: 0 of 1 pods are available: 0\/2 nodes are available: .*affinity\/selector/)]);
    expect(failures[0]!.hint).toBe("no machine has the labels that it asks for");
    expect(skipped).toEqual(["prune"]);
    expect(apps).toMatchObject([{ app: "gazette", ready: 2, replicas: 2 }]);
    expect(lab.ports.clock.now() - beganMs).toBeLessThan(5 * 60_000);
    expect(lab.events.filter(({ kind }) => kind === "stuck")).toHaveLength(1);
  });

  it("tries again what rests on a kind that is not served yet, and applies the rest meanwhile", async () => {
    const own = `${FILE}objects:\n  - { apiVersion: example.net/v1, kind: Widget, metadata: { name: late, namespace: gazette }, spec: {} }\n`;
    const file = await homelab(own);
    const lab = virtualCluster(file);
    const planned = await planFor(file, lab);
    const performed = perform(file, lab, planned);
    const apply = (object: KubeObject): Promise<unknown> => lab.client.apply(object, { fieldManager: "operator", force: false });
    lab.onTime(60_000, () => void apply({
      apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "widgets.example.net" },
      spec: { group: "example.net", scope: "Namespaced", names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }] },
    }));
    expect((await performed).failures).toEqual([]);
    const applied = lab.events.flatMap((event) => (event.kind === "change-ended" ? [event.summary] : []));
    expect(applied.at(-1)).toBe("applied Widget gazette/late");
    expect(await lab.client.find("example.net/v1", "Widget", "gazette", "late")).toBeDefined();
  });

  it("names what the API never takes, beside all that works", async () => {
    const own = `${FILE}objects:\n  - { apiVersion: example.net/v1, kind: Widget, metadata: { name: late, namespace: gazette }, spec: {} }\n`;
    const { failures, apps } = await up(own, virtualCluster(await homelab(own)));
    expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(/^Widget gazette\/late is not ready after \d+ s: the API does not take it yet: the API serves no kind Widget in example\.net\/v1$/)]);
    expect(apps).toMatchObject([{ ready: 2 }]);
  });

  it("gives a machine that comes back bare its settings again, as its old node goes before it joins", async () => {
    const file = await homelab();
    const lab = await clusterWith(FILE);
    const planned = await planCluster(file, { ...lab.observed, facts: { ...lab.observed.facts, w1: { kubernetes: { kubeadm: undefined, k3s: undefined, others: [] } } as never } }, lab.ports, false);
    expect(objectsOf(planned)).toEqual(["nodes: apply Node w1"]);
    await lab.client.mergePatch("v1", "Node", undefined, "w1", { metadata: { labels: { disk: null }, annotations: null } }, "test");
    expect((await perform(file, lab, planned)).failures).toEqual([]);
    expect((await lab.client.find("v1", "Node", undefined, "w1"))?.metadata.labels).toMatchObject({ disk: "fast" });
  });

  it("does not let a control plane join beside its old self", async () => {
    const file = await homelab(FILE.replace("  w1:", "  cp2: { address: 192.0.2.13, roles: [control-plane] }\n  cp3: { address: 192.0.2.14, roles: [control-plane] }\n  w1:").replace("  version:", "  endpoint: { address: 192.0.2.10, by: kube-vip }\n  version:"));
    const lab = virtualCluster(file);
    const bare = { kubernetes: { kubeadm: undefined, k3s: undefined, others: [] } };
    const refused = async (facts: object): Promise<string[]> => (await planCluster(file, { ...lab.observed, facts: { ...lab.observed.facts, ...facts } }, lab.ports, false)).failures.map(({ message }) => message);
    expect(await refused({ cp2: bare, w1: bare })).toEqual([expect.stringMatching(/^cp2 has nothing of the cluster on it, and the cluster still has its node/)]);
    await lab.client.delete("v1", "Node", undefined, "cp2");
    expect(await refused({ cp2: bare })).toEqual([]);
    expect(await refused({ cp3: { kubernetes: { kubeadm: { hasJoined: false, isHalfDone: true } } } })).toEqual([]);
  });

  it("shows what changes as a diff, and does exactly that", async () => {
    const lab = await clusterWith(FILE);
    const { planned, failures } = await up(FILE.replace("replicas: 2", "replicas: 3"), lab);
    expect(failures).toEqual([]);
    expect(objectsOf(planned)).toEqual(["apps: change Deployment gazette/gazette"]);
    expect(describePlan(planOf(planned))).toContain("-  replicas: 2\n      +  replicas: 3");
    expect((await lab.client.get("apps/v1", "Deployment", "gazette", "gazette"))["spec"].replicas).toBe(3);
  });

  it("takes fields back that others set, and says whose they were", async () => {
    const file = await homelab();
    const lab = await clusterWith(FILE);
    await lab.client.mergePatch("apps/v1", "Deployment", "gazette", "gazette", { spec: { replicas: 5 } }, "kubectl-edit");
    const planned = await planFor(file, lab);
    const [change] = planned.stages[0]!.objects!;
    expect(change!.diff).toContain(`# taken over: .spec.replicas (was set by "kubectl-edit" using apps/v1)`);
    expect((await perform(file, lab, planned)).failures).toEqual([]);
    expect((await lab.client.get("apps/v1", "Deployment", "gazette", "gazette"))["spec"].replicas).toBe(2);
    expect(objectsOf(await planFor(file, lab))).toEqual([]);
    expect(lab.events).toContainEqual({ kind: "note", machine: undefined, text: `Deployment gazette/gazette: taken over: .spec.replicas (was set by "kubectl-edit" using apps/v1)` });
  });

  it("stops where more is needed than the approved plan says", async () => {
    const file = await homelab();
    const lab = await clusterWith(FILE);
    const planned = await planFor(await homelab(FILE.replace("replicas: 2", "replicas: 3")), lab);
    const { failures } = await perform(file, lab, planned, { plan: { ...planOf(planned), stages: [] } });
    expect(failures.map(({ code, message }) => [code, message])).toEqual([["not-approved", "change Deployment gazette/gazette is needed now and was not in the plan"]]);
    expect((await lab.client.get("apps/v1", "Deployment", "gazette", "gazette"))["spec"].replicas).toBe(2);
  });
});

describe("while a machine does not answer", () => {
  const WITH_W2 = FILE.replace("  w1:", "  w2: { address: 192.0.2.13, labels: { disk: slow } }\n  w1:");
  const away = [new StepFailed("unreachable", "w2: no route", { machine: "w2" })];
  const without = (lab: VirtualCluster): VirtualCluster => ({ ...lab, observed: { ...lab.observed, away } });

  it("that was never a node: the rest comes up, and nobody waits for it", async () => {
    const lab = without(virtualCluster(await homelab()));
    const { planned, failures, apps } = await up(WITH_W2, lab);
    expect(failures).toEqual([]);
    expect(objectsOf(planned)).not.toContain("nodes: apply Node w2");
    expect(apps).toMatchObject([{ ready: 2, replicas: 2 }]);
    expect(objectsOf(await planFor(await homelab(WITH_W2), lab))).toEqual([]);
  });

  it("and was a node: its pods are named, those of DaemonSets are not missed, and what changes is brought in", async () => {
    const pinned = `${WITH_W2}  paper: { image: "ghcr.io/example/paper:1.0.0", port: 80, host: paper }\npatches:\n  - { target: { kind: Deployment, name: paper }, merge: { spec: { template: { spec: { nodeSelector: { disk: slow } } } } } }\n`;
    const lab = virtualCluster(await homelab(pinned));
    expect((await up(pinned, lab)).failures).toEqual([]);
    lab.cluster.agents.machine("w2")!.powerOff();
    lab.cluster.run(60_000);
    const beganMs = lab.ports.clock.now();
    const { failures, planned } = await up(pinned.replace("host: gazette,", "host: gazette, env: { EDITION: evening },"), without(lab));
    expect(objectsOf(planned)).toEqual(["apps: change Deployment gazette/gazette"]);
    expect(failures).toEqual([]);
    expect(lab.ports.clock.now() - beganMs).toBeLessThan(60_000);
    const gazette = await lab.client.get("apps/v1", "Deployment", "gazette", "gazette");
    expect(gazette["status"]).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
    expect(lab.events.filter((event) => event.kind === "note").map(({ text }) => text).filter((text) => text.includes("w2"))).toEqual([expect.stringMatching(/^deployment paper\/paper: 0 of 1 pods are available: the others are on w2, which does not answer$/)]);
  });
});

describe("what leaves the file", () => {
  const WITH_TWO = `${FILE}  paper: { image: "ghcr.io/example/paper:1.0.0", port: 80, host: paper }\n`;

  it("is listed, and stays without leave", async () => {
    const lab = await clusterWith(WITH_TWO);
    const { planned, failures } = await up(FILE, lab);
    expect(failures).toEqual([]);
    expect(objectsOf(planned)).toContain("prune: delete Deployment paper/paper");
    expect(planned.stages.find(({ id }) => id === "prune")!.objects!.find(({ object }) => object === "Namespace paper")).toEqual({ object: "Namespace paper", action: "delete", risk: "destroys", diff: "# with everything in it" });
    expect(await lab.client.find("apps/v1", "Deployment", "paper", "paper")).toBeDefined();
  });

  it("is taken away with leave, and nothing else", async () => {
    const lab = await clusterWith(WITH_TWO);
    await lab.client.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other", namespace: "gazette" }, data: {} }, { fieldManager: "somebody", force: false });
    const { failures } = await up(FILE, lab, { prunes: true });
    expect(failures).toEqual([]);
    // Not only asked to go: gone.
    expect(await lab.client.find("v1", "Namespace", undefined, "paper")).toBeUndefined();
    expect(await lab.client.find("v1", "ConfigMap", "gazette", "other")).toBeDefined();
    expect(objectsOf(await planFor(await homelab(), lab))).toEqual([]);
  });

  it("that something holds on to is told by name, with what holds it", async () => {
    const lab = await clusterWith(WITH_TWO);
    await lab.client.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", namespace: "paper", finalizers: ["example.net/hold"] }, data: {} }, { fieldManager: "somebody", force: false });
    const { failures } = await up(FILE, lab, { prunes: true });
    expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(/^what left the file is gone: not within \d+ s; Namespace paper: .*example\.net\/hold/)]);
    expect(objectsOf(await planFor(await homelab(), lab))).toEqual([]);
  });
});

describe("secrets in the cluster", () => {
  const WITH_SECRET = FILE.replace("replicas: 2 }", "env: { TOKEN: { secret: gazette-token } } }");

  it("are refused without a value, before anything is done", async () => {
    const file = await homelab(WITH_SECRET);
    const { failures } = await planFor(file, virtualCluster(file));
    expect(failures.map(({ message, hint }) => [message, hint])).toEqual([[expect.stringContaining("the secret gazette-token has no value, and Secret gazette/gazette-token"), "kubernest secret set gazette-token"]]);
  });

  it("that only Flux needs are refused by name, too: its age key and the git server's host keys", async () => {
    const key = "age1elf98f95ef2d6yqwarek7rjz6ue0mkh4g9mt2zvfvj3qxjfxmyyq8weqvu";
    const text = FILE.replace("platform: {", "secrets: { recipients: [" + key + "] }\nplatform: { gitops: { by: flux, repository: 'ssh://git@git.example/cluster.git', credentials: { secret: flux-deploy-key } },");
    const file = await homelab(text);
    const lab = virtualCluster(file);
    lab.secrets.set("flux-deploy-key", "key");
    expect((await planFor(file, lab)).failures.map(({ message, hint }) => [message, hint])).toEqual([
      ["the secret flux-known-hosts has no value, and Secret flux-system/flux-system (platform.gitops.credentials) needs it: the git server's host keys, as ssh-keyscan prints them", "kubernest secret set flux-known-hosts"],
      ["the secret flux-age-key has no value, and Secret flux-system/sops-age (secrets.recipients) needs it: an age private key (AGE-SECRET-KEY-1…) that opens what Flux decrypts", "kubernest secret set flux-age-key"],
    ]);
  });

  it("reach the API and never a plan", async () => {
    const file = await homelab(WITH_SECRET);
    const lab = virtualCluster(file);
    lab.secrets.set("gazette-token", "correct horse");
    expect((await up(WITH_SECRET, lab)).failures).toEqual([]);
    expect(Buffer.from((await lab.client.get("v1", "Secret", "gazette", "gazette-token"))["data"]["gazette-token"], "base64").toString()).toBe("correct horse");
    lab.secrets.set("gazette-token", "battery staple");
    const planned = await planFor(file, lab);
    expect(objectsOf(planned)).toContain("apps: change Secret gazette/gazette-token");
    const text = JSON.stringify(planned.stages);
    expect(text).toContain("‹secret: gazette-token, changed›");
    for (const value of ["correct horse", "battery staple"]) for (const form of [value, Buffer.from(value).toString("base64")]) expect(text).not.toContain(form);
  });
});

describe("the API's address", () => {
  it("is that of the governing machine where the endpoint does not answer, and this is said", async () => {
    const file = await homelab();
    const lab = virtualCluster(file, { silentServers: ["https://192.0.2.10:6443"] });
    const { notes, access } = await planFor(file, lab);
    expect(access!.server).toBe("https://192.0.2.11:6443");
    expect(notes).toEqual(["https://192.0.2.10:6443 does not answer here (connect EHOSTUNREACH): the API of cp1 itself is used, https://192.0.2.11:6443"]);
  });

  it("that nobody answers stops a plan that would change nothing else", async () => {
    const file = await homelab();
    const lab = virtualCluster(file, { silentServers: ["https://192.0.2.10:6443", "https://192.0.2.11:6443"] });
    expect((await planFor(file, lab)).failures.map(({ code }) => code)).toEqual(["unreachable"]);
    const beside = await planCluster(file, lab.observed, lab.ports, false);
    expect(beside.failures).toEqual([]);
    expect(objectsOf(beside)).toContain("apps: apply Deployment gazette/gazette");
  });
});

it("tells of nodes that the file does not have, and leaves them", async () => {
  const lab = virtualCluster(await homelab(FILE.replace("  w1:", "  w2: { address: 192.0.2.13 }\n  w1:")));
  const { planned, failures } = await up(FILE, lab);
  expect(failures).toEqual([]);
  expect(planned.notes).toEqual([expect.stringContaining("node w2 is in the cluster and not in the file")]);
  expect(await lab.client.find("v1", "Node", undefined, "w2")).toBeDefined();
});
