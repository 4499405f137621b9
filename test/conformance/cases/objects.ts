/** Small valid objects that cases start from. */
type Json = Record<string, unknown>;

export const configMap = (name: string, data: Record<string, string> = { key: "value" }, metadata: Json = {}): Json => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data });

export const container = (more: Json = {}): Json => ({ name: "app", image: "registry.example/app:1", ...more });

/** Small enough that hundreds fit on the fake nodes. */
export const pod = (name: string, spec: Json = {}, metadata: Json = {}): Json => ({ apiVersion: "v1", kind: "Pod", metadata: { name, ...metadata }, spec: { containers: [container()], ...spec } });

const selecting = (app: string, spec: Json): Json => ({
  selector: { matchLabels: { app } },
  template: { metadata: { labels: { app } }, spec: { containers: [container()], ...spec } },
});

export const deployment = (name: string, spec: Json = {}, podSpec: Json = {}): Json => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: { replicas: 2, ...selecting(name, podSpec), ...spec } });

export const replicaSet = (name: string, spec: Json = {}, podSpec: Json = {}): Json => ({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name }, spec: { replicas: 2, ...selecting(name, podSpec), ...spec } });

export const statefulSet = (name: string, spec: Json = {}, podSpec: Json = {}): Json => ({ apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name }, spec: { serviceName: name, replicas: 2, ...selecting(name, podSpec), ...spec } });

export const daemonSet = (name: string, spec: Json = {}, podSpec: Json = {}): Json => ({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name }, spec: { ...selecting(name, podSpec), ...spec } });

export const job = (name: string, spec: Json = {}, podSpec: Json = {}): Json => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: { template: { spec: { restartPolicy: "Never", containers: [container()], ...podSpec } }, ...spec },
});

export const cronJob = (name: string, spec: Json = {}): Json => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name },
  spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: { spec: { restartPolicy: "OnFailure", containers: [container()] } } } }, ...spec },
});

export const service = (name: string, spec: Json = {}): Json => ({ apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec } });

export const claim = (name: string, spec: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});

export const hpa = (name: string, spec: Json = {}): Json => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, maxReplicas: 3, ...spec },
});

export const budget = (name: string, spec: Json): Json => ({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name }, spec });

export const ingress = (name: string, spec: Json = {}): Json => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name },
  spec: {
    rules: [{ host: "gazette.maison.example", http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 80 } } } }] } }],
    ...spec,
  },
});
