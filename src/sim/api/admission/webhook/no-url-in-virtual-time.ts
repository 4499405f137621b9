/** Refuses webhooks that virtual time could not call, by name, where they are made: a rehearsal must not pass because nobody was asked. */
import { items } from "../../defaults/absent.ts";
import type { AdmissionPlugin } from "../admission.ts";
import { refuse } from "../refuse.ts";
import { NOT_IN_VIRTUAL_TIME } from "./call-webhook.ts";
import { GROUP } from "./webhook-match.ts";

export const noUrlInVirtualTime: AdmissionPlugin = {
  name: "NoUrlInVirtualTime",
  resources: [`${GROUP}/validatingwebhookconfigurations`, `${GROUP}/mutatingwebhookconfigurations`],
  validate(request) {
    if (request.webhooks.transport !== undefined) return;
    const names = items(request.object?.webhooks).filter((hook) => hook.clientConfig?.url !== undefined).map((hook) => `"${hook.name}"`);
    if (names.length > 0) throw refuse(request, `${NOT_IN_VIRTUAL_TIME}: ${names.join(", ")}`);
  },
};
