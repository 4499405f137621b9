/**
 * Real Kubernetes on lab machines, from bare Debian, by `kubernest up` alone: a load balancer, a control plane and two workers. What the tool says of itself is not believed:
 * kubectl, systemctl and the files themselves are asked. Binaries and images are those of `npm run real-mirror`.
 */
import { describe, expect, it } from "vitest";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { mergedKubeconfig } from "./merged-kubeconfig.ts";
import { whileUp } from "./while-up.ts";

const missing = await missingFromMirror();
const reason = (await whyNot()) ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}: npm run real-mirror fills it`);

const MACHINES = `  lb1: { address: 192.168.1.11, roles: [load-balancer] }
  cp1: { address: 192.168.1.21, roles: [control-plane] }
  w1: { address: 192.168.1.31 }
  w2: { address: 192.168.1.32 }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
/** An `up` from nothing takes one to three minutes on a busy computer. */
const UP_MS = 10 * 60_000;
const CLUSTER = `domain: maison.example
kubernetes:
  distribution: kubeadm
  version: v1.36.3
  endpoint: { address: 192.168.1.11, by: haproxy, on: [lb1] }
  network: { cni: flannel, pods: 10.244.0.0/16, services: 10.96.0.0/12 }
platform: { ingress: { by: traefik } }
artifacts: { mirror: ${mirrorPath()} }
apps:
  gazette: { image: "ghcr.io/example/gazette:1.4.2", port: 80, host: gazette, replicas: 2 }
`;

