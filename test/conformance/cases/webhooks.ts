/** Admission webhooks that nobody can reach, and requests for certificates: what can be seen of them without a server of one's own. */
import { area, mergePatch, post, until } from "../case.ts";
import { configMap } from "./objects.ts";

type Json = Record<string, unknown>;
const refusal = ["code", "reason", "message", "details"] as const;
const HOOKS = "/apis/admissionregistration.k8s.io/v1";

function hooks(kind: "Validating" | "Mutating", more: Json): Json {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: "$NS-guard" },
    webhooks: [
      {
        name: "guard.maison.example",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "$NS" } },
        objectSelector: { matchExpressions: [{ key: "unguarded", operator: "DoesNotExist" }] },
        clientConfig: { service: { namespace: "$NS", name: "guard", path: "/check" } },
        ...more,
      },
    ],
  };
}

/** Configurations take effect a moment after they are made. */
const untilRefused = { do: "until-refused", path: "configmaps", body: configMap("probe"), deadlineMs: 20_000 } as const;

export const webhooks = area("webhooks", {
  "behind a service that is missing": [
    post(`${HOOKS}/validatingwebhookconfigurations`, hooks("Validating", {}), { show: ["webhooks"] }),
    untilRefused,
    post("configmaps", configMap("a"), { show: refusal }),
    post("configmaps", configMap("b", {}, { labels: { unguarded: "yes" } }), { show: "code" }),
    mergePatch(`${HOOKS}/validatingwebhookconfigurations/$NS-guard`, { metadata: { labels: { a: "b" } } }, { show: "code" }),
  ],
  "a mutating one as well": [
    post(`${HOOKS}/mutatingwebhookconfigurations`, hooks("Mutating", { timeoutSeconds: 3, clientConfig: { service: { namespace: "$NS", name: "guard", port: 8443 } } }), { show: ["webhooks"] }),
    untilRefused,
    post("configmaps", configMap("a"), { show: refusal }),
  ],
  "a condition that cannot be evaluated": [
    post(`${HOOKS}/validatingwebhookconfigurations`, hooks("Validating", { matchConditions: [{ name: "broken", expression: "object.spec.nothing == 1" }] }), { show: "code" }),
    untilRefused,
    post("configmaps", configMap("a"), { show: refusal }),
  ],
});

/** P-256 keys that were thrown away. */
const ANA = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIYU1JR0FBZ0VBTUI0eERqQU1CZ05WQkFvTUJXTnZiMnR6TVF3d0NnWURWUVFEREFOaGJtRXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVNMa2JJZUNCOFlTTFUxTitNK2VhdmQzNDVPSWs0bWREUUJmUU5PCmw0bU1VT0plYWFnTU91bklCRGRub1J5cnIvQkNLLzdxSTBxM1lIa3haWE12QjE2am9BQXdDZ1lJS29aSXpqMEUKQXdJRFNRQXdSZ0loQU1sRi9hbStuMDNXa0pEMXptTmhxWk1MdGNpRU1sQXg3dnBteVhIcWVleTZBaUVBaUdRaApndzI0WktERTVwRWVtYitZcUdWb2h5MDJvL2w3VmNZZmlwaG9wL2M9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
const MASTERS = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIak1JR0tBZ0VBTUNneEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRwdFlYTjBaWEp6TVEwd0N3WURWUVFEREFSeQpiMjkwTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFaTVHeUhnZ2ZHRWkxTlRmalBubXIzZCtPClRpSk9KblEwQVgwRFRwZUpqRkRpWG1tb0REcnB5QVEzWjZFY3E2L3dRaXYrNmlOS3QyQjVNV1Z6THdkZW82QUEKTUFvR0NDcUdTTTQ5QkFNQ0EwZ0FNRVVDSVFETEVLQ3Zycmh5U0RCOGhPQWdvd2VNeTJlSWFXc1UzcTI2Y3JQUwoxVUZFOUFJZ1laYWgyRzJocHZkbnRqNnNoWGZoOUovYm1RNU83R3dwQlNGSURVWDd6RFE9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
const FORGED = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITU1ITUNBUUF3RVRFUE1BMEdBMVVFQXd3R1ptOXlaMlZrTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowRApBUWNEUWdBRWk1R3lIZ2dmR0VpMU5UZmpQbm1yM2QrT1RpSk9KblEwQVgwRFRwZUpqRkRpWG1tb0REcnB5QVEzClo2RWNxNi93UWl2KzZpTkt0MkI1TVdWekx3ZGVvNkFBTUFvR0NDcUdTTTQ5QkFNQ0Ewa0FNRVlDSVFEWjNod2oKZkZvTmJabWhhVGtyaUlycGg1NWVDK3psd25pTHZOcHFTZDB1YkFJaEFLdmZoRjY5b3FkZHdkc1lSUEdsV01tagpFLzlPVjBMNFNaUUNFcHNYSXBSOAotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

const signingRequest = (name: string, spec: Json): Json => ({ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: `$NS-${name}` }, spec: { request: ANA, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], ...spec } });
const approve = (name: string) => mergePatch(`${REQUESTS}/$NS-${name}/approval`, { status: { conditions: [{ type: "Approved", status: "True", reason: "ByHand", message: "yes" }] } }, { show: ["status.conditions"] });

export const certificates = area("certificates", {
  "a request that its signer does not sign": [
    post(REQUESTS, signingRequest("serving", { usages: ["server auth"] }), { show: ["spec.usages", "spec.username", "status"] }),
    approve("serving"),
    until(`${REQUESTS}/$NS-serving`, { status: { conditions: [{ type: "Approved" }, { type: "Failed" }] } }, ["status"]),
  ],
  "a kubelet's that is none": [
    post(REQUESTS, signingRequest("kubelet", { signerName: "kubernetes.io/kube-apiserver-client-kubelet", usages: ["digital signature", "client auth"] }), { show: "code" }),
    approve("kubelet"),
    until(`${REQUESTS}/$NS-kubelet`, { status: { conditions: [{ type: "Approved" }, { type: "Failed" }] } }, ["status"]),
  ],
  "requests that are refused": [post(REQUESTS, signingRequest("masters", { request: MASTERS }), { show: refusal }), post(REQUESTS, signingRequest("forged", { request: FORGED }), { show: refusal }), post(REQUESTS, signingRequest("short", { expirationSeconds: 60 }), { show: refusal })],
});
