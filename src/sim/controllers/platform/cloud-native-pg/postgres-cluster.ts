/** The fields of a CloudNativePG Cluster that its simulated operator reads and writes, and the words of its phases (`api/v1/cluster_types.go`). */
import type { KubeObject } from "../../../../objects/kube-object.ts";
import type { ClaimSpec, Condition, Container } from "../../shapes.ts";

export const CLUSTERS = "postgresql.cnpg.io/clusters";
export const CLUSTER_LABEL = "cnpg.io/cluster";
export const INSTANCE_LABEL = "cnpg.io/instanceName";
export const ROLE_LABEL = "cnpg.io/instanceRole";

export const PHASES = {
  firstPrimary: "Setting up primary",
  newReplica: "Creating a new replica",
  waiting: "Waiting for the instances to become active",
  failover: "Failing over",
  switchover: "Switchover in progress",
  healthy: "Cluster in healthy state",
  unrecoverable: "Cluster is unrecoverable and needs manual intervention",
} as const;

export interface PostgresCluster extends KubeObject {
  spec: {
    instances: number;
    imageName?: string;
    storage?: { size?: string; storageClass?: string; pvcTemplate?: ClaimSpec };
    bootstrap?: { initdb?: { database?: string; owner?: string; secret?: { name: string } } };
    resources?: Container["resources"];
    affinity?: { enablePodAntiAffinity?: boolean; topologyKey?: string; podAntiAffinityType?: string; nodeSelector?: Record<string, string>; tolerations?: object[] };
    inheritedMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
    enablePDB?: boolean;
    enableSuperuserAccess?: boolean;
    failoverDelay?: number;
  };
  status?: {
    instances?: number;
    readyInstances?: number;
    phase?: string;
    phaseReason?: string;
    currentPrimary?: string;
    targetPrimary?: string;
    currentPrimaryTimestamp?: string;
    targetPrimaryTimestamp?: string;
    currentPrimaryFailingSinceTimestamp?: string;
    latestGeneratedNode?: number;
    timelineID?: number;
    instanceNames?: string[];
    instancesStatus?: Record<string, string[]>;
    pvcCount?: number;
    healthyPVC?: string[];
    danglingPVC?: string[];
    readService?: string;
    writeService?: string;
    image?: string;
    conditions?: Condition[];
    [field: string]: unknown;
  };
}

export const serialOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
