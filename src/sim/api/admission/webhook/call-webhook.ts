/** One webhook asked about one request: its answer, its refusal, or why it could not be asked. */
import type { JsonValue } from "../../../../objects/kube-object.ts";
import type { WebhookReply } from "../../../../ports/webhook-transport.ts";
import { ApiError, badRequest, internalError } from "../../status.ts";
import type { AdmissionRequest } from "../admission.ts";
import { parseReview, type ReviewResponse, ReviewProblem, REVIEW_VERSIONS, reviewRequest, reviewText } from "./admission-review.ts";
import { serviceProblem, serviceUrl } from "./service-endpoint.ts";
import type { Invocation } from "./webhook-match.ts";

const TIMEOUT_SECONDS_DEFAULT = 10;

export const NOT_IN_VIRTUAL_TIME = "webhooks with a url are not called in virtual time, which cannot wait for them and stay the same every time";

/** `pending`: the question is on its way. `passed`: nothing to add. */
export type CallResult = "pending" | "passed" | { patch: JsonValue };

/** Throws the refusal as `ApiError`; a failed call as one too, unless the webhook's failure policy lets it pass. */
export function callWebhook(request: AdmissionRequest, invocation: Invocation, isMutating: boolean): CallResult {
  const { hook } = invocation;
  if (request.dryRun && hook.sideEffects !== "None" && hook.sideEffects !== "NoneOnDryRun") {
    throw badRequest(`admission webhook "${hook.name}" does not support dry run`);
  }
  try {
    const response = ask(request, invocation, isMutating);
    if (response === "pending") return "pending";
    if (response === "passed") return "passed";
    request.warnings.push(...response.warnings);
    if (!response.allowed) throw refusalOf(hook.name, response);
    return Array.isArray(response.patch) && response.patch.length === 0 ? "passed" : response.patch === undefined ? "passed" : { patch: response.patch };
  } catch (error) {
    if (!(error instanceof ReviewProblem)) throw error;
    if (hook.failurePolicy === "Ignore") return "passed";
    throw internalError(`failed calling webhook "${hook.name}": ${error.message}`);
  }
}

function ask(request: AdmissionRequest, invocation: Invocation, isMutating: boolean): ReviewResponse | "pending" | "passed" {
  const { hook, id } = invocation;
  const reviewVersion = ((hook.admissionReviewVersions ?? []) as string[]).find((version) => REVIEW_VERSIONS.includes(version));
  if (reviewVersion === undefined) throw new ReviewProblem("could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");
  const seconds: number = hook.timeoutSeconds ?? TIMEOUT_SECONDS_DEFAULT;
  const { service, url: given, caBundle } = hook.clientConfig;
  const url = `${service ? serviceUrl(service) : withPath(given)}?timeout=${seconds}s`;
  const failed = (why: string, where = url): never => {
    throw new ReviewProblem(`failed to call webhook: Post "${where}": ${why}`);
  };
  if (service) {
    const problem = serviceProblem(request, service);
    return problem === undefined ? "passed" : failed(problem);
  }
  const { decision, webhooks } = request;
  const { transport } = webhooks;
  if (transport === undefined || decision === undefined) return failed(NOT_IN_VIRTUAL_TIME);
  const question = reviewRequest(request, invocation);
  const text = `${id} ${url} ${JSON.stringify(question)}`;
  const uid = decision.idOf(text, () => webhooks.random.uuid());
  const reply: WebhookReply | undefined = decision.ask(text, () =>
    transport.call({
      url,
      ...(caBundle ? { caBundle: Buffer.from(caBundle as string, "base64").toString("utf8") } : {}),
      body: reviewText(reviewVersion, uid, question),
      timeoutMs: seconds * 1000,
    }),
  );
  if (reply === undefined) return "pending";
  return "error" in reply ? failed(reply.error, reply.url) : parseReview(reply, reviewVersion, uid, isMutating);
}

/** `https://host` is asked at its root. */
const withPath = (url: string): string => (/^https:\/\/[^/]+$/.test(url) ? `${url}/` : url);

const STATUS_CODE_MIN = 400;

/** Upstream's `webhookerrors.ToStatusErr`: the webhook's own status, as far as it is a refusal. */
function refusalOf(name: string, { status = {} }: ReviewResponse): ApiError {
  const denied = `admission webhook "${name}" denied the request`;
  const message = status.message ? `${denied}: ${status.message}` : status.reason ? `${denied}: ${status.reason}` : `${denied} without explanation`;
  const error = new ApiError(Math.max(status.code ?? 0, STATUS_CODE_MIN), status.reason ?? "", message);
  if (status["details"] !== undefined) error.status.details = status["details"] as NonNullable<ApiError["status"]["details"]>;
  return error;
}
