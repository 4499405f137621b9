/** All cases of a world on one cluster, side by side: each has a zone, a namespace and nodes of its own. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import type { FailureAct, FailureCase, FailureWorld } from "./failure-case.ts";
import { nodeName, roleOf } from "./failure-case.ts";
import { FakeKubelets, isReady } from "./fake-kubelets.ts";
import { type Milestone, newIn, podTitle, type Seen } from "./milestones.ts";
import { ask, type Surroundings } from "./surroundings.ts";

/** How finely times are known. */
const LOOK_MS = 500;
/** Until the pods of all cases run, and their nodes are known for a while. */
const BEGIN_MS_MAX = 120_000;
const SETTLED_MS = 15_000;
/** Not in step with the five seconds of the node controller. */
const APART_MS = 7_300;
const PATHS: Readonly<Record<string, string>> = { Deployment: "apis/apps/v1/*/deployments", StatefulSet: "apis/apps/v1/*/statefulsets", DaemonSet: "apis/apps/v1/*/daemonsets", Service: "api/v1/*/services", PodDisruptionBudget: "apis/policy/v1/*/poddisruptionbudgets" };
const MERGE = "application/merge-patch+json";

/** Milestones by case. */
export type WorldRecord = Record<string, Milestone[]>;

/** What everybody sees at one time, asked for once. */
interface Look {
  nodes: KubeObject[];
  pods: KubeObject[];
  slices: KubeObject[];
}

export async function runWorld(around: Surroundings, { cases, isTogether }: FailureWorld, say: (line: string) => void): Promise<WorldRecord> {
  const kubelets = new FakeKubelets(around);
  const joined = async (one: FailureCase, node: string): Promise<void> => kubelets.join(nodeName(one, node), { case: one.id, "topology.kubernetes.io/zone": one.id });
  for (const one of cases) {
    await ask(around, { method: "POST", path: "/api/v1/namespaces", body: { apiVersion: "v1", kind: "Namespace", metadata: { name: one.id } } });
    for (const node of one.nodes) await joined(one, node);
  }
  const running = kubelets.run();
  for (const one of cases) {
    await untilAccount(around, one.id);
    for (const object of one.objects) await ask(around, { method: "POST", path: `/${PATHS[object.kind]!.replace("*", `namespaces/${one.id}`)}`, body: object });
  }
  await untilRunning(around, cases);
  await around.pass(SETTLED_MS);
  const startMs = around.nowMs();
  say(`${cases.length} cases begin`);
  // One after the other, so that no round of the controllers has the nodes of all cases to see to.
  const beginMs = new Map(cases.map((one, index) => [one, isTogether ? 0 : index * APART_MS]));
  const due = cases.flatMap((one) => one.steps.map((step) => ({ one, act: step.act, atMs: beginMs.get(one)! + step.atMs }))).sort((a, b) => a.atMs - b.atMs);
  const untilMs = Math.max(...cases.map((one) => beginMs.get(one)! + one.untilMs));
  const told = new Map(cases.map((one) => [one.id, [] as Milestone[]]));
  const tell = (one: FailureCase, text: string, atMs = around.nowMs() - startMs): void => void told.get(one.id)!.push({ atMs: atMs - beginMs.get(one)!, text });
  const take = (one: FailureCase, act: FailureAct): Promise<void> => perform({ around, kubelets, one, act, join: (node) => joined(one, node), tell: (text) => tell(one, text) });

  let before = await look(around);
  let known: number | undefined;
  while (around.nowMs() - startMs < untilMs) {
    while (due.length > 0 && due[0]!.atMs <= around.nowMs() - startMs) {
      const { one, act } = due.shift()!;
      await take(one, act);
    }
    await around.pass(LOOK_MS);
    const atMs = around.nowMs() - startMs;
    const changes = around.changeCount?.();
    if (changes !== undefined && changes === known) continue;
    known = changes;
    const after = await look(around);
    for (const one of cases) if (atMs >= beginMs.get(one)! && atMs <= beginMs.get(one)! + one.untilMs) for (const text of newIn(seenBy(one, before), seenBy(one, after))) tell(one, text, atMs);
    before = after;
  }
  kubelets.end();
  await running;
  return Object.fromEntries(told);
}

interface Acting {
  around: Surroundings;
  kubelets: FakeKubelets;
  one: FailureCase;
  act: FailureAct;
  join(node: string): Promise<void>;
  tell(text: string): void;
}

