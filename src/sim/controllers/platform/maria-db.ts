/** The MariaDB operator on simulated pods: a StatefulSet, services, generated passwords and the connection Secret; a status that follows the pods (k8s.mariadb.com/v1alpha1). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { withCondition } from "../conditions.ts";
import { controllerRef, ownerKeys } from "../controller-ref.ts";
import { isPodReady, isTerminating } from "../pod-state.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { Condition, Container, Pod, StatefulSet } from "../shapes.ts";
import { encoded, ensure, isOperatorRunning, OPERATOR_RETRY_MS, password, watchServed } from "./operator.ts";

const TYPE = "k8s.mariadb.com/mariadbs";
const OPERATOR = { "app.kubernetes.io/name": "mariadb-operator" };
const PORT = 3306;
const STORAGE_VOLUME = "storage";
const DEFAULT_IMAGE = "docker.io/library/mariadb:11.8";

interface SecretKey {
  name: string;
  key: string;
  generate?: boolean;
}

interface MariaDb extends KubeObject {
  spec: {
    image?: string;
    replicas?: number;
    rootPasswordSecretKeyRef?: SecretKey;
    database?: string;
    username?: string;
    passwordSecretKeyRef?: SecretKey;
    connection?: { secretName?: string; secretTemplate?: Record<string, string> };
    storage?: { size?: string; storageClassName?: string };
    replication?: { enabled?: boolean; primary?: { autoFailover?: boolean; podIndex?: number } };
    galera?: { enabled?: boolean };
    resources?: Container["resources"];
    affinity?: { antiAffinityEnabled?: boolean };
    podDisruptionBudget?: { maxUnavailable?: number | string; minAvailable?: number | string };
    inheritMetadata?: { labels?: Record<string, string> };
  };
  status?: { conditions?: Condition[]; replicas?: number; currentPrimary?: string; currentPrimaryPodIndex?: number; [field: string]: unknown };
}

export function mariaDbController(): Reconciler {
  return {
    name: "mariadb-operator",
    watches: [
      { type: "apps/statefulsets", keys: ({ object, previous }) => ownerKeys("MariaDB", object, previous) },
      {
        type: "pods",
        keys: ({ object: { metadata } }) => (metadata.labels?.["app.kubernetes.io/name"] === "mariadb" ? [`${metadata.namespace}/${metadata.labels["app.kubernetes.io/instance"]}`] : []),
      },
    ],
    start: ({ client, clock }, enqueue) =>
      watchServed(client, [TYPE], (act) => void clock.after(0, act), ({ type, object }) => {
        if (type !== "DELETED") enqueue(`${object.metadata.namespace}/${object.metadata.name}`);
      }),
    sync(key, context) {
      const { client } = context;
      const { namespace, name } = splitKey(key);
      const db = client.serves(TYPE) ? client.get<MariaDb>(TYPE, namespace, name) : undefined;
      if (db === undefined || db.metadata.deletionTimestamp !== undefined) return;
      if (!isOperatorRunning(client, OPERATOR)) return { upkeepMs: OPERATOR_RETRY_MS };
      ensureSecrets(context, db);
      const pods = client.list<Pod>("pods", { namespace, labels: selectorOf(db) });
      const primary = primaryIndex(db, pods);
      ensureServices(context, db, primary);
      ensureSet(context, db);
      ensureBudget(context, db);
      writeStatus(context, db, pods, primary);
    },
  };
}

const selectorOf = ({ metadata }: MariaDb): Record<string, string> => ({ "app.kubernetes.io/name": "mariadb", "app.kubernetes.io/instance": metadata.name });
const labelsOf = (db: MariaDb): Record<string, string> => ({ ...db.spec.inheritMetadata?.labels, ...selectorOf(db) });
const replicasOf = ({ spec }: MariaDb): number => spec.replicas ?? 1;
const isHighlyAvailable = ({ spec }: MariaDb): boolean => spec.galera?.enabled === true || spec.replication?.enabled === true;
const isUsable = (pod: Pod): boolean => isPodReady(pod) && !isTerminating(pod);
const podName = ({ metadata }: MariaDb, index: number): string => `${metadata.name}-${index}`;

function meta(db: MariaDb, name: string): KubeObject["metadata"] {
  return { name, namespace: db.metadata.namespace, labels: labelsOf(db), ownerReferences: [controllerRef(db)] };
}

/** The lowest ready pod takes over from a primary that is not ready, where the engine can. */
function primaryIndex(db: MariaDb, pods: readonly Pod[]): number {
  const current = db.status?.currentPrimaryPodIndex ?? db.spec.replication?.primary?.podIndex ?? 0;
  const mayMove = db.spec.galera?.enabled === true || (db.spec.replication?.enabled === true && db.spec.replication.primary?.autoFailover !== false);
  if (!mayMove || pods.some((pod) => pod.metadata.name === podName(db, current) && isUsable(pod))) return current;
  const heir = Array.from({ length: replicasOf(db) }, (_, index) => index).find((index) => pods.some((pod) => pod.metadata.name === podName(db, index) && isUsable(pod)));
  return heir ?? current;
}

