/** cert-manager: a Secret for every Certificate, and Ready conditions in its words. Certificates are issued at once; ACME takes its while. */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { parseRfc3339, rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import { withCondition } from "../conditions.ts";
import type { ControllerContext, Reconciler, Upkeep } from "../reconciler.ts";
import type { Condition } from "../shapes.ts";
import { base64, isOperatorRunning, OPERATOR_RETRY_MS, watchServed } from "./operator.ts";

const CERTIFICATES = "cert-manager.io/certificates";
const ISSUERS = "cert-manager.io/issuers";
const CLUSTER_ISSUERS = "cert-manager.io/clusterissuers";
/** Where Secrets of ClusterIssuers are looked for: cert-manager's own namespace. */
const CLUSTER_RESOURCE_NAMESPACE = "cert-manager";
const OPERATOR = { "app.kubernetes.io/name": "cert-manager" };
/** Order, challenge and issuance by an ACME server, usually; an estimate. */
const ACME_MS = 15_000;
/** cert-manager's default duration; a third of it before the end the certificate is renewed, unless the Certificate says otherwise. */
const DURATION_MS = 90 * 86_400_000;

/** Go's `87600h` or `1h30m`, in milliseconds. */
function goDurationMs(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
}

function lifetime(spec: KubeObject["spec"]): { durationMs: number; renewAfterMs: number } {
  const durationMs = goDurationMs(spec.duration) ?? DURATION_MS;
  const beforeMs = goDurationMs(spec.renewBefore) ?? durationMs / 3;
  return { durationMs, renewAfterMs: Math.max(0, durationMs - beforeMs) };
}

export type IssueCertificate = (names: readonly string[]) => { crt: string; key: string };

export function certificatesController(issueCertificate: IssueCertificate, ca: string): Reconciler {
  const dueAt = new Map<string, number>();
  return {
    name: "cert-manager",
    watches: [{ type: "secrets", keys: ({ type, object }, { client }) => [...(type === "DELETED" ? certificateKeys(object) : []), ...(type === "MODIFIED" ? [] : issuerKeys(object, client))] }],
    start({ client, clock }, enqueue) {
      const follow = (type: string): (() => void) =>
        watchServed(client, [type], (act) => void clock.after(0, act), ({ type: change, object }) => {
          if (change !== "DELETED") enqueue(`${type}|${object.metadata.namespace ?? ""}|${object.metadata.name}`);
          // An issuer that has become ready is what certificates wait for.
          if (type !== CERTIFICATES && client.serves(CERTIFICATES)) for (const { metadata } of client.list(CERTIFICATES)) enqueue(`${CERTIFICATES}|${metadata.namespace}|${metadata.name}`);
        });
      const stops = [CERTIFICATES, ISSUERS, CLUSTER_ISSUERS].map(follow);
      return () => stops.forEach((stop) => stop());
    },
    sync(key, context) {
      const [type = "", namespace = "", name = ""] = key.split("|");
      const { client } = context;
      const object = client.serves(type) ? client.get(type, namespace || undefined, name) : undefined;
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
      if (!isOperatorRunning(client, OPERATOR)) return { upkeepMs: OPERATOR_RETRY_MS };
      return type === CERTIFICATES ? syncCertificate(context, object, dueAt, issueCertificate, ca) : syncIssuer(context, type, object);
    },
  };
}

const certificateKeys = ({ metadata }: KubeObject): string[] => {
  const name = metadata.annotations?.["cert-manager.io/certificate-name"];
  return name === undefined ? [] : [`${CERTIFICATES}|${metadata.namespace}|${name}`];
};

/** Issuers that sign with what this Secret holds: they become ready with it. */
function issuerKeys({ metadata }: KubeObject, client: SimClient): string[] {
  const signsWith = (issuer: KubeObject): boolean => issuer["spec"]?.ca?.secretName === metadata.name;
  const keys = client.serves(ISSUERS) ? client.list(ISSUERS, { namespace: metadata.namespace }).filter(signsWith).map((issuer) => `${ISSUERS}|${issuer.metadata.namespace}|${issuer.metadata.name}`) : [];
  if (metadata.namespace !== CLUSTER_RESOURCE_NAMESPACE || !client.serves(CLUSTER_ISSUERS)) return keys;
  return [...keys, ...client.list(CLUSTER_ISSUERS).filter(signsWith).map((issuer) => `${CLUSTER_ISSUERS}||${issuer.metadata.name}`)];
}

function setReady({ client, clock }: ControllerContext, type: string, object: KubeObject, condition: Omit<Condition, "type" | "lastTransitionTime">, extra: object = {}): void {
  const conditions = withCondition(object["status"]?.conditions, { type: "Ready", ...condition, observedGeneration: object.metadata.generation ?? 0 }, rfc3339(clock.now()));
  const status = { ...object["status"], ...extra, conditions };
  if (!semanticEqual(status, object["status"])) client.updateStatus(type, { ...object, status });
}

function syncIssuer(context: ControllerContext, type: string, issuer: KubeObject): void {
  const { spec } = issuer;
  if (spec?.acme) {
    const uri = `${String(spec.acme.server).replace(/\/directory$/, "")}/acme/acct/1`;
    return setReady(context, type, issuer, { status: "True", reason: "ACMEAccountRegistered", message: "The ACME account was registered with the ACME server" }, { acme: { uri, ...(spec.acme.email ? { lastRegisteredEmail: spec.acme.email } : {}) } });
  }
  if (spec?.ca) {
    const namespace = type === CLUSTER_ISSUERS ? CLUSTER_RESOURCE_NAMESPACE : issuer.metadata.namespace;
    const secret = context.client.get("secrets", namespace, spec.ca.secretName as string);
    if (secret === undefined) return setReady(context, type, issuer, { status: "False", reason: "ErrGetKeyPair", message: `Error getting keypair for CA issuer: secrets "${spec.ca.secretName}" not found` });
    return setReady(context, type, issuer, { status: "True", reason: "KeyPairVerified", message: "Signing CA verified" });
  }
  setReady(context, type, issuer, { status: "True", reason: "IsReady", message: "" });
}

function issuerOf({ client }: ControllerContext, certificate: KubeObject): KubeObject | undefined {
  const { kind = "Issuer", name } = certificate["spec"].issuerRef as { kind?: string; name: string };
  return kind === "ClusterIssuer" ? client.get(CLUSTER_ISSUERS, undefined, name) : client.get(ISSUERS, certificate.metadata.namespace, name);
}

function syncCertificate(context: ControllerContext, certificate: KubeObject, dueAt: Map<string, number>, issueCertificate: IssueCertificate, ca: string): number | Upkeep | void {
  const { client, clock } = context;
  const { namespace, name } = certificate.metadata;
  const spec = certificate["spec"];
  const nowMs = clock.now();
  const key = `${namespace}/${name}`;
  const renewMs = parseRfc3339(certificate["status"]?.renewalTime);
  const secret = client.get("secrets", namespace, spec.secretName as string);
  const isDue = secret === undefined || (renewMs !== undefined && renewMs <= nowMs);
  if (!isDue && certificate["status"]?.notAfter !== undefined) {
    setReady(context, CERTIFICATES, certificate, { status: "True", reason: "Ready", message: "Certificate is up to date and has not expired" });
    return renewMs === undefined ? undefined : renewMs - nowMs;
  }
  const issuer = issuerOf(context, certificate);
  const isIssuerReady = issuer?.["status"]?.conditions?.some((one: Condition) => one.type === "Ready" && one.status === "True") === true;
  const waiting = { status: "False" as const, reason: "DoesNotExist", message: "Issuing certificate as Secret does not exist" };
  setReady(context, CERTIFICATES, certificate, waiting);
  if (!isIssuerReady) return { upkeepMs: OPERATOR_RETRY_MS };
  const atMs = dueAt.get(key) ?? nowMs + (issuer?.["spec"]?.acme ? ACME_MS : 1_000);
  dueAt.set(key, atMs);
  if (atMs > nowMs) return atMs - nowMs;
  dueAt.delete(key);
  issue(context, certificate, issueCertificate, ca);
  const { durationMs, renewAfterMs } = lifetime(spec);
  const current = client.get(CERTIFICATES, namespace, name) ?? certificate;
  const extra = {
    revision: (Number(certificate["status"]?.revision) || 0) + 1,
    notBefore: rfc3339(nowMs),
    notAfter: rfc3339(nowMs + durationMs),
    renewalTime: rfc3339(nowMs + renewAfterMs),
  };
  setReady(context, CERTIFICATES, current, { status: "True", reason: "Ready", message: "Certificate is up to date and has not expired" }, extra);
  client.event(certificate, { type: "Normal", reason: "Issuing", message: "The certificate has been successfully issued", component: "cert-manager-certificates-issuing" });
  return renewAfterMs;
}

function issue({ client }: ControllerContext, certificate: KubeObject, issueCertificate: IssueCertificate, ca: string): void {
  const { namespace, name } = certificate.metadata;
  const { spec } = certificate;
  const names: string[] = spec.dnsNames?.length > 0 ? spec.dnsNames : [spec.commonName ?? name];
  const { crt, key } = issueCertificate(names);
  const metadata = {
    name: spec.secretName as string,
    namespace,
    labels: { "controller.cert-manager.io/fao": "true", ...spec.secretTemplate?.labels },
    annotations: {
      "cert-manager.io/certificate-name": name,
      "cert-manager.io/common-name": spec.commonName ?? names[0] ?? "",
      "cert-manager.io/alt-names": names.join(","),
      "cert-manager.io/issuer-name": spec.issuerRef.name as string,
      "cert-manager.io/issuer-kind": (spec.issuerRef.kind ?? "Issuer") as string,
      ...spec.secretTemplate?.annotations,
    },
  };
  const data = { "tls.crt": base64(crt), "tls.key": base64(key), "ca.crt": base64(ca) };
  const found = client.get("secrets", namespace, metadata.name);
  if (found === undefined) client.create("secrets", { apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/tls", data });
  else client.update("secrets", { ...found, metadata: { ...found.metadata, ...metadata }, data });
}
