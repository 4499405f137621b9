/**
 * The least of a kubelet that the control plane needs: it registers a node, renews its lease, says that its pods run, and removes those that end. Each can fall silent.
 * All of them ask the API together once a second, so that real ones on one computer are not kept from their timings.
 */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import { ask, type Surroundings } from "./surroundings.ts";

const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const LOOK_MS = 1_000;
const MERGE = "application/merge-patch+json";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

interface Kubelet {
  name: string;
  isSilent: boolean;
  isWell: boolean;
  renewedMs: number;
}

export class FakeKubelets {
  readonly #around: Surroundings;
  readonly #kubelets = new Map<string, Kubelet>();
  #isEnded = false;
  #addressCount = 0;
  #known: number | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  async join(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const around = this.#around;
    await ask(around, { method: "POST", path: "/api/v1/nodes", body: { apiVersion: "v1", kind: "Node", metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels } } } });
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace: "kube-node-lease" }, spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: this.#now() } };
    await ask(around, { method: "POST", path: LEASES, body: lease });
    const kubelet = { name, isSilent: false, isWell: true, renewedMs: around.nowMs() };
    this.#kubelets.set(name, kubelet);
    await this.#tell(kubelet);
  }

  /** Renews once more, so that the silence is measured from here. */
  async silence(name: string): Promise<void> {
    const kubelet = this.#of(name);
    await this.#renew(kubelet);
    kubelet.isSilent = true;
  }

  /** As after a network that was cut: what ran runs on, and is told. */
  async comeBack(name: string): Promise<void> {
    const kubelet = this.#of(name);
    kubelet.isSilent = false;
    await this.#renew(kubelet);
    this.#known = undefined;
    await this.#tell(kubelet);
    await this.#look();
  }

  async setWell(name: string, isWell: boolean): Promise<void> {
    const kubelet = this.#of(name);
    kubelet.isWell = isWell;
    await this.#tell(kubelet);
  }

  forget(name: string): void {
    this.#kubelets.delete(name);
  }

  /** Goes on until `end`. */
  async run(): Promise<void> {
    while (!this.#isEnded) {
      await this.#look();
      const dueMs = this.#around.nowMs() - RENEW_MS;
      for (const kubelet of this.#kubelets.values()) if (!kubelet.isSilent && kubelet.renewedMs <= dueMs) await this.#renew(kubelet);
      await this.#around.pass(LOOK_MS);
    }
  }

  end(): void {
    this.#isEnded = true;
  }

  #of(name: string): Kubelet {
    const kubelet = this.#kubelets.get(name);
    if (kubelet === undefined) throw new Error(`${name} has not joined`);
    return kubelet;
  }

  #now(): string {
    return new Date(this.#around.nowMs()).toISOString().replace("Z", "000Z");
  }

  async #renew(kubelet: Kubelet): Promise<void> {
    kubelet.renewedMs = this.#around.nowMs();
    await ask(this.#around, { method: "PATCH", path: `${LEASES}/${kubelet.name}`, contentType: MERGE, body: { spec: { renewTime: this.#now() } } });
  }

  async #tell({ name, isWell }: Kubelet): Promise<void> {
    const now = new Date(this.#around.nowMs()).toISOString();
    const condition = (type: string, status: string, reason: string): object => ({ type, status, reason, message: "", lastHeartbeatTime: now, lastTransitionTime: now });
    const capacity = { cpu: "4", memory: "8Gi", pods: "110" };
    const conditions = [
      condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
      condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
      condition("PIDPressure", "False", "KubeletHasSufficientPID"),
      isWell ? condition("Ready", "True", "KubeletReady") : condition("Ready", "False", "KubeletNotReady"),
    ];
    await ask(this.#around, { method: "PATCH", path: `/api/v1/nodes/${name}/status`, contentType: MERGE, body: { status: { capacity, allocatable: capacity, conditions } } });
  }

  /** Every pod of a node that is not silent: begins, is told ready again where others called it not ready, or ends. */
  async #look(): Promise<void> {
    const changes = this.#around.changeCount?.();
    if (changes !== undefined && changes === this.#known) return;
    this.#known = changes;
    const { body } = await ask(this.#around, { method: "GET", path: "/api/v1/pods?resourceVersion=0" });
    for (const pod of (body as { items: KubeObject[] }).items) {
      const kubelet = this.#kubelets.get((pod["spec"].nodeName ?? "") as string);
      if (kubelet === undefined || kubelet.isSilent) continue;
      const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
      if (pod.metadata.deletionTimestamp !== undefined) await ask(this.#around, { method: "DELETE", path, body: { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } } }, 200, 404, 409);
      else if (!isReady(pod)) await ask(this.#around, { method: "PATCH", path: `${path}/status`, contentType: MERGE, body: { status: this.#running(pod) } }, 200, 404, 409);
    }
  }

  #running(pod: KubeObject): object {
    const now = new Date(this.#around.nowMs()).toISOString();
    const podIP = (pod["status"]?.podIP as string | undefined) ?? `10.244.${this.#addressCount >> 8}.${this.#addressCount++ & 255}`;
    const condition = (type: string): object => ({ type, status: "True", lastTransitionTime: now });
    const others = ((pod["status"]?.conditions ?? []) as { type: string }[]).filter(({ type }) => !["Initialized", "Ready", "ContainersReady"].includes(type));
    return {
      phase: "Running",
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: pod["status"]?.startTime ?? now,
      conditions: [...others, condition("Initialized"), condition("Ready"), condition("ContainersReady")],
      containerStatuses: (pod["spec"].containers as { name: string; image: string }[]).map(({ name, image }) => ({ name, image, imageID: image, ready: true, started: true, restartCount: 0, state: { running: { startedAt: now } } })),
    };
  }
}

export const isReady = (object: KubeObject): boolean => ((object["status"]?.conditions ?? []) as { type: string; status: string }[]).some(({ type, status }) => type === "Ready" && status === "True");
