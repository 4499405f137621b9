/** The pod template that services, jobs and cron jobs share. */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IResourceRequirements } from "kubernetes-models/v1/ResourceRequirements";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { App, AppService, Homelab, Mount, Resources, Workload } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { databaseName, dnsPart, imageVersion, objectName, selectorLabels } from "../names.ts";
import { WAIT_IMAGE } from "../versions.ts";
import { configMapKey, configMapName } from "./config-map.ts";
import { renderEnv, secretObject } from "./env.ts";
import { renderAffinity, renderNodeSelector, renderSpread, renderTolerations } from "./placement.ts";
import { renderProbe, seconds } from "./probe.ts";
import { pullSecretName, registriesOf } from "./secret.ts";
import { containerSecurityContext, podSecurityContext } from "./security.ts";

/**
 * How long a stopping pod still answers: endpoints and ingress learn of its end within this time, so that a rolling update refuses no request.
 * The kubelet counts it as part of the grace period.
 */
const DRAIN_SECONDS = 5;

/** A user without rights in any image. */
const NOBODY = 65534;

/** What a pod's resolver does by itself (`resolv.conf` that the kubelet writes). */
const NDOTS_DEFAULT = 5;

/** Where a database answers inside the cluster. CloudNativePG's `-rw` service is the primary; the MariaDB operator's has `-primary` from two instances on. */
export function databaseAddress(app: App, name: string): { host: string; port: number } {
  const database = own(app.databases, name);
  const cluster = databaseName(app, name);
  if (database?.engine === "mariadb") return { host: database.instances > 1 ? `${cluster}-primary` : cluster, port: 3306 };
  return { host: `${cluster}-rw`, port: 5432 };
}

export function renderResources(resources: Resources): IResourceRequirements {
  const { limits, requests } = resources;
  const limit = { ...(limits.cpu ? { cpu: limits.cpu.text } : {}), ...(limits.memory ? { memory: limits.memory.text } : {}) };
  return {
    requests: { cpu: requests.cpu.text, memory: requests.memory.text },
    ...(Object.keys(limit).length > 0 ? { limits: limit } : {}),
  };
}

function volumeName(mount: Mount): string {
  const prefix = { volume: "", "config-file": "file-", secret: "secret-", temporary: "tmp-" }[mount.source];
  return dnsPart(`${prefix}${mount.name}`);
}

function renderVolume(app: App, mount: Mount): IVolume | undefined {
  const name = volumeName(mount);
  switch (mount.source) {
    case "volume":
      // A volume of each replica comes from the StatefulSet's claim template.
      return own(app.volumes, mount.name)?.perReplica ? undefined : { name, persistentVolumeClaim: { claimName: objectName(app, mount.name) } };
    case "config-file": {
      const file = own(app.configFiles, mount.name);
      return file === undefined ? undefined : { name, configMap: { name: configMapName(app, file) } };
    }
    case "secret": return { name, secret: { secretName: secretObject(mount.name).name } };
    case "temporary": return { name, emptyDir: mount.size === undefined ? {} : { sizeLimit: mount.size.text } };
  }
}

function renderMount(app: App, mount: Mount): IVolumeMount {
  const file = mount.source === "config-file" ? own(app.configFiles, mount.name) : undefined;
  // A configuration file is mounted as that one file; its directory keeps what the image has there.
  const subPath = mount.subPath ?? (file === undefined ? undefined : configMapKey(file));
  const readOnly = mount.readOnly || mount.source === "config-file" || mount.source === "secret";
  return { name: volumeName(mount), mountPath: mount.path, ...(subPath === undefined ? {} : { subPath }), ...(readOnly ? { readOnly: true } : {}) };
}

