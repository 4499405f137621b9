import { expect, it } from "vitest";
import { loadText } from "../../test/render/load-example.ts";
import { WAIT_IMAGE } from "../manifests/versions.ts";
import { imagesFor } from "./preload-images.ts";

it("names every image of the default platform, that of the pods which local-path makes from a template too", async () => {
  const homelab = await loadText(`name: maison
machines:
  cp1: { address: 192.168.1.11, roles: [control-plane, worker] }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian } }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
`);
  const images = imagesFor({ homelab, machine: homelab.machines["cp1"]! });
  expect(images).toEqual(expect.arrayContaining([WAIT_IMAGE, "registry.k8s.io/pause:3.10.2", "docker.io/rancher/local-path-provisioner:v0.0.30", "registry.k8s.io/metrics-server/metrics-server:v0.9.0"]));
});

const TWO = `name: maison
domain: maison.example
machines:
  cp1: { address: 192.168.1.11, roles: [control-plane] }
  cp2: { address: 192.168.1.12, roles: [control-plane, worker] }
  w1: { address: 192.168.1.21 }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian } }
kubernetes: { distribution: kubeadm, version: v1.36.3, endpoint: { address: 192.168.1.10, by: external }, network: { cni: flannel } }
apps:
  gazette: { image: "ghcr.io/example/gazette:1.4.2", port: 80, host: gazette }
`;

it("carries no image of a pod to a machine that does not take it", async () => {
  const homelab = await loadText(TWO);
  const on = (name: string): string[] => imagesFor({ homelab, machine: homelab.machines[name]! });
  const [flannel, ...others] = ["ghcr.io/flannel-io/flannel:", "ghcr.io/example/gazette:", "docker.io/library/traefik:"];
  for (const prefix of others) expect(["cp1", "cp2", "w1"].filter((name) => on(name).some((image) => image.startsWith(prefix)))).toEqual(["cp2", "w1"]);
  // The network's pods and CoreDNS run everywhere, whatever a machine is tainted with.
  for (const prefix of [flannel!, "registry.k8s.io/coredns/coredns:"]) expect(["cp1", "cp2", "w1"].filter((name) => on(name).some((image) => image.startsWith(prefix)))).toEqual(["cp1", "cp2", "w1"]);
});
