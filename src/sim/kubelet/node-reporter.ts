/** What a kubelet tells of its node: registration, status when something changed or is due, the lease every ten seconds. */
import { rfc3339Micro } from "../../lib/rfc3339.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import { ApiError } from "../api/status.ts";
import type { ControllerContext } from "../controllers/reconciler.ts";
import type { SimMachine } from "../machine.ts";
import type { StoredImage } from "./image-store.ts";
import { initialNode, type NodeConditions, type NodeIdentity, nodeStatus } from "./node-status.ts";
import type { Node } from "./pod.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface ReportedNode {
  context: ControllerContext;
  machine: SimMachine;
  identity(): NodeIdentity;
  images(): readonly StoredImage[];
  conditions(): NodeConditions;
  /** Running, and able to reach the API. */
  canReport(): boolean;
  /** A timer that ends with the machine's power. */
  after(delayMs: number, fn: () => void): void;
  /** One for what changes nothing while nothing else changes. */
  upkeep(delayMs: number, fn: () => void): void;
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
  onRegistered(): void;
}

const LEASES = "coordination.k8s.io/leases";
const LEASE_NAMESPACE = "kube-node-lease";

/** Conditions and the reasons of their events, in the order in which a kubelet looks (`kubelet_node_status.go`). */
const PRESSURES = [
  ["MemoryPressure", "NodeHasInsufficientMemory", "NodeHasSufficientMemory"],
  ["DiskPressure", "NodeHasDiskPressure", "NodeHasNoDiskPressure"],
  ["PIDPressure", "NodeHasInsufficientPID", "NodeHasSufficientPID"],
] as const;

export class NodeReporter {
  readonly #node: ReportedNode;
  readonly #name: string;
  /** Once per start: a node that somebody deletes stays away until the kubelet starts anew. */
  #isRegistered = false;
  #isDirty = false;
  #lastReportMs = Number.NEGATIVE_INFINITY;

  constructor(node: ReportedNode) {
    this.#node = node;
    this.#name = node.machine.name;
  }

  /** The kubelet has started. */
  begin(): void {
    this.#isRegistered = false;
    this.#lastReportMs = Number.NEGATIVE_INFINITY;
    this.#register();
    this.#tick();
  }

