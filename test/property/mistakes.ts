/** Mistakes that somebody could make in the controllers, one line each: each has to be caught by the trials. The text that is replaced has to be there, once. */
export interface Mistake {
  name: string;
  /** Below the project's directory. */
  file: string;
  find: string;
  replace: string;
}

/** Throws where the text is not there, or more than once. */
export function withMistake({ file, find, replace, name }: Mistake, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${name}: ${file} has the text to replace ${parts.length - 1} times, and needs it once; mend test/property/mistakes.ts: ${find}`);
  return parts.join(replace);
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: "pods of a silent node are deleted at once, not asked to end",
    file: "src/sim/controllers/node/taint-eviction.ts",
    find: 'client.delete("pods", namespace, name, { preconditions: { uid } });',
    replace: 'client.delete("pods", namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });',
  },
  {
    name: "pods that are to end on a silent node are removed without the out-of-service taint",
    file: "src/sim/controllers/node/pod-gc.ts",
    find: "if (isTerminating(pod) && isOutOfService(node)) remove(pod);",
    replace: 'if (isTerminating(pod) && (isOutOfService(node) || !isConditionTrue(node.status?.conditions, "Ready"))) remove(pod);',
  },
  {
    name: "a budget counts pods that are not ready as healthy",
    file: "src/sim/controllers/disruption/disruption.ts",
    find: "disrupted[pod.metadata.name] === undefined && isPodReady(pod);",
    replace: "disrupted[pod.metadata.name] === undefined && (isPodReady(pod) || pod.spec !== undefined);",
  },
  {
    name: "a budget allows one disruption more than there is room for",
    file: "src/sim/controllers/disruption/disruption.ts",
    find: "Math.max(0, currentHealthy - desired)",
    replace: "Math.max(0, currentHealthy - desired + 1)",
  },
  {
    name: "a volume for one writer is attached to a second node",
    file: "src/sim/controllers/volume/attach-detach.ts",
    find: "if (isExclusive && other !== undefined) {",
    replace: "if (isExclusive && other !== undefined && left.length > 1) {",
  },
  {
    name: "a rollout takes one available pod too many",
    file: "src/sim/controllers/deployment/deployment.ts",
    find: 'const spare = statusSum(allSets(rollout), "availableReplicas") - minAvailable;',
    replace: 'const spare = statusSum(allSets(rollout), "availableReplicas") - minAvailable + 1;',
  },
  {
    name: "a rollout makes one pod more than its surge",
    file: "src/sim/controllers/deployment/replica-sets.ts",
    find: "const room = replicas + fenceposts(deployment).maxSurge - wantedPodCount(allSets);",
    replace: "const room = replicas + fenceposts(deployment).maxSurge + 1 - wantedPodCount(allSets);",
  },
  {
    name: "a pod that is not ready stays an endpoint that is",
    file: "src/sim/controllers/endpoints/endpoint-slice.ts",
    find: "conditions: { ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },",
    replace: "conditions: { ready: service.spec.publishNotReadyAddresses === true || !terminating, serving, terminating },",
  },
  {
    name: "a node that is back keeps its taint",
    file: "src/sim/controllers/node/node-lifecycle.ts",
    find: '  if (current.status === "True") {\n    markReachable(context, memory, node);\n',
    replace: '  if (current.status === "True") {\n    memory.zones.get(zoneOf(node))?.queue.remove(name);\n',
  },
  {
    name: "a StatefulSet does not take away the pods beyond its size",
    file: "src/sim/controllers/stateful-set/stateful-set.ts",
    find: "const condemned = pods.filter((pod) => !isInRange(set, pod))",
    replace: "const condemned = pods.filter((pod) => !isInRange(set, pod) && ordinalOf(pod) < 0)",
  },
  {
    name: "a StatefulSet leaves a pod that has failed where it is",
    file: "src/sim/controllers/stateful-set/stateful-set.ts",
    find: "if (!isTerminating(pod)) remove(round, pod);\n    return true;",
    replace: "return true;",
  },
  {
    name: "a ReplicaSet that is to shrink keeps its pods",
    file: "src/sim/controllers/replica-set.ts",
    find: "if (difference === 0) return undefined;",
    replace: "if (difference >= 0) return undefined;",
  },
  {
    name: "a DaemonSet forgets nodes that came later",
    file: "src/sim/controllers/daemon-set/daemon-set.ts",
    find: "return isSame ? [] : client.list(TYPE).map(keyOf);",
    replace: 'return isSame || event.type !== "DELETED" ? [] : client.list(TYPE).map(keyOf);',
  },
  {
    name: "the scheduler does not count memory",
    file: "src/sim/scheduler/plugins/node-resources-fit.ts",
    find: "if (amount <= allocatable - (node.requested.get(name) ?? 0)) continue;",
    replace: 'if (name === "memory" || amount <= allocatable - (node.requested.get(name) ?? 0)) continue;',
  },
  {
    name: "the scheduler minds only taints that evict",
    file: "src/sim/scheduler/taints.ts",
    find: 'taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerations)',
    replace: 'taint.effect === "NoExecute" && !isTolerated(taint, tolerations)',
  },
  {
    name: "half of etcd's members are taken for a majority",
    file: "src/sim/control-plane/control-plane.ts",
    find: "this.#active().length > servers.length / 2;",
    replace: "this.#active().length >= servers.length / 2;",
  },
  {
    name: "a watch that catches up leaves out the first change that it missed",
    file: "src/sim/api/http/watch.ts",
    find: "for (const change of missed) tell(change);",
    replace: "for (const change of missed.slice(1)) tell(change);",
  },
  {
    name: "servers on both sides of a split network count as one",
    file: "src/sim/cluster.ts",
    find: "if (side !== undefined && (!options.isAlive(machine) || side !== this.#sideOfServers(options))) return false;",
    replace: 'if (side !== undefined && (!options.isAlive(machine) || this.#sideOfServers(options) === "nowhere")) return false;',
  },
  {
    name: "a machine that is cut off reports on",
    file: "src/sim/kubelet/kubelet.ts",
    find: 'return this.#power === "on" && this.#hasNetwork && this.#hasApi && this.#hasTime;',
    replace: 'return this.#power === "on" && this.#hasTime;',
  },
  {
    name: "a webhook that nobody answers for lets all pass",
    file: "src/sim/api/admission/webhook/service-endpoint.ts",
    find: "if (ready.length === 0) {",
    replace: "if (ready.length === 0) return undefined;\n  if (ready.length === 0) {",
  },
  {
    name: "an autoscaler takes no copies away",
    file: "src/sim/controllers/autoscaler/horizontal-pod-autoscaler.ts",
    find: "desired = limited.replicas;",
    replace: "desired = Math.max(current, limited.replicas);",
  },
  {
    name: "what users see of an app stays as it is known though its certificate has ended",
    file: "src/rehearse/prove/user-view.ts",
    find: " ${dns.why} ${ended.join()}`;",
    replace: " ${dns.why}`;",
  },
  {
    name: "requests go on to the pods that they went to first",
    file: "src/rehearse/prove/user-view.ts",
    find: "if (known !== undefined && this.#areAskersDeaf()) return known;",
    replace: "if (known !== undefined && (this.#areAskersDeaf() || known.length > 0)) return known;",
  },
  {
    name: "pods stay without a network though its agent runs again",
    file: "src/sim/kubelet/kubelet.ts",
    find: "    this.#podNetwork.regain();\n",
    replace: "",
  },
];
