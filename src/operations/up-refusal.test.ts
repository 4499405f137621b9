import { expect, it } from "vitest";
import { loadText } from "../../test/render/load-example.ts";
import { upRefusal, upRefusalText } from "./up-refusal.ts";

const file = (kubernetes: string): string => `name: maison
machines:
  cp1: { address: 192.168.1.11, roles: [control-plane, worker] }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian } }
kubernetes: { ${kubernetes} }
`;

it("names the field that up does not build, and what it does", async () => {
  const kubeVip = (port: string) => loadText(file(`distribution: kubeadm, version: v1.36.3, endpoint: { address: 192.168.1.10, by: kube-vip${port} }`));
  expect(upRefusal(await kubeVip(""))).toBeUndefined();
  expect(upRefusalText(upRefusal(await kubeVip(", port: 8443"))!, "up")).toBe("kubernetes.endpoint.port: 8443 can be rehearsed and rendered, but `up` does not build it yet.\n  → kube-vip carries the address and leads no other port to the API servers' own, 6443\n");
  expect(upRefusal(await loadText(file("distribution: kubeadm, version: v1.36.3, datastore: { url: { secret: datastore } }")))?.field).toBe("kubernetes.datastore");
  expect(upRefusal(await loadText(file("distribution: k3s, version: v1.36.1+k3s1, datastore: { url: { secret: datastore } }")))).toBeUndefined();
  expect(upRefusal(await loadText(file("distribution: k3s, version: v1.36.1+k3s1")))).toBeUndefined();
  expect(upRefusal(await loadText(file("distribution: kubeadm, version: v1.36.3")))).toBeUndefined();
  expect((await loadText(file("distribution: kubeadm, version: v1.36.3, containerRuntime: cri-o")).then(upRefusal))?.field).toBeUndefined();
  expect((await loadText(file("distribution: k3s, version: v1.36.1+k3s1, containerRuntime: cri-o")).then(upRefusal))?.field).toBe("kubernetes.containerRuntime");
});
