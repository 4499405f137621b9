/**
 * One real Kubernetes control plane with fake nodes on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK
 * as child processes in a throw-away directory. What the embedded cluster is compared with; never for anything that must last.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { newAuthority, type Identity } from "./certificates.ts";
import { obtain, stagesPath } from "./binaries.ts";
import type { Say } from "./downloads.ts";
import { FAKE_NODES } from "./fake-nodes.ts";
import { CONTROL_PLANE_PARTS } from "./versions.ts";

const READY_DEADLINE_MS = 90_000;
const STOP_GRACE_MS = 10_000;
/** The service `kubernetes` needs an address that is no loopback one; nobody connects to it. */
const ADVERTISED = "192.0.2.1";
export const SERVICE_RANGE = "10.96.0.0/16";
export const POD_RANGE = "10.244.0.0/16";

export interface RealControlPlane {
  url: string;
  kubeconfig: string;
  directory: string;
  /** Ends every process it started, by its id, and removes the directory unless `keep`. */
  stop(): Promise<void>;
  /** Ends one of the processes, and starts it anew. */
  restart(name: string): Promise<void>;
  /** Rejects when one of the processes ends by itself. */
  failed: Promise<never>;
}

export type Started = { ok: true; controlPlane: RealControlPlane } | { ok: false; why: string };