/** The value under a key, which is made where the reference asks for it. */
function secretValue({ client, random }: ControllerContext, db: MariaDb, reference: SecretKey | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const found = client.get("secrets", db.metadata.namespace, reference.name);
  const data: Record<string, string> = found?.["data"] ?? {};
  if (data[reference.key] !== undefined) return Buffer.from(data[reference.key]!, "base64").toString();
  if (reference.generate !== true) return undefined;
  const made = password(random, 16);
  const next = { ...data, ...encoded({ [reference.key]: made }) };
  if (found === undefined) client.create("secrets", { apiVersion: "v1", kind: "Secret", metadata: meta(db, reference.name), type: "Opaque", data: next });
  else client.update("secrets", { ...found, data: next });
  return made;
}

function ensureSecrets(context: ControllerContext, db: MariaDb): void {
  const { connection, database = "", username = "" } = db.spec;
  secretValue(context, db, db.spec.rootPasswordSecretKeyRef);
  const secret = secretValue(context, db, db.spec.passwordSecretKeyRef);
  const name = connection?.secretName ?? (connection === undefined ? undefined : `${db.metadata.name}-connection`);
  if (name === undefined || secret === undefined || context.client.get("secrets", db.metadata.namespace, name) !== undefined) return;
  const { format = "{{ .Username }}:{{ .Password }}@tcp({{ .Host }}:{{ .Port }})/{{ .Database }}{{ .Params }}", key = "dsn", ...keys } = connection?.secretTemplate ?? {};
  const host = `${db.metadata.name}${isHighlyAvailable(db) ? "-primary" : ""}.${db.metadata.namespace}.svc.cluster.local`;
  const values: Record<string, string> = { Username: username, Password: secret, Host: host, Port: String(PORT), Database: database, Params: "" };
  const data: Record<string, string> = { [key]: format.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_match, field: string) => values[field] ?? "") };
  for (const [option, field] of [["usernameKey", "Username"], ["passwordKey", "Password"], ["hostKey", "Host"], ["portKey", "Port"], ["databaseKey", "Database"]] as const) {
    const wanted = keys[option];
    if (wanted !== undefined) data[wanted] = values[field]!;
  }
  context.client.create("secrets", { apiVersion: "v1", kind: "Secret", metadata: meta(db, name), type: "Opaque", data: encoded(data) });
}

function ensureServices({ client }: ControllerContext, db: MariaDb, primary: number): void {
  const { name } = db.metadata;
  const ports = [{ name: "mariadb", port: PORT, targetPort: PORT, protocol: "TCP" }];
  const service = (serviceName: string, spec: object): KubeObject => ({ apiVersion: "v1", kind: "Service", metadata: meta(db, serviceName), spec: { ports, ...spec } });
  ensure(client, "services", service(name, { selector: selectorOf(db) }));
  ensure(client, "services", service(`${name}-internal`, { clusterIP: "None", publishNotReadyAddresses: true, selector: selectorOf(db) }));
  if (!isHighlyAvailable(db)) return;
  const selector = { ...selectorOf(db), "statefulset.kubernetes.io/pod-name": podName(db, primary) };
  const found = ensure(client, "services", service(`${name}-primary`, { selector }));
  if (!semanticEqual(found["spec"].selector, selector)) client.patch("services", db.metadata.namespace, `${name}-primary`, { spec: { selector } });
  ensure(client, "services", service(`${name}-secondary`, { selector: selectorOf(db) }));
}

