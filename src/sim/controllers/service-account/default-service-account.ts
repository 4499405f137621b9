/** Every live namespace has a service account `default` (`pkg/controller/serviceaccount`). */
import { ApiError } from "../../api/status.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import type { Reconciler } from "../reconciler.ts";

export const defaultServiceAccountController: Reconciler = {
  name: "serviceaccount-controller",
  watches: [
    { type: "namespaces" },
    { type: "serviceaccounts", keys: ({ type, object }) => (type === "DELETED" && object.metadata.name === "default" ? [object.metadata.namespace ?? ""] : []) },
  ],
  sync(namespace, { client }) {
    const found = client.get("namespaces", undefined, namespace);
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
    if (client.get("serviceaccounts", namespace, "default") !== undefined) return;
    try {
      client.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } });
    } catch (error) {
      if (!isNamespaceTerminating(error) && !(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    }
  },
};
