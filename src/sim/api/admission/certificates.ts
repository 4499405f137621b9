/** Requests for certificates: nobody asks for the masters' group, approves or signs without a word about that signer (`plugin/pkg/admission/certificates`). */
import { equalJson } from "../../../lib/json.ts";
import { parseSigningRequest } from "../signing-request.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { refuse } from "./refuse.ts";

const GROUP = "certificates.k8s.io";
const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

const REQUESTS = `${GROUP}/certificatesigningrequests`;

const isRequest = ({ type }: AdmissionRequest): boolean => type.group === GROUP && type.plural === "certificatesigningrequests";

/** The signer by its name, or all of its domain. */
function maySigner(request: AdmissionRequest, verb: string, signerName: string): boolean {
  return [signerName, `${signerName.split("/")[0]}/*`].some((name) => request.mayUser({ verb, group: GROUP, resource: "signers", name }));
}

export const certificateApproval: AdmissionPlugin = {
  name: "CertificateApproval",
  resources: [REQUESTS],
  validate(request) {
    if (!isRequest(request) || request.subresource !== "approval" || request.operation !== "UPDATE") return;
    const signerName = String(request.oldObject!.spec.signerName);
    if (!maySigner(request, "approve", signerName)) throw refuse(request, `user not permitted to approve requests with signerName "${signerName}"`);
  },
};

export const certificateSigning: AdmissionPlugin = {
  name: "CertificateSigning",
  resources: [REQUESTS],
  validate(request) {
    if (!isRequest(request) || request.subresource !== "status" || request.operation !== "UPDATE") return;
    const signerName = String(request.oldObject!.spec.signerName);
    const settled = ({ certificate, conditions }: { certificate?: string; conditions?: object[] } = {}): unknown => [certificate ?? "", conditions ?? []];
    if (equalJson(settled(request.oldObject!.status), settled(request.object!.status))) return;
    if (!maySigner(request, "sign", signerName)) throw refuse(request, `user not permitted to sign requests with signerName "${signerName}"`);
  },
};

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  resources: [REQUESTS],
  validate(request) {
    if (!isRequest(request) || request.subresource !== "" || request.operation !== "CREATE" || request.object!.spec?.signerName !== CLIENT_SIGNER) return;
    let organisations: readonly string[];
    try {
      ({ organisations } = parseSigningRequest(request.object!.spec.request));
    } catch (error) {
      throw refuse(request, `failed to parse CSR: ${(error as Error).message}`);
    }
    if (organisations.includes("system:masters")) throw refuse(request, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  },
};
