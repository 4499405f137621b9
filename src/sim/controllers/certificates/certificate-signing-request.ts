/** CertificateSigningRequests: kubelets' own are approved where RBAC lets them, what is approved is signed, what is old is cleaned away. */
import { X509Certificate } from "node:crypto";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { CertificateToSign } from "../../../ports/certificate-issuer.ts";
import { items } from "../../api/defaults/absent.ts";
import { parseSigningRequest, type SigningRequest } from "../../api/signing-request.ts";
import type { UserInfo } from "../../api/registry/request.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { ControllerContext, Reconciler } from "../reconciler.ts";
import { KUBELET_CLIENT, kubeletClientProblem, SIGNERS } from "./signers.ts";

const TYPE = "certificates.k8s.io/certificatesigningrequests";
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** `--cluster-signing-duration` */
const LIFETIME_MS = 365 * 24 * HOUR_MS;
const LIFETIME_MS_MIN = 600 * SECOND_MS;
const BACKDATE_MS = 300 * SECOND_MS;
/** Shorter ones keep their whole time in spite of the earlier start. */
const SHORT_MS = 8 * HOUR_MS;
/** `cleaner.go` */
const DONE_MS_MAX = HOUR_MS;
const PENDING_MS_MAX = 24 * HOUR_MS;
const CLEANING_PERIOD_MS = HOUR_MS;

export interface CertificateOptions {
  /** PEM. */
  sign(certificate: CertificateToSign): string;
  /** Whether a user may `create` this subresource of certificatesigningrequests. */
  mayCreate(user: UserInfo, subresource: string): boolean;
}

export function certificateSigningRequestController(options: CertificateOptions): Reconciler {
  return {
    name: "certificate-controller",
    watches: [{ type: TYPE }],
    sync(name, { client, clock }) {
      const request = client.get(TYPE, undefined, name);
      if (request === undefined || request.status?.certificate) return;
      const parsed = parseSigningRequest(request.spec.request);
      if (!has(request, "Approved") && !has(request, "Denied")) {
        const message = approval(request, parsed, options);
        if (message !== undefined) addCondition(client, request, "approval", { type: "Approved", status: "True", reason: "AutoApproved", message });
        return;
      }
      const problemOf = SIGNERS[request.spec.signerName as string];
      if (!has(request, "Approved") || has(request, "Failed") || problemOf === undefined) return;
      const problem = problemOf(parsed, request.spec.usages as string[]);
      if (problem !== undefined) {
        addCondition(client, request, "status", { type: "Failed", status: "True", reason: "SignerValidationFailure", message: problem, lastUpdateTime: rfc3339(clock.now()) });
        return;
      }
      const certificate = options.sign({ ...parsed, usages: request.spec.usages as string[], ...lifetime(request.spec.expirationSeconds as number | undefined, clock.now()) });
      client.updateStatus(TYPE, { ...request, status: { ...request.status, certificate: Buffer.from(certificate).toString("base64") } });
    },
    every: {
      periodMs: CLEANING_PERIOD_MS,
      run({ client, clock }) {
        for (const request of client.list(TYPE)) if (isDue(request, clock.now())) client.delete(TYPE, undefined, request.metadata.name);
      },
    },
  };
}

const has = (request: KubeObject, type: string): boolean => items(request.status?.conditions).some((condition) => condition.type === type && condition.status === "True");

function addCondition(client: ControllerContext["client"], request: KubeObject, subresource: string, condition: object): void {
  client.patch(TYPE, undefined, request.metadata.name, { status: { conditions: [...items(request.status?.conditions), condition] } }, subresource);
}

/** The words of the approval, where a kubelet asks for what it may have. */
function approval({ spec }: KubeObject, parsed: SigningRequest, { mayCreate }: CertificateOptions): string | undefined {
  if (spec.signerName !== KUBELET_CLIENT || kubeletClientProblem(parsed, spec.usages as string[]) !== undefined) return undefined;
  const user: UserInfo = { name: String(spec.username ?? ""), groups: (spec.groups ?? []) as string[] };
  if (spec.username === parsed.commonName && mayCreate(user, "selfnodeclient")) return "Auto approving self kubelet client certificate after SubjectAccessReview.";
  return mayCreate(user, "nodeclient") ? "Auto approving kubelet client certificate after SubjectAccessReview." : undefined;
}

function lifetime(expirationSeconds: number | undefined, nowMs: number): { notBeforeMs: number; notAfterMs: number } {
  const wantedMs = expirationSeconds === undefined ? LIFETIME_MS : Math.min(LIFETIME_MS, Math.max(LIFETIME_MS_MIN, expirationSeconds * SECOND_MS));
  return { notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: nowMs + wantedMs - (wantedMs < SHORT_MS ? 0 : BACKDATE_MS) };
}

function isDue(request: KubeObject, nowMs: number): boolean {
  const conditions = items(request.status?.conditions);
  const certificate = request.status?.certificate as string | undefined;
  const isOlder = (time: unknown, ageMs: number): boolean => typeof time === "string" && nowMs - Date.parse(time) > ageMs;
  if (conditions.length === 0) return isOlder(request.metadata.creationTimestamp, PENDING_MS_MAX);
  return conditions.some(({ type, lastUpdateTime }) => {
    if (type === "Denied" || type === "Failed") return isOlder(lastUpdateTime, DONE_MS_MAX);
    if (type !== "Approved") return false;
    if (!certificate) return isOlder(lastUpdateTime, PENDING_MS_MAX);
    return isOlder(lastUpdateTime, DONE_MS_MAX) || Date.parse(new X509Certificate(Buffer.from(certificate, "base64")).validTo) < nowMs;
  });
}
