/** Who may get which certificate (upstream `pkg/apis/certificates/helpers.go`, `pkg/controller/certificates/signer`). */
import type { SigningRequest } from "../../api/signing-request.ts";

export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const KUBELET_SERVING = "kubernetes.io/kubelet-serving";
const CLIENT = "kubernetes.io/kube-apiserver-client";
const LEGACY = "kubernetes.io/legacy-unknown";

/** Why a request is not one that its signer signs; undefined when it is. */
type Check = (request: SigningRequest, usages: readonly string[]) => string | undefined;

/** The signers that the controller manager runs, by name. */
export const SIGNERS: Readonly<Record<string, Check>> = {
  [CLIENT]: clientProblem,
  [KUBELET_CLIENT]: kubeletClientProblem,
  [KUBELET_SERVING]: kubeletServingProblem,
  [LEGACY]: () => undefined,
};

function clientProblem(_request: SigningRequest, usages: readonly string[]): string | undefined {
  const wrong = usages.find((usage) => !["digital signature", "key encipherment", "client auth"].includes(usage));
  if (wrong !== undefined) return `invalid usage for client certificate: ${wrong}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

export function kubeletClientProblem(request: SigningRequest, usages: readonly string[]): string | undefined {
  if (!isOfNodes(request)) return "subject organization is not system:nodes";
  if (request.dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
  if (request.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (request.ipAddresses.length > 0) return "IP subjectAltNames are not allowed";
  if (request.uris.length > 0) return "URI subjectAltNames are not allowed";
  if (!request.commonName.startsWith("system:node:")) return "subject common name does not begin with system:node:";
  return usagesProblem(usages, "client auth");
}

function kubeletServingProblem(request: SigningRequest, usages: readonly string[]): string | undefined {
  if (!isOfNodes(request)) return "subject organization is not system:nodes";
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0) return "DNS or IP subjectAltName is required";
  if (request.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (request.uris.length > 0) return "URI subjectAltNames are not allowed";
  const wrong = usagesProblem(usages, "server auth");
  if (wrong !== undefined) return wrong;
  return request.commonName.startsWith("system:node:") ? undefined : "subject common name does not begin with system:node:";
}

const isOfNodes = ({ organisations }: SigningRequest): boolean => organisations.length === 1 && organisations[0] === "system:nodes";

/** Key encipherment is only for RSA keys, so it may be left out. */
function usagesProblem(usages: readonly string[], purpose: string): string | undefined {
  const all = ["digital signature", "key encipherment", purpose].sort();
  const isSame = (wanted: readonly string[]): boolean => wanted.length === new Set(usages).size && wanted.every((usage) => usages.includes(usage));
  return isSame(all) || isSame(all.filter((usage) => usage !== "key encipherment")) ? undefined : `usages did not match [${all.join(" ")}]`;
}