/** Starts it and waits until the API is ready and every fake node is Ready; `withoutNodes`: without KWOK and its nodes. `ok: false` when the binaries cannot be had. */
export async function startRealControlPlane(say: Say, options: { keep?: boolean; mayBuild?: boolean; kubeconfig?: string; withoutNodes?: boolean } = {}): Promise<Started> {
  const binaries = await obtain(CONTROL_PLANE_PARTS, say, options);
  if (!binaries.ok) return binaries;
  const directory = await mkdtemp(join(tmpdir(), "kubernest-real-"));
  const children: { name: string; args: readonly string[]; process: ChildProcess; isEnding: boolean }[] = [];
  let isStopping = false;
  let reject: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, fail) => (reject = fail));
  failed.catch(() => {}); // A caller that does not look at it must not crash on it.

  const logOf = (name: string): string => join(directory, `${name}.log`);
  const start = (name: string, args: readonly string[]): void => {
    const log = openSync(logOf(name), "a");
    // Its own group: Ctrl-C reaches only us, and we stop the parts in order.
    const child = spawn(binaries.path(name), [...args], { cwd: directory, detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    const started = { name, args, process: child, isEnding: false };
    children.push(started);
    child.on("exit", (code, signal) => {
      if (!isStopping && !started.isEnding) reject(new Error(`${name} ended by itself (${signal ?? `exit ${code}`}); its log is ${logOf(name)}`));
    });
    child.on("error", (error) => reject(error));
  };
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    for (const { process: child } of children.toReversed()) await end(child);
    if (!options.keep) await rm(directory, { recursive: true, force: true });
  };

  const restart = async (name: string): Promise<void> => {
    const index = children.findIndex((child) => child.name === name);
    const child = children[index];
    if (child === undefined) throw new Error(`${name} was not started`);
    child.isEnding = true;
    await end(child.process);
    children.splice(index, 1);
    start(name, child.args);
  };

  try {
    const ports = await freePorts(4);
    const [etcdPort, etcdPeerPort, apiPort, kubeletPort] = ports as [number, number, number, number];
    const url = `https://127.0.0.1:${apiPort}`;
    const files = await writeCredentials(directory, url);
    start("etcd", [
      "--data-dir=etcd",
      "--unsafe-no-fsync",
      "--log-level=warn",
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
      `--initial-cluster=default=http://127.0.0.1:${etcdPeerPort}`,
    ]);
    start("kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${apiPort}`,
      `--advertise-address=${ADVERTISED}`,
      "--tls-cert-file=server.crt",
      "--tls-private-key-file=server.key",
      "--client-ca-file=ca.crt",
      "--kubelet-client-certificate=kubelet-client.crt",
      "--kubelet-client-key=kubelet-client.key",
      "--kubelet-preferred-address-types=InternalDNS,InternalIP",
      "--requestheader-client-ca-file=ca.crt",
      "--requestheader-allowed-names=front-proxy",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      "--proxy-client-cert-file=front-proxy.crt",
      "--proxy-client-key-file=front-proxy.key",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      "--service-account-key-file=service-account.pub",
      "--service-account-signing-key-file=service-account.key",
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--watch-cache=true",
    ]);
    await waitReady(url, files, logOf("kube-apiserver"), failed, say);
    start("kube-controller-manager", [
      "--kubeconfig=controller-manager.kubeconfig",
      "--authentication-kubeconfig=controller-manager.kubeconfig",
      "--authorization-kubeconfig=controller-manager.kubeconfig",
      "--bind-address=127.0.0.1",
      "--secure-port=0",
      "--leader-elect=false",
      "--use-service-account-credentials=true",
      "--root-ca-file=ca.crt",
      "--service-account-private-key-file=service-account.key",
      "--cluster-signing-cert-file=ca.crt",
      "--cluster-signing-key-file=ca.key",
      "--allocate-node-cidrs=true",
      `--cluster-cidr=${POD_RANGE}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      "--controllers=*,bootstrapsigner,tokencleaner",
      // Tests wait for controllers, not for their rate limits.
      "--kube-api-qps=300",
      "--kube-api-burst=600",
      "--concurrent-namespace-syncs=50",
      "--concurrent-resource-quota-syncs=20",
    ]);
    start("kube-scheduler", [
      "--kubeconfig=scheduler.kubeconfig",
      "--authentication-kubeconfig=scheduler.kubeconfig",
      "--authorization-kubeconfig=scheduler.kubeconfig",
      "--bind-address=127.0.0.1",
      "--secure-port=0",
      "--leader-elect=false",
      "--kube-api-qps=300",
      "--kube-api-burst=600",
    ]);
    if (options.withoutNodes !== true) {
      await writeFile(join(directory, "kwok.yaml"), `${await readFile(stagesPath(), "utf8")}---\n${kubeletAnswers(directory)}`);
      await writeFile(join(directory, "container.log"), CONTAINER_LOG);
      start("kwok", [
        "--kubeconfig=kwok.kubeconfig",
        "--config=kwok.yaml",
        "--manage-all-nodes=true",
        "--node-lease-duration-seconds=40",
        "--node-ip=127.0.0.1",
        `--node-port=${kubeletPort}`,
        `--server-address=127.0.0.1:${kubeletPort}`,
        "--tls-cert-file=server.crt",
        "--tls-private-key-file=server.key",
        "--cidr=10.0.0.1/24",
      ]);
      await createFakeNodes(url, files, failed, say);
    }
    const kubeconfig = options.kubeconfig ?? join(directory, "admin.kubeconfig");
    await writeFile(kubeconfig, await readFile(join(directory, "admin.kubeconfig"), "utf8"), { mode: 0o600 });
    await chmod(kubeconfig, 0o600);
    return { ok: true, controlPlane: { url, kubeconfig, directory, stop, restart, failed } };
  } catch (error) {
    const wasKept = options.keep === true;
    await stop();
    if (error instanceof Error && wasKept) error.message += ` (kept: ${directory})`;
    throw error;
  }
}

/** What the fake kubelets answer to `logs`, `exec`, `attach` and `port-forward`. */
function kubeletAnswers(directory: string): string {
  return `apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: { name: logs }
spec:
  logs: [ { logsFile: ${join(directory, "container.log")} } ]
`;
}

/** In the runtime's log format, which is what KWOK reads. */
const CONTAINER_LOG = ["started", "listening on port 80", "ready"].map((line, index) => `2026-01-01T00:00:0${index}.000000000Z stdout F ${line}\n`).join("");

interface Credentials {
  ca: string;
  admin: Identity;
}

async function writeCredentials(directory: string, url: string): Promise<Credentials> {
  const authority = await newAuthority("kubernest-real", Date.now());
  const put = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text, { mode: 0o600 });
  const pair = async (stem: string, identity: Identity): Promise<void> => {
    await put(`${stem}.crt`, identity.certificate);
    await put(`${stem}.key`, identity.key);
  };
  await pair("ca", authority);
  await pair(
    "server",
    await authority.issue("kube-apiserver", {
      dns: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
      ips: ["127.0.0.1", ADVERTISED, "10.96.0.1"],
    }),
  );
  await pair("kubelet-client", await authority.issue("kube-apiserver-kubelet-client", { groups: ["system:masters"] }));
  await pair("front-proxy", await authority.issue("front-proxy"));
  const serviceAccount = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  await put("service-account.pub", serviceAccount.publicKey);
  await put("service-account.key", serviceAccount.privateKey);
  const admin = await authority.issue("admin", { groups: ["system:masters"] });
  await put("admin.kubeconfig", kubeconfigText(url, authority.certificate, "admin", admin));
  const clients = { "controller-manager": "system:kube-controller-manager", scheduler: "system:kube-scheduler" };
  for (const [file, user] of Object.entries(clients)) await put(`${file}.kubeconfig`, kubeconfigText(url, authority.certificate, user, await authority.issue(user)));
  await put("kwok.kubeconfig", kubeconfigText(url, authority.certificate, "kwok", await authority.issue("kwok", { groups: ["system:masters"] })));
  return { ca: authority.certificate, admin };
}

function kubeconfigText(url: string, ca: string, user: string, identity: Identity): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return `apiVersion: v1
kind: Config
clusters:
- name: real
  cluster: { server: "${url}", certificate-authority-data: ${base64(ca)} }
users:
- name: "${user}"
  user: { client-certificate-data: ${base64(identity.certificate)}, client-key-data: ${base64(identity.key)} }
contexts:
- name: real
  context: { cluster: real, user: "${user}" }
current-context: real
`;
}

/** Asks the system for ports nobody listens on. They are taken again a moment later: a test cluster may lose that race, and says so. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Polls until `probe` returns undefined; says what it is waiting for every five seconds. */
async function waitFor(what: string, probe: () => Promise<string | undefined>, hint: string, failed: Promise<never>, say: Say): Promise<void> {
  const startedMs = performance.now();
  let saidMs = startedMs;
  for (;;) {
    const missing = await Promise.race([probe().catch((error: unknown) => (error instanceof Error ? error.message : String(error))), failed]);
    if (missing === undefined) return;
    const nowMs = performance.now();
    if (nowMs - startedMs > READY_DEADLINE_MS) throw new Error(`${what}: not after ${READY_DEADLINE_MS / 1000} s: ${missing}; ${hint}`);
    if (nowMs - saidMs > 5_000) {
      saidMs = nowMs;
      say(`waiting for ${what} (${Math.round((nowMs - startedMs) / 1000)} s of ${READY_DEADLINE_MS / 1000} s): ${missing}`);
    }
    await sleep(200);
  }
}

function agentOf(credentials: Credentials): Agent {
  return new Agent({ connect: { ca: credentials.ca, cert: credentials.admin.certificate, key: credentials.admin.key } });
}

async function waitReady(url: string, credentials: Credentials, log: string, failed: Promise<never>, say: Say): Promise<void> {
  const dispatcher = agentOf(credentials);
  const probe = async (): Promise<string | undefined> => {
    const response = await fetch(`${url}/readyz`, { dispatcher });
    const text = await response.text();
    return response.ok ? undefined : `/readyz answered ${response.status} ${text.split("\n").filter((line) => line.startsWith("[-]")).join(" ")}`;
  };
  await waitFor("the API server", probe, `its log is ${log}`, failed, say);
  await dispatcher.close();
}

async function createFakeNodes(url: string, credentials: Credentials, failed: Promise<never>, say: Say): Promise<void> {
  const dispatcher = agentOf(credentials);
  for (const node of FAKE_NODES) {
    const response = await fetch(`${url}/api/v1/nodes`, { dispatcher, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(node) });
    if (response.status !== 201) throw new Error(`creating node ${node.metadata.name}: ${response.status} ${await response.text()}`);
    await response.text();
  }
  const probe = async (): Promise<string | undefined> => {
    const response = await fetch(`${url}/api/v1/nodes`, { dispatcher });
    const { items } = (await response.json()) as { items: { metadata: { name: string }; spec: { taints?: { key: string }[] }; status: { conditions?: { type: string; status: string }[] } }[] };
    const waiting = items.filter((node) => !node.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") || node.spec.taints?.some((t) => t.key.startsWith("node.kubernetes.io/not-ready")));
    if (waiting.length > 0) return `not Ready: ${waiting.map((node) => node.metadata.name).join(", ")}`;
    // Pods are refused until every namespace has its default ServiceAccount.
    const account = await fetch(`${url}/api/v1/namespaces/default/serviceaccounts/default`, { dispatcher });
    await account.text();
    return account.ok ? undefined : "the ServiceAccount default/default is not made yet";
  };
  await waitFor("the fake nodes", probe, "kwok.log and kube-controller-manager.log tell why", failed, say);
  await dispatcher.close();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
  await ended;
  clearTimeout(timer);
}

