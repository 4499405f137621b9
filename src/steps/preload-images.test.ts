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
