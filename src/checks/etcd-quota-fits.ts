/** etcd's database fits in the memory it is given. */
import type { Check, CheckResult } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const etcdQuotaFits: Check = {
  id: "etcd-quota-fits",
  severity: "warning",
  summary: "The quota of etcd is not above its memory limit, nor above the memory of a control plane.",
  why: "etcd maps its whole database into memory: a database larger than the limit is killed, one larger than the machine makes it swap and miss its heartbeats (etcd.io, hardware).",
  examples: {
    good: `
      kubernetes: { datastore: { kind: etcd, quota: 2Gi, memoryLimit: 2Gi } }
      machineDefaults: { disk: { kind: nvme, size: 256G }, memory: 8Gi }`,
    bad: `
      kubernetes:
        datastore:
          kind: etcd
          quota: 8Gi # ✗
          memoryLimit: 2Gi
      machineDefaults: { disk: { kind: nvme, size: 256G }, memory: 16Gi }`,
  },
  check({ homelab }) {
    const { datastore } = homelab.kubernetes;
    if (datastore.kind !== "etcd") return [];
    const path = ["kubernetes", "datastore", "quota"];
    const { quota, memoryLimit } = datastore;
    if (memoryLimit !== undefined && quota.value > memoryLimit.value) {
      return [{ path, value: quota.text, message: `etcd may grow to ${quota.text} and is killed at ${memoryLimit.text}`, expected: `at most ${memoryLimit.text}`, fix: "Lower the quota (2Gi is etcd's default), or raise memoryLimit." }];
    }
    return controlPlanes(homelab)
      .filter((machine) => quota.value > machine.memory.value)
      .slice(0, 1)
      .map((machine): CheckResult => ({ path, value: quota.text, message: `etcd may grow to ${quota.text}, and ${machine.name} has ${machine.memory.text} of memory`, expected: `at most ${machine.memory.text}`, fix: "Lower the quota: 2Gi is etcd's default, and a homelab uses less than 100Mi." }));
  },
};
