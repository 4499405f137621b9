/** The 1,000-replica Deployment on the real thing: etcd, kube-apiserver, controller-manager, scheduler, and KWOK's nodes, which run nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { parse } from "yaml";
import { startRealControlPlane } from "../../test/real/control-plane.ts";
import { FAKE_NODES } from "../../test/real/fake-nodes.ts";
import { deployment } from "./bare-cluster.ts";
import type { Sample } from "./bench-definition.ts";

const REPLICAS = 1_000;
/** With the three it starts with, room for 1,100 pods. */
const MORE_NODES_COUNT = 7;
const DEADLINE_MS = 180_000;
const POLL_MS = 100;

/** Undefined when the real parts cannot be had. */
export async function realDeployment(say: (line: string) => void): Promise<Sample | undefined> {
  const started = await startRealControlPlane(say, { mayBuild: false });
  if (!started.ok) {
    say(started.why);
    return undefined;
  }
  const { controlPlane } = started;
  try {
    const { ca, cert, key } = credentialsOf(await readFile(controlPlane.kubeconfig, "utf8"));
    const dispatcher = new Agent({ connect: { ca, cert, key } });
    const ask = async (method: "GET" | "POST", path: string, body?: object): Promise<Record<string, unknown>> => {
      const answer = await request(`${controlPlane.url}${path}`, { dispatcher, method, headers: { "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const value = (await answer.body.json()) as Record<string, unknown>;
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${String(value["message"])}`);
      return value;
    };
    const template = FAKE_NODES[1]!;
    for (let index = 0; index < MORE_NODES_COUNT; index++) {
      const name = `more-${index}`;
      await ask("POST", "/api/v1/nodes", { ...template, metadata: { ...template.metadata, name, labels: { ...template.metadata.labels, "kubernetes.io/hostname": name } } });
    }
    const path = "/apis/apps/v1/namespaces/default/deployments";
    // KWOK makes the nodes Ready within seconds; their taints must be gone before the clock starts.
    await until("nodes without taints", async () => ((await ask("GET", "/api/v1/nodes"))["items"] as { spec: { taints?: object[] } }[]).every((node) => !node.spec.taints?.length));
    const startedMs = performance.now();
    await ask("POST", path, deployment("big", REPLICAS));
    await until("all replicas available", async () => ((await ask("GET", `${path}/big`))["status"] as { availableReplicas?: number }).availableReplicas === REPLICAS);
    const value = performance.now() - startedMs;
    await dispatcher.destroy();
    return { value, notes: { "RSS of all parts MB": childrenRssMb() } };
  } finally {
    await controlPlane.stop();
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`${what}: not after ${DEADLINE_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

function credentialsOf(kubeconfig: string): { ca: string; cert: string; key: string } {
  const { clusters, users } = parse(kubeconfig) as { clusters: { cluster: Record<string, string> }[]; users: { user: Record<string, string> }[] };
  const text = (base64: string | undefined): string => Buffer.from(base64 ?? "", "base64").toString("utf8");
  return { ca: text(clusters[0]!.cluster["certificate-authority-data"]), cert: text(users[0]!.user["client-certificate-data"]), key: text(users[0]!.user["client-key-data"]) };
}

/** Of the parts we started: the direct children of this process (Linux; elsewhere 0). */
function childrenRssMb(): number {
  let kib = 0;
  try {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === process.pid) kib += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      } catch {
        // It ended while we looked.
      }
    }
  } catch {
    return 0;
  }
  return kib / 1024;
}
