/** ValidatingWebhookConfigurations: all webhooks that match are asked at once; one refusal refuses. */
import type { AdmissionPlugin } from "../admission.ts";
import { callWebhook } from "./call-webhook.ts";
import { WebhookPending } from "./decision.ts";
import { type Invocation, invocationOf, webhooksOf } from "./webhook-match.ts";

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  validate(request) {
    const webhooks = webhooksOf(request, "validatingwebhookconfigurations");
    if (webhooks.length === 0) return;
    const invocations = webhooks.map((webhook) => invocationOf(request, webhook)).filter((found): found is Invocation => found !== undefined);
    let isPending = false;
    let refusal: unknown;
    for (const invocation of invocations) {
      try {
        if (callWebhook(request, invocation, false) === "pending") isPending = true;
      } catch (error) {
        // Upstream answers with whichever refusal comes first; here it is the first in order.
        refusal ??= error;
      }
    }
    if (isPending) throw new WebhookPending(request.decision!);
    if (refusal !== undefined) throw refusal;
  },
};
