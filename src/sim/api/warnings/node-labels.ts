/** Labels of nodes that have newer names, wherever a rule selects nodes by them (upstream `pkg/api/node/util.go`). */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { labelValue } from "../validation/names.ts";

const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ["failure-domain.beta.kubernetes.io/region", 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ["failure-domain.beta.kubernetes.io/zone", 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ["beta.kubernetes.io/instance-type", 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  ["scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** Undefined for a label that may be used. */
export function deprecatedNodeLabel(label: string): string | undefined {
  return DEPRECATED.get(label);
}

/** `checksValues`: only preferences do, as requirements are validated. */
export function nodeSelectorTermWarnings(term: Loose | undefined, checksValues: boolean, field: string): string[] {
  const warnings: string[] = [];
  for (const [index, { key, values }] of items(term?.matchExpressions).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    const message = deprecatedNodeLabel(key);
    if (message !== undefined) warnings.push(`${at}.key: ${key} is ${message}`);
    if (!checksValues) continue;
    for (const [position, value] of ((values ?? []) as string[]).entries()) {
      for (const problem of labelValue(value)) warnings.push(`${at}.values[${position}]: ${value} is invalid, ${problem}`);
    }
  }
  return warnings;
}

export function nodeLabelSelectorWarnings(selector: Loose | undefined, field: string): string[] {
  const warnings = nodeSelectorTermWarnings(selector, false, field);
  for (const label of Object.keys(selector?.matchLabels ?? {}).sort()) {
    const message = deprecatedNodeLabel(label);
    if (message !== undefined) warnings.push(`${field}.matchLabels.${label}: ${message}`);
  }
  return warnings;
}
