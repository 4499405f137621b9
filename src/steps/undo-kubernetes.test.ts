/** What goes with Kubernetes beside its own files: the API's address that kube-vip leaves behind, and CRI-O. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { needsUserland } from "../../test/userland.ts";
import type { Change } from "./change.ts";
import type { Decision, Want } from "./step.ts";
import { BARE_DEBIAN, file } from "./testing/fake-machine.ts";
import { undoContainerRuntime } from "./undo-container-runtime.ts";
import { undoKubernetes } from "./undo-kubernetes.ts";

needsUserland();

const want = (endpoint: object): Want => ({ homelab: { kubernetes: { endpoint } } }) as unknown as Want;
const holding = (...addresses: string[]): MachineFacts => ({ ...BARE_DEBIAN, network: { ...BARE_DEBIAN.network, interfaces: [{ name: "eth0", mac: undefined, isUp: true, isVirtual: false, addresses: ["192.168.1.12/24", ...addresses] }] } });
const scripts = (decision: Decision): string[] => (decision as readonly Change[]).flatMap(({ run }) => run.flatMap((action) => (action.do === "script" ? [action.script.text] : [])));

describe("the API's address", () => {
  const kubeVip = want({ by: "kube-vip", address: "192.168.1.10" });

  it("is taken off the machine that kube-vip left it on, and off no other", () => {
    expect(scripts(undoKubernetes.decide(holding("192.168.1.10/32"), kubeVip))).toEqual(["ip address delete 192.168.1.10/32 dev eth0 2>/dev/null || :"]);
    expect(undoKubernetes.decide(holding(), kubeVip)).toEqual([]);
    // Another that only begins so.
    expect(undoKubernetes.decide(holding("192.168.1.100/32"), kubeVip)).toEqual([]);
  });

  it("stays where something else carries it", () => {
    expect(undoKubernetes.decide(holding("192.168.1.10/32"), want({ by: "haproxy", address: "192.168.1.10" }))).toEqual([]);
  });
});

describe("CRI-O", () => {
  const ours = file("# kubernest\n[Unit]\n");
  const program = { ...file(""), mode: "0755", content: undefined };

  it("goes with its images when it is ours, and what a package brought stays", () => {
    const files = { "/etc/systemd/system/crio.service": ours, "/usr/local/bin/crio": program, "/etc/crio": { kind: "directory", mode: "0755", owner: "root:root" } as const };
    const [change, ...others] = undoContainerRuntime.decide({ ...BARE_DEBIAN, files }, want({ by: "machine" })) as readonly Change[];
    expect([change!.summary, change!.risk, others]).toEqual(["take CRI-O away, with its images and containers", "destroys", []]);
    const [script] = scripts([change!]);
    expect(script).toContain("rm -rf -- /etc/systemd/system/crio.service /etc/containers/registries.conf.d/90-kubernest.conf /usr/local/bin/crio /etc/crio\n");
    expect(spawnSync("sh", ["-n"], { input: script }).status).toBe(0);
    expect(undoContainerRuntime.decide({ ...BARE_DEBIAN, files: { ...files, "/etc/systemd/system/crio.service": file("[Unit]\n") } }, want({ by: "machine" }))).toEqual([]);
  });
});
