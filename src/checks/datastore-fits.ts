/** The datastore is one that the distribution has, and that this many servers can share. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const datastoreFits: Check = {
  id: "datastore-fits",
  severity: "error",
  summary: "SQLite serves one k3s server; several control planes, and kubeadm, use etcd or an external datastore.",
  why: "SQLite is a file on one machine: a second server cannot join it (docs.k3s.io, cluster datastore). kubeadm knows etcd only.",
  examples: {
    good: `
      kubernetes: { datastore: sqlite }`,
    bad: `
      kubernetes:
        endpoint: { address: 192.168.1.10, by: kube-vip }
        datastore: sqlite # ✗
      machineDefaults: { roles: [control-plane, worker] }
      machines:
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }
        pc3: { address: 192.168.1.13 }`,
  },
  check({ homelab }) {
    const { datastore, distribution } = homelab.kubernetes;
    const count = controlPlanes(homelab).length;
    const path = ["kubernetes", "datastore"];
    if (datastore.kind === "sqlite" && distribution === "kubeadm") {
      return [{ path, value: "sqlite", message: "kubeadm has no SQLite datastore", expected: "etcd", fix: "Use datastore: etcd, or distribution: k3s." }];
    }
    if (datastore.kind === "sqlite" && count > 1) {
      return [{ path, value: "sqlite", message: `${count} control planes cannot share SQLite, a file on one machine`, expected: "etcd", fix: "Use datastore: etcd, or one control plane." }];
    }
    if (datastore.kind === "external" && datastore.url === undefined) {
      return [{ path, value: "external", message: "the external datastore has no connection string", expected: "url: { secret: NAME }", fix: "Add url: { secret: datastore-url }." }];
    }
    return [];
  },
};