function uniqueByName<T extends { name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

function renderWaits(app: App, workload: Workload & { after?: readonly string[] }): IContainer[] | undefined {
  const after = workload.after ?? [];
  if (after.length === 0) return undefined;
  return after.map((name): IContainer => {
    const service = own(app.services, name);
    const target = service === undefined ? databaseAddress(app, name) : { host: objectName(app, name), port: service.ports[0]?.port ?? 0 };
    return {
      name: dnsPart(`wait-for-${name}`),
      image: WAIT_IMAGE,
      command: ["sh", "-c", `until nc -z -w2 ${target.host} ${target.port}; do echo "waiting for ${target.host}:${target.port}"; sleep 2; done`],
      resources: { requests: { cpu: "10m", memory: "8Mi" } },
      securityContext: workload.security === "privileged" ? undefined : { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true, runAsUser: NOBODY },
    };
  });
}

export interface PodOptions {
  /** `undefined` for what runs to an end. */
  service?: AppService;
  restartPolicy?: "Never" | "OnFailure";
  /** Whether the pod belongs to a Deployment. */
  hasRevisions?: boolean;
}

export function renderPodTemplate(homelab: Homelab, app: App, workload: Workload, options: PodOptions): IPodTemplateSpec & { spec: IPodSpec } {
  const { service } = options;
  const name = objectName(app, workload.name);
  const selector = selectorLabels(app, name);
  const ports = service?.ports ?? [];
  const version = imageVersion(workload);
  const registries = registriesOf(homelab, [workload.image]);
  const { placement } = workload;
  const { ndots } = homelab.kubernetes.network.dns;
  const drains = service !== undefined && ports.length > 0 && seconds(workload.gracePeriod) > DRAIN_SECONDS;
  const container: IContainer = {
    name: dnsPart(workload.name),
    image: workload.image,
    imagePullPolicy: workload.imagePullPolicy,
    command: workload.command === undefined ? undefined : [...workload.command],
    args: workload.args === undefined ? undefined : [...workload.args],
    env: renderEnv(app, workload.env),
    ports: ports.length === 0 ? undefined : ports.map((port) => ({ name: port.name, containerPort: port.containerPort, protocol: port.protocol })),
    startupProbe: renderProbe(service?.startup),
    readinessProbe: renderProbe(service?.readiness),
    livenessProbe: renderProbe(service?.liveness),
    lifecycle: drains ? { preStop: { sleep: { seconds: DRAIN_SECONDS } } } : undefined,
    resources: renderResources(workload.resources),
    securityContext: containerSecurityContext(workload, ports.map((port) => port.containerPort)),
    volumeMounts: workload.mounts.length === 0 ? undefined : workload.mounts.map((mount) => renderMount(app, mount)),
  };
  const volumes = uniqueByName(workload.mounts.map((mount) => renderVolume(app, mount)).filter((volume) => volume !== undefined));
  return {
    metadata: { labels: { ...app.labels, ...selector, "app.kubernetes.io/part-of": app.name, ...(version === undefined ? {} : { "app.kubernetes.io/version": version }) } },
    spec: {
      serviceAccountName: app.name,
      automountServiceAccountToken: false,
      // Environment variables for every service of the namespace surprise images that read one of those names.
      enableServiceLinks: false,
      restartPolicy: options.restartPolicy,
      priorityClassName: workload.priorityClass,
      terminationGracePeriodSeconds: seconds(workload.gracePeriod),
      imagePullSecrets: registries.length === 0 ? undefined : registries.map((registry) => ({ name: pullSecretName(registry) })),
      nodeSelector: renderNodeSelector(placement),
      affinity: renderAffinity(homelab, app, placement),
      tolerations: renderTolerations(placement),
      topologySpreadConstraints: service === undefined || service.kind === "daemon-set" ? undefined : renderSpread(placement, selector, options.hasRevisions === true),
      dnsConfig: ndots === NDOTS_DEFAULT ? undefined : { options: [{ name: "ndots", value: String(ndots) }] },
      securityContext: podSecurityContext(workload),
      initContainers: renderWaits(app, service ?? workload),
      containers: [container],
      volumes: volumes.length === 0 ? undefined : volumes,
    },
  };
}
