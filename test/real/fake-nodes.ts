/** The three fake nodes of the real control plane: a home of three Raspberry Pis, the first of which is the control plane and works too. */
interface FakeNode {
  apiVersion: "v1";
  kind: "Node";
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  status: { capacity: Record<string, string>; allocatable: Record<string, string>; addresses: { type: string; address: string }[]; nodeInfo: Record<string, string> };
}

function fakeNode(name: string, address: string, isControlPlane: boolean): FakeNode {
  const capacity = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "64Gi" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "arm64",
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "arm64",
        ...(isControlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {}),
        "site.kubernest.dev/switch": "shelf",
      },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    status: {
      capacity,
      allocatable: { ...capacity },
      // The API server dials InternalDNS first, where KWOK answers for every kubelet; people see the others.
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
        { type: "InternalDNS", address: "127.0.0.1" },
      ],
      nodeInfo: {
        architecture: "arm64",
        operatingSystem: "linux",
        kubeletVersion: "v1.36.3",
        kubeProxyVersion: "",
        containerRuntimeVersion: "containerd://2.3.7",
        kernelVersion: "6.12.47",
        osImage: "Debian GNU/Linux 13 (trixie)",
        machineID: "",
        systemUUID: "",
        bootID: "",
      },
    },
  };
}

export const FAKE_NODES: readonly FakeNode[] = [fakeNode("pi1", "192.168.1.11", true), fakeNode("pi2", "192.168.1.12", false), fakeNode("pi3", "192.168.1.13", false)];