function ensureSet({ client }: ControllerContext, db: MariaDb): void {
  const { image = DEFAULT_IMAGE, resources, storage, affinity, rootPasswordSecretKeyRef } = db.spec;
  const { name } = db.metadata;
  const term = { labelSelector: { matchLabels: selectorOf(db) }, topologyKey: "kubernetes.io/hostname" };
  const probe = { tcpSocket: { port: PORT }, initialDelaySeconds: 20, periodSeconds: 10, timeoutSeconds: 5 };
  const wanted: StatefulSet = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: meta(db, name),
    spec: {
      replicas: replicasOf(db),
      serviceName: `${name}-internal`,
      podManagementPolicy: isHighlyAvailable(db) ? "Parallel" : "OrderedReady",
      selector: { matchLabels: selectorOf(db) },
      updateStrategy: { type: "RollingUpdate" },
      template: {
        metadata: { labels: labelsOf(db) },
        spec: {
          containers: [
            {
              name: "mariadb",
              image,
              ports: [{ name: "mariadb", containerPort: PORT, protocol: "TCP" }],
              ...(rootPasswordSecretKeyRef ? { env: [{ name: "MARIADB_ROOT_PASSWORD", valueFrom: { secretKeyRef: { name: rootPasswordSecretKeyRef.name, key: rootPasswordSecretKeyRef.key } } }] } : {}),
              ...(resources ? { resources } : {}),
              readinessProbe: probe,
              livenessProbe: probe,
              volumeMounts: [{ name: STORAGE_VOLUME, mountPath: "/var/lib/mysql" }],
            },
          ],
          ...(affinity?.antiAffinityEnabled ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } } : {}),
        },
      },
      volumeClaimTemplates: [
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: STORAGE_VOLUME, labels: labelsOf(db) },
          spec: { accessModes: ["ReadWriteOnce"], ...(storage?.storageClassName ? { storageClassName: storage.storageClassName } : {}), resources: { requests: { storage: storage?.size ?? "1Gi" } } },
        },
      ],
    },
  };
  const found = ensure(client, "apps/statefulsets", wanted);
  const [container] = found.spec.template.spec.containers;
  if ((found.spec.replicas ?? 1) === replicasOf(db) && container?.image === image) return;
  client.update("apps/statefulsets", { ...found, spec: { ...found.spec, replicas: replicasOf(db), template: { ...found.spec.template, spec: { ...found.spec.template.spec, containers: [{ ...container!, image }] } } } });
}

function ensureBudget({ client }: ControllerContext, db: MariaDb): void {
  const { podDisruptionBudget } = db.spec;
  if (podDisruptionBudget === undefined && !isHighlyAvailable(db)) return;
  const spec = { ...(podDisruptionBudget ?? { minAvailable: "50%" }), selector: { matchLabels: selectorOf(db) } };
  ensure(client, "policy/poddisruptionbudgets", { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: meta(db, db.metadata.name), spec });
}

function writeStatus({ client, clock }: ControllerContext, db: MariaDb, pods: readonly Pod[], primary: number): void {
  const { namespace, name } = db.metadata;
  const usable = pods.filter(isUsable);
  const isReady = usable.length >= replicasOf(db);
  const condition: Condition = isReady
    ? { type: "Ready", status: "True", reason: "StatefulSetReady", message: "Running" }
    : { type: "Ready", status: "False", reason: "StatefulSetNotReady", message: usable.length === 0 ? "Not ready" : `${usable.length} of ${replicasOf(db)} pods ready` };
  const conditions = withCondition(db.status?.conditions, condition, rfc3339(clock.now()));
  const status: MariaDb["status"] = { ...db.status, conditions, replicas: pods.length, currentPrimaryPodIndex: primary, currentPrimary: podName(db, primary) };
  const current = client.get<MariaDb>(TYPE, namespace, name);
  if (current !== undefined && !semanticEqual(status, db.status)) client.updateStatus<MariaDb>(TYPE, { ...current, status });
}