  /** The kubelet goes on where another was: registered, and its lease due ten seconds after the last renewal. */
  goOn(): void {
    const { client, clock } = this.#node.context;
    this.#isRegistered = true;
    this.#lastReportMs = clock.now();
    const renewed = Date.parse((client.get(LEASES, LEASE_NAMESPACE, this.#name)?.["spec"]?.renewTime as string | undefined) ?? "");
    const leftMs = Number.isNaN(renewed) ? 0 : renewed + KUBELET_TIMINGS.leaseRenewMs - clock.now();
    this.#node.upkeep(Math.max(0, leftMs), () => this.#tick());
  }

  /** Something changed that the next look will tell. */
  changed(): void {
    this.#isDirty = true;
    // What is to be told is no empty time: the look that tells it is not put off.
    this.#node.after(KUBELET_TIMINGS.leaseRenewMs, () => undefined);
  }

  /** The same, told at once. */
  changedNow(): void {
    this.#isDirty = true;
    this.#reportStatus();
  }

  /** After a time without the network. */
  catchUp(): void {
    this.#renewLease();
    this.changedNow();
  }

  /** The Node, or what stands for it in events while there is none. */
  reference(): KubeObject {
    return this.#node.context.client.get("nodes", undefined, this.#name) ?? { apiVersion: "v1", kind: "Node", metadata: { name: this.#name, uid: this.#name } };
  }

  #log(line: string): void {
    this.#node.context.log(`kubelet ${this.#name}: ${line}`);
  }

  /** Every ten seconds: the lease, and the status where something changed or it is due. */
  #tick(): void {
    this.#renewLease();
    this.#reportStatus();
    this.#node.upkeep(KUBELET_TIMINGS.leaseRenewMs, () => this.#tick());
  }

  #register(): void {
    if (!this.#node.canReport()) return this.#node.after(KUBELET_TIMINGS.syncBackoffMs, () => this.#register());
    const { client } = this.#node.context;
    try {
      if (client.get("nodes", undefined, this.#name) === undefined) {
        const node = initialNode(this.#node.machine);
        client.create<Node>("nodes", { ...node, status: this.#newStatus(undefined) });
      }
      this.#tellStart();
      this.#isRegistered = true;
      this.changedNow();
      this.#node.onRegistered();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#log(`register: ${error.message}`);
      this.#node.after(KUBELET_TIMINGS.syncBackoffMs, () => this.#register());
    }
  }

  /** What a kubelet says of itself whenever it starts: to it all conditions are new then. */
  #tellStart(): void {
    const node = this.reference();
    const tell = (reason: string, message: string): void => this.#node.event(node, "Normal", reason, message);
    tell("Starting", "Starting kubelet.");
    tell("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
    const isTrue = (type: string): boolean => (node as Node).status?.conditions?.find((condition) => condition.type === type)?.status === "True";
    for (const [type, whenTrue, whenFalse] of PRESSURES) {
      const reason = isTrue(type) ? whenTrue : whenFalse;
      tell(reason, `Node ${this.#name} status is now: ${reason}`);
    }
  }

  #newStatus(before: Node["status"]): NonNullable<Node["status"]> {
    const { machine, context } = this.#node;
    return nodeStatus(machine, this.#node.identity(), this.#node.conditions(), this.#node.images(), before, context.clock.now());
  }

  #reportStatus(): void {
    const { client, clock } = this.#node.context;
    const isDue = clock.now() - this.#lastReportMs >= KUBELET_TIMINGS.statusReportMs;
    if (!this.#isRegistered || !this.#node.canReport() || (!this.#isDirty && !isDue)) return;
    const node = client.get<Node>("nodes", undefined, this.#name);
    if (node === undefined) return;
    const status = this.#newStatus(node.status);
    try {
      client.updateStatus<Node>("nodes", { ...node, status });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#log(`node status: ${error.message}`);
    }
    this.#isDirty = false;
    this.#lastReportMs = clock.now();
    this.#tellTransitions(node, status);
  }

  /** Events for conditions that turned. */
  #tellTransitions(node: Node, status: NonNullable<Node["status"]>): void {
    const turned = (type: string): string | undefined => {
      const before = node.status?.conditions?.find((condition) => condition.type === type)?.status;
      const after = status.conditions?.find((condition) => condition.type === type)?.status;
      return before === after ? undefined : after;
    };
    const tell = (type: string, whenTrue: string, whenFalse: string): void => {
      const after = turned(type);
      const reason = after === "True" ? whenTrue : whenFalse;
      if (after !== undefined) this.#node.event(node, "Normal", reason, `Node ${this.#name} status is now: ${reason}`);
    };
    for (const [type, whenTrue, whenFalse] of PRESSURES) tell(type, whenTrue, whenFalse);
    tell("Ready", "NodeReady", "NodeNotReady");
  }

  #renewLease(): void {
    if (!this.#node.canReport()) return;
    const { client, clock } = this.#node.context;
    const renewTime = rfc3339Micro(clock.now());
    try {
      const lease = client.get(LEASES, LEASE_NAMESPACE, this.#name);
      if (lease !== undefined) {
        client.renewLease(LEASE_NAMESPACE, this.#name, renewTime);
        return;
      }
      const node = client.get("nodes", undefined, this.#name);
      if (node === undefined) return;
      client.create(LEASES, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: {
          name: this.#name,
          namespace: LEASE_NAMESPACE,
          ownerReferences: [{ apiVersion: "v1", kind: "Node", name: this.#name, uid: node.metadata.uid ?? "" }],
        },
        spec: { holderIdentity: this.#name, leaseDurationSeconds: KUBELET_TIMINGS.leaseDurationSeconds, renewTime },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#log(`lease: ${error.message}`);
    }
  }
}