describe("a small cluster", () => {
  if (reason !== undefined) return void it("comes up on lab machines", (context) => context.skip(reason));
  const lab = new LabUnderTest("cluster", MACHINES, CLUSTER);
  const kubectl = (args: string): string => lab.run(`ssh cp1 "sudo kubectl --kubeconfig /etc/kubernetes/admin.conf ${args}"`).stdout;
  whileUp(lab);

  it("is planned before anything happens", () => {
    const { code, stdout, stderr } = lab.kubernest("plan", "--brief");
    expect(stderr).not.toContain("→");
    expect(code).toBe(2);
    expect(stdout).toContain("begin the cluster (kubeadm init)");
    expect(lab.run("ssh cp1 'ls /usr/local/bin; cat /etc/hosts'").stdout).not.toMatch(/kubelet|kubernest/);
  });

  it("is not built without a word of approval", () => {
    expect(lab.kubernest("up")).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") as string });
  });

  it("comes up", () => {
    const { code, stderr } = lab.kubernest("up", "--yes");
    expect(stderr).toContain("Done in");
    expect(code).toBe(0);
    const nodes = JSON.parse(kubectl("get nodes -o json")) as { items: { metadata: { name: string }; status: { nodeInfo: { kubeletVersion: string; containerRuntimeVersion: string }; conditions: { type: string; status: string }[] } }[] };
    expect(nodes.items.map(({ metadata, status }) => [metadata.name, status.nodeInfo.kubeletVersion, status.nodeInfo.containerRuntimeVersion, status.conditions.find(({ type }) => type === "Ready")?.status])).toEqual([
      ["cp1", "v1.36.3", "containerd://2.3.7", "True"],
      ["w1", "v1.36.3", "containerd://2.3.7", "True"],
      ["w2", "v1.36.3", "containerd://2.3.7", "True"],
    ]);
  }, UP_MS);

  it("serves the app through its Service and its ingress", () => {
    const page = lab.run("for i in $(seq 60); do curl -sf --max-time 5 --resolve gazette.maison.example:80:192.168.1.31 http://gazette.maison.example/ && exit 0; sleep 1; done; exit 1");
    expect(page.code).toBe(0);
    // The page names the pod that answers.
    expect(page.stdout).toMatch(/gazette-[0-9a-z]+-[0-9a-z]+/);
    const service = kubectl("-n gazette get service gazette -o jsonpath={.spec.clusterIP}");
    const pods = lab.run(`ssh w1 "for i in $(seq 20 | tr '\\n' ' '); do curl -sf --max-time 5 http://${service}/; done"`).stdout.match(/gazette-[0-9a-z]+-[0-9a-z]+/g) ?? [];
    expect(new Set(pods).size).toBe(2);
  });

  it("is prepared as the machines themselves say", () => {
    const said = lab.run(`ssh w1 'sudo sh -c "hostname; wc -l </proc/swaps; sysctl -n net.ipv4.ip_forward; getent hosts cp1; systemctl is-active containerd kubelet; /usr/local/sbin/runc --version | head -n 1; stat -c %a /etc/kubernetes/kubelet.conf"'`).stdout;
    expect(said.trim().split("\n")).toEqual(["w1", "1", "1", expect.stringMatching(/^192\.168\.1\.21\s+cp1/), "active", "active", expect.stringContaining("1.4.3"), "600"]);
  });

  it("is one more context in the kubeconfig of who has another cluster of its name", () => {
    const { theirs, merge, again, contexts, current, nodes, text, mode, kept } = mergedKubeconfig(lab);
    expect(merge).toMatchObject({ code: 0, stderr: expect.stringContaining(`Another cluster is called ${lab.name} there: this one is ${lab.name}-2.`) as string });
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("has it already") as string });
    expect({ contexts, current, nodes, mode, kept }).toEqual({ contexts: [lab.name, `${lab.name}-2`], current: lab.name, nodes: ["node/cp1", "node/w1", "node/w2"], mode: 0o600, kept: [theirs] });
    expect(text).toMatch(/^# by hand\n/);
  });

  it("has nothing more to do, twice", () => {
    expect(lab.kubernest("plan")).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing to do") as string });
    lab.done("up", "--yes");
  });

  // All at once, which is quicker; one by one in mended.lab.ts and k3s.lab.ts.
  it("mends what was changed by hand on its machines, and that alone", () => {
    const byHand: readonly (readonly [machine: string, command: string, wanted: string])[] = [
      ["w1", "echo net.ipv4.ip_forward=0 >/etc/sysctl.d/90-kubernest.conf", "write /etc/sysctl.d/90-kubernest.conf"],
      ["w1", "sysctl -q -w net.ipv4.ip_forward=0", "set net.ipv4.ip_forward"],
      ["w2", "sed -i s/192.168.1.21/192.168.1.99/ /etc/hosts", "write the machines' names into /etc/hosts"],
      ["w2", "echo >>/usr/local/bin/kubectl", "install kubectl v1.36.3"],
      ["lb1", "systemctl stop haproxy", "start haproxy"],
      ["lb1", "echo >>/etc/haproxy/haproxy.cfg", "write /etc/haproxy/haproxy.cfg"],
    ];
    for (const machine of ["w1", "w2", "lb1"]) expect(lab.run(`ssh ${machine} sudo sh -e <<'END'\n${byHand.flatMap(([of, command]) => (of === machine ? [command] : [])).join("\n")}\nEND`).code).toBe(0);
    expect(changesOf(lab.kubernest("plan", "-o", "json").stdout).sort()).toEqual(byHand.map(([machine, , wanted]) => `${machine}: ${wanted}`).sort());
    lab.done("up", "--yes");
    lab.done("plan");
    expect(lab.run("ssh w1 cat /proc/sys/net/ipv4/ip_forward; ssh w2 getent hosts cp1; ssh lb1 systemctl is-active haproxy").stdout).toMatch(/^1\n192\.168\.1\.21 .*\nactive\n$/);
  }, UP_MS);

  it("takes a machine back that was reset alone", () => {
    lab.done("reset", "w2", "--yes", "--allow-destroy", "w2");
    expect(changesOf(lab.kubernest("plan", "-o", "json").stdout)).toContain("cp1: let w2 join");
    lab.done("up", "--yes");
    expect(kubectl("get nodes")).toMatch(/^w2 +Ready /m);
    lab.done("plan");
  }, UP_MS);

  it("keeps an app that left the file until somebody wants it gone", () => {
    lab.write(MACHINES, CLUSTER.slice(0, CLUSTER.indexOf("apps:")));
    expect(lab.kubernest("plan")).toMatchObject({ code: 2, stdout: expect.stringContaining("Namespace gazette") as string });
    expect(lab.done("up", "--yes").stderr).toContain("kubernest up --prune");
    expect(kubectl("-n gazette get deployment gazette -o jsonpath={.status.readyReplicas}")).toBe("2");
    lab.done("up", "--yes", "--prune");
    expect(kubectl("get namespaces -o name")).not.toContain("gazette");
    expect(kubectl("-n kube-system get deployment coredns -o jsonpath={.status.readyReplicas}")).toBe("2");
    lab.done("plan");
  }, UP_MS);

  it("is taken away", () => {
    expect(lab.done("reset", "--yes", "--allow-destroy", "all").stderr).toContain("nothing of ours is there any more");
    const left = lab.run("for m in cp1 w1; do ssh $m 'ls -d /etc/kubernetes /var/lib/kubelet /usr/local/bin/kube* /etc/systemd/system/kubelet.service /var/lib/kubernest 2>/dev/null; grep -c kubernest /etc/hosts; sudo iptables-save | grep -c KUBE-; ip -br link | grep -c -e cni0 -e flannel; pgrep -c containerd'; done").stdout;
    expect(left.trim().split("\n")).toEqual(Array.from({ length: 8 }, () => "0"));
  }, UP_MS);
});

/** `MACHINE: what is done`, in the order of a plan's JSON. */
function changesOf(plan: string): string[] {
  const { stages } = JSON.parse(plan) as { stages: { machines: { machine: string; changes: { summary: string }[] }[] }[] };
  return stages.flatMap(({ machines }) => machines).flatMap(({ machine, changes }) => changes.map(({ summary }) => `${machine}: ${summary}`));
}
