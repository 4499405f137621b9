/** An ingress that names no class gets the default one. */
import type { AdmissionPlugin } from "./admission.ts";
import { newestDefault } from "./storage-defaults.ts";

const IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class";
const LEGACY = "kubernetes.io/ingress.class";

export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",
  resources: ["networking.k8s.io/ingresses"],
  mutate(request) {
    const { operation, type, object, client } = request;
    if (operation !== "CREATE" || type.group !== "networking.k8s.io" || type.plural !== "ingresses" || request.subresource !== "" || !object) return;
    object.spec ??= {};
    if (object.spec.ingressClassName !== undefined || object.metadata.annotations?.[LEGACY] !== undefined) return;
    const chosen = newestDefault(client.list("networking.k8s.io/ingressclasses").filter((candidate) => candidate.metadata.annotations?.[IS_DEFAULT] === "true"));
    if (chosen) object.spec.ingressClassName = chosen.metadata.name;
  },
};
