/** Pods run as a service account that exists, with its token and its pull secrets. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { fnv32a } from "../../../lib/fnv32.ts";
import { safeEncode } from "../../../lib/safe-encode.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { refuse } from "./refuse.ts";

const MIRROR = "kubernetes.io/config.mirror";
const ENFORCE_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets";
const TOKEN_VOLUME_PREFIX = "kube-api-access-";
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** One hour and seven seconds: the token's owner is warned when an old client never refreshes it. */
const TOKEN_SECONDS = 3607;
const FILE_MODE = 0o644;
/** The same for every pod, and so shared by all: nobody changes it. */
const TOKEN_VOLUME = frozen({
  sources: [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
  ],
  defaultMode: FILE_MODE,
});

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) frozen(part as object);
  return Object.freeze(value);
}

export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  resources: ["pods"],
  mutate(request) {
    if (!isPodCreate(request)) return;
    const pod = request.object!;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return;
    const spec: Loose = pod.spec ?? {};
    if (!spec.serviceAccountName) {
      spec.serviceAccountName = "default";
      spec.serviceAccount = "default";
    }
    const account = lookUp(request, spec.serviceAccountName);
    const wantsToken: unknown = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (wantsToken !== false) mountToken(request, pod, spec);
    if (!(spec.imagePullSecrets?.length > 0) && account.imagePullSecrets?.length > 0) {
      spec.imagePullSecrets = items(account.imagePullSecrets).map(({ name }) => ({ name }));
    }
  },
  validate(request) {
    if (!isPodCreate(request)) return;
    const pod = request.object!;
    const spec: Loose = pod.spec ?? {};
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      if (spec.serviceAccountName) throw refuse(request, "a mirror pod may not reference service accounts");
      return;
    }
    if (!spec.serviceAccountName) throw refuse(request, `no service account specified for pod ${request.namespace}/${pod.metadata.name}`);
    const account = lookUp(request, spec.serviceAccountName);
    if (account.metadata.annotations?.[ENFORCE_MOUNTABLE] === "true") limitSecrets(request, spec, account);
  },
};

function isPodCreate(request: AdmissionRequest): boolean {
  return request.operation === "CREATE" && request.type.plural === "pods" && request.type.group === "" && request.subresource === "" && request.object !== undefined;
}

function lookUp(request: AdmissionRequest, name: string): KubeObject {
  const account = request.client.get("serviceaccounts", request.namespace, name);
  if (account === undefined) throw refuse(request, `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`);
  return account;
}

function mountToken(request: AdmissionRequest, pod: KubeObject, spec: Loose): void {
  const existing = items(spec.volumes).find((volume) => String(volume.name).startsWith(TOKEN_VOLUME_PREFIX));
  const name: string = existing?.name ?? TOKEN_VOLUME_PREFIX + suffix(request, pod);
  let isNeeded = false;
  for (const list of ["initContainers", "containers"]) {
    for (const container of items(spec[list])) {
      const mounts = items(container.volumeMounts);
      if (mounts.some((mount) => mount.mountPath === TOKEN_PATH)) continue;
      container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: TOKEN_PATH }];
      isNeeded = true;
    }
  }
  if (existing || !isNeeded) return;
  spec.volumes = [...items(spec.volumes), { name, projected: TOKEN_VOLUME }];
}

/** Five characters that depend on the pod and the moment alone, so that a run can be repeated. */
function suffix(request: AdmissionRequest, pod: KubeObject): string {
  const { name, generateName, namespace } = pod.metadata;
  const hash = fnv32a(`${namespace}/${name || generateName}/${request.now}/${pod.metadata.ownerReferences?.[0]?.uid ?? ""}`);
  return safeEncode(String(hash).padStart(10, "0")).slice(-5);
}

function limitSecrets(request: AdmissionRequest, spec: Loose, account: KubeObject): void {
  const { name } = account.metadata;
  const mountable = new Set(items(account.secrets).map((secret) => secret.name));
  const end = `is not allowed because service account ${name} does not reference that secret`;
  for (const volume of items(spec.volumes)) {
    const secret = volume.secret?.secretName;
    if (secret !== undefined && !mountable.has(secret)) throw refuse(request, `volume with secret.secretName="${secret}" ${end}`);
  }
  for (const [list, what] of [["initContainers", "init container"], ["containers", "container"]] as const) {
    for (const container of items(spec[list])) {
      for (const variable of items(container.env)) {
        const secret = variable.valueFrom?.secretKeyRef?.name;
        if (secret !== undefined && !mountable.has(secret)) {
          throw refuse(request, `${what} ${container.name} with envVar ${variable.name} referencing secret.secretName="${secret}" ${end}`);
        }
      }
      for (const source of items(container.envFrom)) {
        const secret = source.secretRef?.name;
        if (secret !== undefined && !mountable.has(secret)) throw refuse(request, `${what} ${container.name} with envFrom referencing secret.secretName="${secret}" ${end}`);
      }
    }
  }
  const pullable = new Set(items(account.imagePullSecrets).map((secret) => secret.name));
  items(spec.imagePullSecrets).forEach((secret, index) => {
    if (!pullable.has(secret.name)) {
      throw refuse(request, `imagePullSecrets[${index}].name="${secret.name}" is not allowed because service account ${name} does not reference that imagePullSecret`);
    }
  });
}