async function perform({ around, kubelets, one, act, join, tell }: Acting): Promise<void> {
  const each = async (nodes: readonly string[], what: (name: string) => Promise<void>): Promise<void> => {
    await Promise.all(nodes.map((node) => what(nodeName(one, node))));
    tell(`${act.does} ${nodes.join(", ")}`);
  };
  switch (act.does) {
    case "join":
      await Promise.all(act.nodes.map(join));
      return tell(`join ${act.nodes.join(", ")}`);
    case "silence":
      return each(act.nodes, (name) => kubelets.silence(name));
    case "return":
      return each(act.nodes, (name) => kubelets.comeBack(name));
    case "unwell":
    case "well":
      return each(act.nodes, (name) => kubelets.setWell(name, act.does === "well"));
    case "taint": {
      const path = `/api/v1/nodes/${nodeName(one, act.node)}`;
      const { body } = await ask(around, { method: "GET", path });
      const taints = [...((body as KubeObject)["spec"]?.taints ?? []), { key: act.key, effect: act.effect }];
      tell(`taint ${act.node} ${act.key}:${act.effect}`);
      return void (await ask(around, { method: "PATCH", path, contentType: MERGE, body: { spec: { taints } } }));
    }
    case "delete-node":
      kubelets.forget(nodeName(one, act.node));
      await ask(around, { method: "DELETE", path: `/api/v1/nodes/${nodeName(one, act.node)}` });
      return tell(`delete-node ${act.node}`);
    case "evict": {
      const pods = (await ask(around, { method: "GET", path: `/api/v1/namespaces/${one.id}/pods` })).body as { items: KubeObject[] };
      for (const { metadata } of pods.items) {
        const { code } = await around.call({ method: "POST", path: `/api/v1/namespaces/${one.id}/pods/${metadata.name}/eviction`, body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: metadata.name, namespace: one.id } } });
        tell(`evict: answered ${code}`);
      }
      return;
    }
    case "restart-controllers":
      await around.restartControllers?.();
      return tell("restart-controllers");
  }
}

async function look(around: Surroundings): Promise<Look> {
  const items = async (path: string): Promise<KubeObject[]> => ((await ask(around, { method: "GET", path })).body as { items: KubeObject[] }).items;
  const [nodes, pods, slices] = await Promise.all([items("/api/v1/nodes"), items("/api/v1/pods"), items("/apis/discovery.k8s.io/v1/endpointslices")]);
  return { nodes: nodes!, pods: pods!, slices: slices! };
}

function seenBy(one: FailureCase, { nodes, pods, slices }: Look): Seen {
  const own = pods.filter(({ metadata }) => metadata.namespace === one.id);
  const byName = new Map(own.map((pod) => [pod.metadata.name, pod]));
  const role = (name: string): string => roleOf(one, name.slice(one.id.length + 1));
  const ready = slices.filter(({ metadata }) => metadata.namespace === one.id).flatMap((slice) => (slice["endpoints"] ?? []) as { conditions: { ready: boolean }; targetRef: { name: string } }[]).filter(({ conditions }) => conditions.ready);
  const endpoints = new Set<string>();
  for (const { targetRef } of ready) {
    const pod = byName.get(targetRef.name);
    if (pod === undefined) continue;
    let title = podTitle(pod, role);
    for (let count = 2; endpoints.has(title); count++) title = `${podTitle(pod, role)} (${count})`;
    endpoints.add(title);
  }
  return {
    nodes: new Map(nodes.filter(({ metadata }) => metadata.labels?.["case"] === one.id).map((node) => [node.metadata.name, node])),
    pods: new Map(own.map((pod) => [pod.metadata.uid!, pod])),
    endpoints,
    role,
  };
}

async function untilAccount(around: Surroundings, namespace: string): Promise<void> {
  const untilMs = around.nowMs() + BEGIN_MS_MAX;
  while ((await around.call({ method: "GET", path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` })).code !== 200) {
    if (around.nowMs() > untilMs) throw new Error(`${namespace} got no service account`);
    await around.pass(LOOK_MS);
  }
}

async function untilRunning(around: Surroundings, cases: readonly FailureCase[]): Promise<void> {
  const untilMs = around.nowMs() + BEGIN_MS_MAX;
  for (;;) {
    const { pods } = await look(around);
    const waiting = cases.filter((one) => {
      const own = pods.filter(({ metadata }) => metadata.namespace === one.id);
      const wanted = one.objects.reduce((sum, object) => sum + (object.kind === "DaemonSet" ? one.nodes.length : ((object["spec"].replicas as number | undefined) ?? 0)), 0);
      return own.length !== wanted || !own.every(isReady);
    });
    if (waiting.length === 0) return;
    if (around.nowMs() > untilMs) throw new Error(`pods do not run in ${waiting.map(({ id }) => id).join(", ")}`);
    await around.pass(LOOK_MS);
  }
}
