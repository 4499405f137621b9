/**
 * Three control planes whose API has its address from kube-vip, on lab machines, by `kubernest up` alone; then the power of the one that holds it is cut. kube-vip itself is the mirror's
 * stand-in (docs/what-was-tested.md), so that this shows what is around it: the administrator's file before and after `kubeadm init`, joining by the address, and that it moves at all.
 */
import { describe, expect, it } from "vitest";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { outageMs, whileProbing } from "./endpoint-probe.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const missing = await missingFromMirror();
const reason = (await whyNot()) ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}: npm run real-mirror fills it`);

const ADDRESS = "192.168.1.10";
const CONTROL_PLANES = ["cp1", "cp2", "cp3"];
const MACHINES = `${CONTROL_PLANES.map((name, index) => `  ${name}: { address: 192.168.1.${21 + index}, roles: [control-plane, worker] }`).join("\n")}
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
const CLUSTER = `domain: maison.example
kubernetes:
  distribution: kubeadm
  version: v1.36.3
  endpoint: { address: ${ADDRESS}, by: kube-vip }
  network: { cni: flannel, pods: 10.244.0.0/16, services: 10.96.0.0/12 }
platform: { ingress: { by: none }, metrics: false }
patches:
  # Nothing here has a volume.
  - { target: { kind: Deployment, name: local-path-provisioner }, merge: { spec: { replicas: 0 } } }
artifacts: { mirror: ${mirrorPath()} }
`;
const UP_MS = 15 * 60_000;
/** A lease of 5 s, another majority of etcd, and a busy computer. */
const MOVES_WITHIN_MS = 60_000;

describe("kube-vip before three control planes", () => {
  if (reason !== undefined) return void it("comes up on lab machines", (context) => context.skip(reason));
  const lab = new LabUnderTest("kubevip", MACHINES, CLUSTER);
  whileUp(lab);
  const holders = (): string[] => CONTROL_PLANES.filter((machine) => lab.run(`ssh -o ConnectTimeout=3 ${machine} ip -o address show`).stdout.includes(` ${ADDRESS}/`));

  it("comes up, each control plane as the right administrator, and stays as it is", () => {
    const up = lab.kubernest("up", "--yes");
    expect(up).toMatchObject({ code: 0 });
    for (const machine of CONTROL_PLANES) {
      const manifest = lab.run(`ssh ${machine} sudo cat /etc/kubernetes/manifests/kube-vip.yaml`).stdout;
      expect(manifest).toContain("path: /etc/kubernetes/admin.conf");
      expect(manifest).not.toContain("super-admin");
      // A control plane's own parts use its own API server; everybody else the address.
      expect(lab.run(`ssh ${machine} sudo grep server: /etc/kubernetes/admin.conf`).stdout).toContain(`https://${ADDRESS}:6443`);
    }
    expect(holders()).toHaveLength(1);
    expect(lab.kubernest("plan")).toMatchObject({ code: 0, stdout: "Nothing to do: everything is as the file says.\n" });
  }, UP_MS);

  it("has its address on another machine when the power of the one that holds it is cut", async () => {
    const [holder] = holders();
    const probed = await whileProbing(lab, { address: ADDRESS, port: 6443, path: "/readyz" }, MOVES_WITHIN_MS / 1000, () => void lab.lab("power", "cut", holder!));
    console.log(`the address was away for ${(outageMs(probed) / 1000).toFixed(1)} s`);
    expect(outageMs(probed)).toBeGreaterThan(0);
    expect(outageMs(probed)).toBeLessThan(MOVES_WITHIN_MS);
    expect(holders().filter((name) => name !== holder)).toHaveLength(1);
    expect(lab.lab("power", "on", holder!).code).toBe(0);
    await expect.poll(() => holders().length, { timeout: MOVES_WITHIN_MS, interval: 2_000 }).toBe(1);
  }, 5 * 60_000);

  it("lets the address go with everything else", () => {
    expect(lab.kubernest("reset", "--yes", "--allow-destroy", "all")).toMatchObject({ code: 0 });
    expect(holders()).toEqual([]);
  }, 10 * 60_000);
});
