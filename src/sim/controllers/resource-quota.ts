/** Keeps the usage in a ResourceQuota's status: admission counts what comes, this counts what goes and what changes (`pkg/controller/resourcequota`). */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { compareQuantities } from "../../lib/quantity.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import { countUsage, isCountedOn, typeCounted } from "../api/admission/quota-usage.ts";
import type { TypeName } from "../api/client.ts";
import { watchServed } from "./platform/operator.ts";
import { keyOf, splitKey, type Reconciler } from "./reconciler.ts";

const TYPE = "resourcequotas";
/** Deletions of many objects make one count (upstream replenishes through a queue of its own). */
const COALESCE_MS = 50;

function sameUsage(a: Readonly<Record<string, string>> | undefined, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(b);
  return a !== undefined && Object.keys(a).length === keys.length && keys.every((key) => a[key] !== undefined && compareQuantities(a[key], b[key]!) === 0);
}

export function resourceQuotaController(): Reconciler {
  return {
    name: "resourcequota-controller",
    coalesceMs: COALESCE_MS,
    watches: [{ type: TYPE }],
    start({ client, clock }, enqueue) {
      const followed = new Map<TypeName, () => void>();
      const replenish = (type: TypeName, object: KubeObject): void => {
        const [group, plural] = type.includes("/") ? [type.slice(0, type.indexOf("/")), type.slice(type.indexOf("/") + 1)] : ["", type];
        for (const quota of client.list(TYPE, { namespace: object.metadata.namespace })) {
          if (Object.keys((quota["spec"]?.hard ?? {}) as object).some((resource) => isCountedOn(resource, plural, group))) enqueue(keyOf(quota));
        }
      };
      // Only what some quota counts is followed.
      const follow = (quota: KubeObject): void => {
        for (const resource of Object.keys((quota["spec"]?.hard ?? {}) as object)) {
          const type = typeCounted(resource);
          if (followed.has(type)) continue;
          followed.set(type, watchServed(client, [type], (act) => void clock.after(0, act), (event) => {
            const isSame = event.type === "MODIFIED" && semanticEqual(event.object["spec"], event.previous?.["spec"]) && event.object["status"]?.phase === event.previous?.["status"]?.phase;
            if (!isSame) replenish(type, event.object);
          }));
        }
      };
      const stop = client.watch(TYPE, ({ type, object }) => {
        if (type !== "DELETED") follow(object);
      });
      return () => {
        stop();
        for (const end of followed.values()) end();
      };
    },
    sync(key, { client, clock }) {
      const { namespace, name } = splitKey(key);
      const quota = client.get(TYPE, namespace, name);
      if (quota === undefined) return;
      const hard: Record<string, string> = quota["spec"]?.hard ?? {};
      const counted = countUsage(client, quota, clock.now());
      const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, counted[resource] ?? "0"]));
      const { status } = quota;
      if (semanticEqual(status?.hard, hard) && sameUsage(status?.used, used)) return;
      client.updateStatus(TYPE, { ...quota, status: { hard, used } });
    },
  };
}
