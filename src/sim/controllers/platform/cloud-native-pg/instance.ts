/** What belongs to a CloudNativePG Cluster: a pod and a claim per instance, services, Secrets, budgets (`pkg/specs`). */
import type { KubeObject } from "../../../../objects/kube-object.ts";
import type { Random } from "../../../../ports/random.ts";
import { controllerRef } from "../../controller-ref.ts";
import type { Claim, Pod } from "../../shapes.ts";
import { encoded, password } from "../operator.ts";
import { CLUSTER_LABEL, INSTANCE_LABEL, ROLE_LABEL, serialOf, type PostgresCluster } from "./postgres-cluster.ts";

const OPERATOR_IMAGE = "ghcr.io/cloudnative-pg/cloudnative-pg:1.29.0";
const DEFAULT_IMAGE = "ghcr.io/cloudnative-pg/postgresql:18.1-system-trixie";

function labelsOf(cluster: PostgresCluster, instance: string, extra: Record<string, string>): Record<string, string> {
  const name = cluster.metadata.name;
  return {
    ...cluster.spec.inheritedMetadata?.labels,
    "app.kubernetes.io/name": "postgresql",
    "app.kubernetes.io/instance": name,
    "app.kubernetes.io/component": "database",
    "app.kubernetes.io/managed-by": "cloudnative-pg",
    [CLUSTER_LABEL]: name,
    [INSTANCE_LABEL]: instance,
    ...extra,
  };
}

export function claimFor(cluster: PostgresCluster, instance: string): Claim {
  const { size = "1Gi", storageClass, pvcTemplate } = cluster.spec.storage ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: instance,
      namespace: cluster.metadata.namespace,
      labels: labelsOf(cluster, instance, { "cnpg.io/pvcRole": "PG_DATA" }),
      annotations: { "cnpg.io/nodeSerial": String(serialOf(instance)), "cnpg.io/pvcStatus": "ready" },
      ownerReferences: [controllerRef(cluster)],
    },
    spec: { accessModes: ["ReadWriteOnce"], ...pvcTemplate, ...(storageClass ? { storageClassName: storageClass } : {}), resources: { requests: { storage: size } } },
  };
}

export function podFor(cluster: PostgresCluster, instance: string, role: "primary" | "replica"): Pod {
  const name = cluster.metadata.name;
  const { affinity = {}, resources, imageName = DEFAULT_IMAGE, inheritedMetadata } = cluster.spec;
  const term = { labelSelector: { matchLabels: { [CLUSTER_LABEL]: name, "cnpg.io/podRole": "instance" } }, topologyKey: affinity.topologyKey ?? "kubernetes.io/hostname" };
  const spread =
    affinity.podAntiAffinityType === "required"
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
  const volumeMounts = [{ name: "pgdata", mountPath: "/var/lib/postgresql/data" }, { name: "scratch-data", mountPath: "/controller" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: instance,
      namespace: cluster.metadata.namespace,
      labels: labelsOf(cluster, instance, { "cnpg.io/podRole": "instance", [ROLE_LABEL]: role, role }),
      annotations: { ...inheritedMetadata?.annotations, "cnpg.io/nodeSerial": String(serialOf(instance)) },
      ownerReferences: [controllerRef(cluster)],
    },
    spec: {
      hostname: instance,
      serviceAccountName: name,
      initContainers: [{ name: "bootstrap-controller", image: OPERATOR_IMAGE, command: ["/manager", "bootstrap", "/controller/manager"], ...(resources ? { resources } : {}), volumeMounts }],
      containers: [
        {
          name: "postgres",
          image: imageName,
          command: ["/controller/manager", "instance", "run"],
          ports: [
            { name: "postgresql", containerPort: 5432, protocol: "TCP" },
            { name: "metrics", containerPort: 9187, protocol: "TCP" },
            { name: "status", containerPort: 8000, protocol: "TCP" },
          ],
          ...(resources ? { resources } : {}),
          // Three times ten seconds, as the operator sets it: what decides how fast a failing primary is noticed.
          readinessProbe: { httpGet: { path: "/readyz", port: 8000, scheme: "HTTPS" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
          volumeMounts,
        },
      ],
      volumes: [
        { name: "pgdata", persistentVolumeClaim: { claimName: instance } },
        { name: "scratch-data", emptyDir: {} },
      ],
      ...(affinity.enablePodAntiAffinity === false ? {} : { affinity: { podAntiAffinity: spread } }),
      ...(affinity.nodeSelector ? { nodeSelector: affinity.nodeSelector } : {}),
      ...(affinity.tolerations ? { tolerations: affinity.tolerations as Pod["spec"]["tolerations"] } : {}),
      terminationGracePeriodSeconds: 1800,
    },
  };
}

function service(cluster: PostgresCluster, suffix: string, selector: Record<string, string>): KubeObject {
  const name = cluster.metadata.name;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `${name}-${suffix}`, namespace: cluster.metadata.namespace, labels: { [CLUSTER_LABEL]: name }, ownerReferences: [controllerRef(cluster)] },
    spec: { type: "ClusterIP", selector: { [CLUSTER_LABEL]: name, ...selector }, ports: [{ name: "postgres", port: 5432, targetPort: 5432, protocol: "TCP" }] },
  };
}

