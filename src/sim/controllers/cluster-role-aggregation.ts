/** Fills ClusterRoles with an aggregation rule from the roles they select (`pkg/controller/clusterroleaggregation`). */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { selectorMatches, type LabelSelector } from "../../lib/label-selector.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Reconciler } from "./reconciler.ts";

const TYPE = "rbac.authorization.k8s.io/clusterroles";

const selectorsOf = (role: KubeObject): LabelSelector[] | undefined => role["aggregationRule"]?.clusterRoleSelectors;

export const clusterRoleAggregationController: Reconciler = {
  name: "clusterrole-aggregation-controller",
  watches: [{ type: TYPE, keys: (_event, { client }) => client.list(TYPE).filter((role) => selectorsOf(role) !== undefined).map(({ metadata }) => metadata.name) }],
  sync(name, { client }) {
    const role = client.get(TYPE, undefined, name);
    const selectors = role && selectorsOf(role);
    if (role === undefined || selectors === undefined) return;
    const rules: object[] = [];
    const others = client.list(TYPE).filter(({ metadata }) => metadata.name !== name);
    for (const selector of selectors) {
      const selected = others.filter(({ metadata }) => selectorMatches(selector, metadata.labels)).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      for (const { rules: found } of selected) for (const rule of (found ?? []) as object[]) if (!rules.some((other) => semanticEqual(other, rule))) rules.push(rule);
    }
    if (!semanticEqual(rules, role["rules"])) client.update(TYPE, { ...role, rules });
  },
};
