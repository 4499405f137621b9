/** A whole cluster with webhooks that a test answers by hand, and requests to its API without a socket. */
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import type { JsonObject, KubeObject } from "../../objects/kube-object.ts";
import type { WebhookCall, WebhookReply } from "../../ports/webhook-transport.ts";
import type { ApiAnswer } from "../api/http/exchange.ts";
import { Cluster } from "../cluster.ts";
import { testMachine } from "../kubelet/test-machine.ts";
import { TEST_START_MS } from "./harness.ts";

const DAY_MS = 86_400_000;

export interface AskedCall extends WebhookCall {
  /** What the webhook was asked about. */
  request: JsonObject & { object: KubeObject | null; uid: string };
  answer(reply: WebhookReply): void;
  /** Answers in the form of a review. */
  review(response: object): void;
}

export interface WebhookCluster {
  cluster: Cluster;
  /** Calls that wait for their answer, oldest first. */
  calls: AskedCall[];
  /** What a webhook answers by itself, by the path of its URL. */
  answers: Map<string, (call: AskedCall) => object>;
  request(method: string, path: string, body?: object, options?: { query?: string; contentType?: string }): Promise<{ code: number; body: KubeObject & { message?: string }; warnings: readonly string[] }>;
  /** Lets promises run, then turns virtual time, again and again. */
  run(durationMs: number, stepMs?: number): Promise<void>;
}

export const patchOf = (operations: object[]): object => ({ allowed: true, patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(operations)).toString("base64") });

export function createWebhookCluster(options: { version?: string; machines?: number; isVirtual?: boolean } = {}): WebhookCluster {
  const calls: AskedCall[] = [];
  const answers: WebhookCluster["answers"] = new Map();
  const transport = {
    call: (call: WebhookCall): Promise<WebhookReply> =>
      new Promise((resolve) => {
        const { request, apiVersion } = JSON.parse(call.body) as { request: AskedCall["request"]; apiVersion: string };
        const review = (response: object): void => resolve({ status: 200, body: JSON.stringify({ apiVersion, kind: "AdmissionReview", response: { uid: request.uid, ...response } }) });
        const asked: AskedCall = { ...call, request, answer: resolve, review };
        const known = answers.get(new URL(call.url).pathname);
        if (known === undefined) calls.push(asked);
        else review(known(asked));
      }),
  };
  const names = Array.from({ length: options.machines ?? 0 }, (_, index) => `pi${index + 1}`);
  const cluster = new Cluster({
    version: options.version ?? "v1.36.3",
    seed: "webhooks",
    startMs: TEST_START_MS,
    machines: names.map((name) => testMachine(name, { pullBytesPerSecond: 1e12 })),
    network: { podCidrs: ["10.42.0.0/16"], serviceCidrs: ["10.96.0.0/16"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates: certificateAuthority("test", TEST_START_MS - DAY_MS, TEST_START_MS + DAY_MS),
    hasMetricsServer: false,
    log: () => {},
    ...(options.isVirtual ? {} : { webhooks: transport }),
  });
  cluster.run(5000);
  return {
    cluster,
    calls,
    answers,
    async request(method, path, body, { query = "", contentType = "application/json" } = {}) {
      const answer: ApiAnswer = await cluster.handler({
        method,
        path,
        query: new URLSearchParams(query),
        headers: { accept: "application/json", "user-agent": "test/1", ...(body ? { "content-type": contentType } : {}) },
        body: Buffer.from(body ? JSON.stringify(body) : ""),
        user: { name: "admin", groups: ["system:masters", "system:authenticated"] },
      });
      return { code: answer.code, body: JSON.parse(String(answer.body)) as KubeObject, warnings: answer.warnings ?? [] };
    },
    async run(durationMs, stepMs = 100) {
      for (let left = durationMs; left > 0; left -= stepMs) {
        cluster.run(Math.min(stepMs, left));
        // An answer passes through a handful of promises.
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      }
    },
  };
}

/** A configuration with one webhook per entry. */
export function webhookConfiguration(kind: "Validating" | "Mutating", name: string, hooks: readonly object[]): KubeObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: hooks.map((hook, index) => ({
      name: `${"abcdef"[index]}.maison.example`,
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["*"] }],
      clientConfig: { url: "https://192.0.2.9/check" },
      ...hook,
    })),
  } as unknown as KubeObject;
}