export function servicesFor(cluster: PostgresCluster): KubeObject[] {
  return [service(cluster, "rw", { [ROLE_LABEL]: "primary" }), service(cluster, "ro", { [ROLE_LABEL]: "replica" }), service(cluster, "r", { "cnpg.io/podRole": "instance" })];
}

/** The application's Secret, with the keys that the operator writes. */
export function appSecret(cluster: PostgresCluster, random: Random): KubeObject {
  const { name, namespace } = cluster.metadata;
  const { database = "app", owner = database } = cluster.spec.bootstrap?.initdb ?? {};
  const secret = password(random, 64);
  const host = `${name}-rw`;
  const fqdn = `${host}.${namespace}.svc.cluster.local`;
  const url = (at: string): string => `postgresql://${owner}:${secret}@${at}:5432/${database}`;
  const jdbc = (at: string): string => `jdbc:postgresql://${at}:5432/${database}?password=${secret}&user=${owner}`;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${name}-app`, namespace, labels: { [CLUSTER_LABEL]: name, "cnpg.io/userType": "app", "cnpg.io/reload": "true" }, ownerReferences: [controllerRef(cluster)] },
    type: "kubernetes.io/basic-auth",
    data: encoded({
      username: owner,
      user: owner,
      password: secret,
      dbname: database,
      host,
      port: "5432",
      pgpass: `${host}:5432:${database}:${owner}:${secret}\n`,
      uri: url(`${host}.${namespace}`),
      "fqdn-uri": url(fqdn),
      "jdbc-uri": jdbc(`${host}.${namespace}`),
      "fqdn-jdbc-uri": jdbc(fqdn),
    }),
  };
}

export function serviceAccountFor(cluster: PostgresCluster): KubeObject {
  const { name, namespace } = cluster.metadata;
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels: { [CLUSTER_LABEL]: name }, ownerReferences: [controllerRef(cluster)] } };
}

/** One for the primary, which never goes by itself, and one for the replicas where there are enough. */
export function budgetsFor(cluster: PostgresCluster): KubeObject[] {
  const { name, namespace } = cluster.metadata;
  const { instances, enablePDB = true } = cluster.spec;
  if (!enablePDB) return [];
  const budget = (suffix: string, role: string, minAvailable: number): KubeObject => ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: `${name}${suffix}`, namespace, labels: { [CLUSTER_LABEL]: name }, ownerReferences: [controllerRef(cluster)] },
    spec: { minAvailable, selector: { matchLabels: { [CLUSTER_LABEL]: name, [ROLE_LABEL]: role } } },
  });
  return [budget("-primary", "primary", 1), ...(instances >= 3 ? [budget("", "replica", instances - 2)] : [])];
}
