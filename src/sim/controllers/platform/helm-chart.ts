/** k3s' helm controller: marks a HelmChart as installed. What the chart would install is not made here: the rehearsal applies the component's pods itself. */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { withCondition } from "../conditions.ts";
import { splitKey, type Reconciler } from "../reconciler.ts";
import { watchServed } from "./operator.ts";

const TYPE = "helm.cattle.io/helmcharts";
/** Pull of the helm image, chart download and install; an estimate. */
const INSTALL_MS = 15_000;

export function helmChartController(): Reconciler {
  const dueAt = new Map<string, number>();
  return {
    name: "helm-controller",
    watches: [],
    start: ({ client, clock }, enqueue) =>
      watchServed(client, [TYPE], (act) => void clock.after(0, act), ({ type, object }) => {
        if (type !== "DELETED") enqueue(`${object.metadata.namespace}/${object.metadata.name}`);
      }),
    sync(key, { client, clock }) {
      const { namespace, name } = splitKey(key);
      const chart = client.serves(TYPE) ? client.get(TYPE, namespace, name) : undefined;
      const jobName = `helm-install-${name}`;
      if (chart === undefined || chart["status"]?.jobName === jobName) return;
      const nowMs = clock.now();
      const atMs = dueAt.get(key) ?? nowMs + INSTALL_MS;
      dueAt.set(key, atMs);
      if (atMs > nowMs) return atMs - nowMs;
      dueAt.delete(key);
      const now = rfc3339(nowMs);
      let conditions = withCondition(chart["status"]?.conditions, { type: "JobCreated", status: "True", reason: "Job created", message: `Applying HelmChart using Job ${namespace}/${jobName}` }, now);
      conditions = withCondition(conditions, { type: "Failed", status: "False", reason: "", message: "" }, now);
      client.updateStatus(TYPE, { ...chart, status: { ...chart["status"], jobName, conditions } });
      client.event(chart, { type: "Normal", reason: "ApplyJob", message: `Applying HelmChart using Job ${namespace}/${jobName}`, component: "helm-controller" });
    },
  };
}
