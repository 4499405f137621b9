/** What a pod finds on its machine: the kubelet as its pods see it. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { ControllerContext } from "../controllers/reconciler.ts";
import type { SimMachine } from "../machine.ts";
import type { AddressPool } from "./address-pool.ts";
import type { Backoff } from "./backoff.ts";
import type { ProcessNetwork } from "./behaviour/process.ts";
import type { EnvironmentFacts } from "./environment.ts";
import type { ImageStore } from "./image-store.ts";
import type { Pod } from "./pod.ts";
import type { PodNetwork } from "./pod-network.ts";
import type { PodTroubles } from "./pod-troubles.ts";
import type { Disks } from "./pod-volumes.ts";

export interface PodHost {
  context: ControllerContext;
  machine: SimMachine;
  images: ImageStore;
  addresses(): AddressPool;
  disks: Disks;
  restartBackoff: Backoff;
  imageBackoff: Backoff;
  hostIps: readonly string[];
  allocatable: EnvironmentFacts["allocatable"];
  /** False while the machine cannot reach the API: nothing is written, and what was to be written is written later. */
  isConnected(): boolean;
  /** Runs at the kubelet's next look at its containers. */
  atNextRelist(fn: () => void): () => void;
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
  networkOf(pod: Pod): ProcessNetwork;
  podNetwork: PodNetwork;
  /** What is wrong with programs, here as on all machines. */
  troubles: PodTroubles;
  /** How long something takes now that takes `ms` on this machine as it should be. */
  slowed(ms: number): number;
  /** Why the node cannot take the pod; undefined when it can. */
  admit(pod: Pod): { reason: string; message: string } | undefined;
  /** A program of a pod there begins, ends, or answers otherwise than before. */
  turned(namespace: string): void;
  /** The pod has ended and its last trace is gone. */
  released(uid: string): void;
}
