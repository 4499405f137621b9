/** A pod carries the zone and the region of its node as labels of its own, from the moment it is bound (`plugin/pkg/admission/podtopologylabels`). */
import type { AdmissionPlugin } from "./admission.ts";

const COPIED = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];

export const podTopologyLabels: AdmissionPlugin = {
  name: "PodTopologyLabels",
  resources: ["pods"],
  mutate({ operation, type, subresource, object, client }) {
    if (operation !== "CREATE" || type.group !== "" || type.plural !== "pods" || object === undefined) return;
    let nodeName: string | undefined;
    if (subresource === "") nodeName = object["spec"]?.nodeName;
    else if (subresource === "binding" && object["target"]?.kind === "Node") nodeName = object["target"].name;
    if (!nodeName) return;
    const labels = client.get("nodes", undefined, nodeName)?.metadata.labels ?? {};
    const found = COPIED.filter((key) => labels[key] !== undefined);
    if (found.length > 0) object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(found.map((key) => [key, labels[key]!])) };
  },
};
