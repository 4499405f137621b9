/** Nothing is made in a namespace that is missing or going away, and three namespaces stay for ever. */
import { notFound } from "../status.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { refuse } from "./refuse.ts";

const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);
/** Asking about access must not tell whether a namespace exists. */
const REVIEWS: ReadonlySet<string> = new Set(["localsubjectaccessreviews"]);

export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  mutate(request) {
    const { operation, type, namespace, client } = request;
    if (type.group === "" && type.plural === "namespaces") {
      if (operation === "DELETE" && IMMORTAL.has(request.name)) throw refuse(request, "this namespace may not be deleted");
      return;
    }
    if (namespace === undefined || namespace === "" || operation === "DELETE" || operation === "CONNECT" || REVIEWS.has(type.plural)) return;
    const found = client.get("namespaces", undefined, namespace);
    if (found === undefined) throw notFound({ group: "", plural: "namespaces" }, namespace);
    if (operation !== "CREATE" || found.status?.phase !== "Terminating") return;
    const error = refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
    error.status.details = {
      ...error.status.details,
      causes: [{ reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" }],
    };
    throw error;
  },
};
