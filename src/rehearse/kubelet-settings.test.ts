/** What the file tells a kubelet, and what the distribution tells it otherwise. */
import { expect, test } from "vitest";
import { completeExample } from "../checks/complete-example.ts";
import { loadHomelab } from "../config/load.ts";
import type { KubeletSettings } from "../sim/kubelet/kubelet-settings.ts";
import { kubeletSettings } from "./kubelet-settings.ts";

async function settings(kubernetes: string, machine = ""): Promise<KubeletSettings> {
  const snippet = `
    machines: { pi1: { roles: [control-plane, worker], memory: 4Gi${machine} } }
    kubernetes: ${kubernetes}`;
  const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => completeExample(snippet) });
  expect(findings).toEqual([]);
  return kubeletSettings(homelab!, homelab!.machines["pi1"]!);
}

test("kubeadm leaves the kubelet's own defaults, k3s sets thresholds of its own", async () => {
  expect(await settings("{ distribution: kubeadm }")).toEqual({
    imageGcHighPercent: 85,
    imageGcLowPercent: 80,
    imageAgeMsMin: 120_000,
    evictionHard: { memory: { value: { bytes: 104_857_600 } }, nodefs: { value: { percent: 10 } }, imagefs: { value: { percent: 15 } } },
  });
  expect((await settings("{ distribution: k3s }")).evictionHard).toEqual({
    nodefs: { value: { percent: 5 }, minimumReclaim: { percent: 10 } },
    imagefs: { value: { percent: 5 }, minimumReclaim: { percent: 10 } },
  });
});

test("arguments in the file count, a machine's after the cluster's", async () => {
  const given = await settings(
    "{ distribution: kubeadm, extraArgs: { kubelet: { image-gc-high-threshold: 70, image-gc-low-threshold: 60, minimum-image-ttl-duration: 10m } } }",
    ", kubeletArgs: { image-gc-high-threshold: 75 }",
  );
  expect(given).toMatchObject({ imageGcHighPercent: 75, imageGcLowPercent: 60, imageAgeMsMin: 600_000 });
});

test("a list of thresholds replaces the whole default; 0% switches one off; a value no kubelet takes is left out", async () => {
  const given = await settings('{ distribution: kubeadm, extraArgs: { kubelet: { eviction-hard: "memory.available<5%,nodefs.available<2Gi,imagefs.available<0%", eviction-minimum-reclaim: "nodefs.available=500Mi", image-gc-high-threshold: much } } }');
  expect(given.evictionHard).toEqual({ memory: { value: { percent: 5 } }, nodefs: { value: { bytes: 2 * 1024 ** 3 }, minimumReclaim: { bytes: 500 * 1024 ** 2 } } });
  expect(given.imageGcHighPercent).toBe(85);
});
