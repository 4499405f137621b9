/**
 * A cluster that outlives its parts, on lab machines, by `kubernest` alone: three control planes with stacked etcd, two workers, the API's address on two load balancers.
 * It is built from bare Debian; then its parts are cut off and put back, taken out, added and replaced, the first control plane too. What the tool says of itself is not
 * believed: kubectl, etcdctl and the machines are asked. Nine machines' worth of work on one computer: `npm run test:ha`, for itself.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cachedPath } from "../real/binaries.ts";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { KUBECTL } from "../real/versions.ts";
import { outageMs, whileProbing } from "./endpoint-probe.ts";
import { LabUnderTest, type LabRun, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const missing = await missingFromMirror();
const reason = (await whyNot()) ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}: npm run real-mirror fills it`);

const ADDRESS = "192.168.10.10";
const ENDPOINT = { address: ADDRESS, port: 6443, path: "/readyz" };
/** Two have host names of their own: the cluster knows them by these. */
const MACHINES = `  lb1: { address: 192.168.10.11 } # in the rack
  lb2: { address: 192.168.10.12 }
  cp1: { address: 192.168.10.21, roles: [control-plane], hostname: cours-1 }
  cp2: { address: 192.168.10.22, roles: [control-plane], hostname: cours-2 }
  cp3: { address: 192.168.10.23, roles: [control-plane] }
  w1: { address: 192.168.10.31 }
  w2: { address: 192.168.10.32, labels: { disk: fast } } # the new one
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
const CLUSTER = `domain: maison.example
site:
  switch: { kind: switch, connects: [lb1, lb2, cp1, cp2, cp3, w1, w2] }
kubernetes:
  distribution: kubeadm
  version: v1.36.3
  endpoint: { address: ${ADDRESS}, by: haproxy, on: [lb1, lb2] }
  network: { cni: flannel, pods: 10.244.0.0/16, services: 10.96.0.0/12 }
platform: { ingress: { by: traefik }, metrics: false }
patches:
  # Nothing here has a volume.
  - { target: { kind: Deployment, name: local-path-provisioner }, merge: { spec: { replicas: 0 } } }
artifacts: { mirror: ${mirrorPath()} }
apps:
  gazette: { image: "ghcr.io/example/gazette:1.4.2", port: 80, host: gazette, replicas: 2 }
`;
const NODES = ["cours-1", "cours-2", "cp3", "w1", "w2"];
/** From the first connection to all nodes Ready. */
const READY_MS_MAX = 180_000;
const POWER_CUT_MS_MAX = 4_000;
const PLANNED_STOP_MS_MAX = 1_000;
/** Of a DNS answer over TCP: its length, and what comes before its first question. */
const FRAME_AND_HEADER_BYTES = 2 + 12;
const STEP_MS = 10 * 60_000;
const UP_MS = 20 * 60_000;
const SETTLES_MS = 4 * 60_000;

describe("a cluster of three control planes", () => {
  if (reason !== undefined) return void it("comes up on lab machines", (context) => context.skip(reason));
  const lab = new LabUnderTest("cours", MACHINES, CLUSTER, "", "192.168.10.0/24");
  const own = mkdtempSync(join(tmpdir(), "kubernest-kubeconfig-"));
  const kubeconfig = join(own, "config");
  const kubectl = (args: string): string => {
    const { code, stdout, stderr } = lab.run(`${cachedPath(KUBECTL.component, KUBECTL.name)} --kubeconfig ${kubeconfig} --request-timeout=20s ${args}`);
    if (code !== 0) throw new Error(`kubectl ${args}: ${stderr}`);
    return stdout;
  };
  const say = (text: string): void => console.log(`${text} (load ${loadavg()[0]!.toFixed(0)})`);
  const taking = (what: string, perform: () => LabRun): LabRun => {
    const beganMs = Date.now();
    const run = perform();
    say(`${what}: ${((Date.now() - beganMs) / 1000).toFixed(0)} s`);
    return run;
  };
  /** Nodes by name: ready, and since when. */
  const nodes = (): Record<string, { isReady: boolean; sinceMs: number }> =>
    Object.fromEntries((JSON.parse(kubectl("get nodes -o json")) as { items: { metadata: { name: string }; status: { conditions: { type: string; status: string; lastTransitionTime: string }[] } }[] }).items.map(({ metadata, status }) => {
      const ready = status.conditions.find(({ type }) => type === "Ready");
      return [metadata.name, { isReady: ready?.status === "True", sinceMs: Date.parse(ready?.lastTransitionTime ?? "") }];
    }));
  const untilNodes = async (isAsWanted: (all: ReturnType<typeof nodes>) => boolean): Promise<void> => {
    const endMs = Date.now() + SETTLES_MS;
    let last: string;
    for (;;) {
      try {
        const all = nodes();
        if (isAsWanted(all)) return;
        last = JSON.stringify(all);
      } catch (error) {
        last = (error as Error).message;
      }
      if (Date.now() > endMs) throw new Error(`the nodes are not as wanted: ${last}`);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  };
  const areReady = (names: readonly string[]) => (all: ReturnType<typeof nodes>) => names.length === Object.keys(all).length && names.every((name) => all[name]?.isReady === true);
  /** `started NAME`, asked of etcd itself. */
  const members = (of: string): string[] =>
    kubectl(`-n kube-system exec etcd-${of} -c etcd -- etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key member list`)
      .trim().split("\n").map((line) => line.split(", ")).map(([, state, name, , , isLearner]) => `${state} ${name}${isLearner === "true" ? " (learner)" : ""}`).sort();
  const page = (machine: string): LabRun => lab.run(`for i in $(seq 60); do curl -sf --max-time 5 --resolve gazette.maison.example:80:${machine} http://gazette.maison.example/ && exit 0; sleep 1; done; exit 1`);
  const holders = (): string[] => ["lb1", "lb2"].filter((name) => lab.run(`ssh -o ConnectTimeout=3 ${name} ip -4 -o address`).stdout.includes(` ${ADDRESS}/32 `));
  const nothingToDo = (): void => expect(lab.kubernest("plan")).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing to do") as string });
  const file = (): string => readFileSync(lab.file, "utf8");

  whileUp(lab);
  afterAll(() => {
    rmSync(own, { recursive: true, force: true });
  });

  let readyMs = Number.NaN;

  it("comes up from bare Debian", () => {
    const beganMs = Date.now();
    const { code, stderr } = taking("up, with the apps", () => lab.kubernest("up", "--yes"));
    expect(stderr).toContain("Done in");
    expect(code).toBe(0);
    lab.done("kubeconfig", "-o", kubeconfig);
    const all = nodes();
    expect(areReady(NODES)(all), JSON.stringify(all)).toBe(true);
    readyMs = Math.max(...Object.values(all).map(({ sinceMs }) => sinceMs)) - beganMs;
    say(`all nodes Ready after ${(readyMs / 1000).toFixed(0)} s`);
    expect(members("cours-1")).toEqual(["started cours-1", "started cours-2", "started cp3"]);
  }, UP_MS);

  it("serves an app of two replicas through its Service, its name and its ingress", () => {
    expect(page("192.168.10.31").stdout).toMatch(/gazette-[0-9a-z]+-[0-9a-z]+/);
    const service = kubectl("-n gazette get service gazette -o jsonpath={.spec.clusterIP}");
    const pods = lab.run(`ssh w1 "for i in $(seq 20 | tr '\\n' ' '); do curl -sf --max-time 5 http://${service}/; done"`).stdout.match(/gazette-[0-9a-z]+-[0-9a-z]+/g) ?? [];
    expect(new Set(pods).size).toBe(2);
    expect(resolved("gazette.gazette.svc.cluster.local", "10.96.0.10")).toBe(service);
    expect(kubectl("-n kube-system get deployment coredns -o jsonpath={.status.readyReplicas}")).toBe("2");
  });

  it("has nothing more to do, and says that all is well", () => {
    nothingToDo();
    const { code, stdout } = lab.kubernest("status");
    expect(stdout).toContain("All is well");
    expect(code).toBe(0);
  });

  it("keeps its address when a load balancer loses power, and when one is stopped", async () => {
    const [holder = ""] = holders();
    const cut = await whileProbing(lab, ENDPOINT, 15, () => void lab.lab("power", "cut", holder));
    say(`power cut of ${holder}: the address was away for ${outageMs(cut)} ms`);
    expect(outageMs(cut)).toBeLessThanOrEqual(POWER_CUT_MS_MAX);
    expect(holders()).toEqual([holder === "lb1" ? "lb2" : "lb1"]);
    const back = await whileProbing(lab, ENDPOINT, 15, () => void lab.lab("power", "on", holder));
    expect(back.outages).toEqual([]);
    const [other = ""] = holders();
    const stopped = await whileProbing(lab, ENDPOINT, 10, () => void lab.run(`ssh ${other} sudo systemctl stop keepalived`));
    say(`planned stop of ${other}: the address was away for ${outageMs(stopped)} ms`);
    expect(outageMs(stopped)).toBeLessThanOrEqual(PLANNED_STOP_MS_MAX);
    expect(holders()).toEqual([holder]);
    lab.done("up", "--yes");
    nothingToDo();
  }, STEP_MS);

  it("outlives a control plane and a worker that lose power, and takes them back", async () => {
    lab.lab("power", "cut", "cp2", "w2");
    await untilNodes((all) => all["cours-2"]?.isReady === false && all["w2"]?.isReady === false);
    expect(areReady(["cours-1", "cp3", "w1"])(Object.fromEntries(Object.entries(nodes()).filter(([, { isReady }]) => isReady)))).toBe(true);
    expect(page("192.168.10.31").code).toBe(0);
    const status = lab.kubernest("status");
    expect(status.code).toBe(1);
    expect(status.stdout).toContain("2 of 3 members are well");
    // A second one must not go now, and the tool says why.
    const refused = lab.kubernest("node", "remove", "cp3", "--yes", "--allow-destroy", "cp3");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("without cp3, 1 of 2 etcd members would be well") as string });
    expect(nodes()["cp3"]?.isReady).toBe(true);
    lab.lab("power", "on", "cp2", "w2");
    await untilNodes(areReady(NODES));
    nothingToDo();
  }, STEP_MS);

  it("lets a worker go, and takes it again", async () => {
    const before = file();
    const { code, stdout } = taking("node remove w2", () => lab.kubernest("node", "remove", "w2", "--yes", "--allow-destroy", "w2"));
    expect(code).toBe(0);
    expect(stdout).toContain("-  w2: { address: 192.168.10.32, labels: { disk: fast } } # the new one");
    expect(file()).toBe(before.replace(/ {2}w2: .*\n/, "").replace(", w1, w2]", ", w1]"));
    expect(Object.keys(nodes()).sort()).toEqual(NODES.filter((name) => name !== "w2"));
    expect(lab.run("ssh w2 'ls -d /etc/kubernetes /var/lib/kubelet /usr/local/bin/kubelet 2>/dev/null; pgrep -c containerd'").stdout.trim()).toBe("0");
    const added = taking("node add w2", () => lab.kubernest("node", "add", "w2", "--address", "192.168.10.32", "--like", "w1", "--yes"));
    expect(added.stderr).toContain("Done in");
    expect(added.code).toBe(0);
    expect(file()).toBe(before.replace(/ {2}w2: .*\n/, "  w2: { address: 192.168.10.32 }\n"));
    await untilNodes(areReady(NODES));
    nothingToDo();
  }, STEP_MS);

  it("does not let a control plane with a fresh disk join beside its old self; replaces it, the first one too", async () => {
    expect(lab.lab("reset", "cp1").code).toBe(0);
    expect(lab.kubernest("up", "--yes")).toMatchObject({ code: 1, stderr: expect.stringContaining("kubernest node replace cp1") as string });
    const replaced = taking("node replace cp1, its disk wiped", () => lab.kubernest("node", "replace", "cp1", "--yes", "--allow-destroy", "cp1"));
    expect(replaced.stderr).toContain("Done in");
    expect(replaced.code).toBe(0);
    await untilNodes(areReady(NODES));
    expect(members("cours-1")).toEqual(["started cours-1", "started cours-2", "started cp3"]);
    nothingToDo();
  }, STEP_MS);

  it("replaces a control plane that is dead: out first, and in when the new one answers", async () => {
    lab.lab("power", "cut", "cp2");
    const dead = taking("node replace cp2, which is dead", () => lab.kubernest("node", "replace", "cp2", "--yes", "--allow-destroy", "cp2"));
    expect(dead).toMatchObject({ code: 1, stderr: expect.stringContaining("it has not joined anew, as it does not answer") as string });
    expect(members("cours-1")).toEqual(["started cours-1", "started cp3"]);
    expect(Object.keys(nodes())).not.toContain("cours-2");
    lab.lab("reset", "cp2");
    lab.lab("power", "on", "cp2");
    expect(taking("up, with the new cp2", () => lab.kubernest("up", "--yes"))).toMatchObject({ code: 0 });
    await untilNodes(areReady(NODES));
    expect(members("cours-2")).toEqual(["started cours-1", "started cours-2", "started cp3"]);
  }, STEP_MS);

  it("replaces one that is well", async () => {
    const credentials = (): string => lab.run("ssh cp3 sudo sha256sum /etc/kubernetes/pki/etcd/server.crt").stdout.split(" ")[0]!;
    const before = credentials();
    expect(taking("node replace cp3, which is well", () => lab.kubernest("node", "replace", "cp3", "--yes", "--allow-destroy", "cp3"))).toMatchObject({ code: 0 });
    await untilNodes(areReady(NODES));
    expect(members("cp3")).toEqual(["started cours-1", "started cours-2", "started cp3"]);
    expect(credentials()).not.toBe(before);
    expect(page("192.168.10.31").code).toBe(0);
    nothingToDo();
  }, STEP_MS);

  it("is taken away", () => {
    expect(taking("reset", () => lab.kubernest("reset", "--yes", "--allow-destroy", "all"))).toMatchObject({ code: 0, stderr: expect.stringContaining("nothing of ours is there any more") as string });
    const left = lab.run(`for m in lb1 cp1 cp2 w1; do ssh $m "ls -d /etc/kubernetes /var/lib/etcd /var/lib/kubelet /usr/local/bin/kube* /var/lib/kubernest 2>/dev/null; ip -br link | grep -c -e cni0 -e flannel; pgrep -c 'containerd|keepalived|haproxy'"; done`).stdout;
    expect(left.trim().split("\n")).toEqual(Array.from({ length: 8 }, () => "0"));
  }, STEP_MS);

  // Last, so that a computer with much else to do shows all the rest.
  it("had all nodes Ready within three minutes of the first connection", () => {
    expect(readyMs).toBeLessThanOrEqual(READY_MS_MAX);
  });

  /** The address of a name, asked of the cluster's DNS over TCP from a node, in the wire's own form. */
  function resolved(name: string, server: string): string {
    const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
    const query = Buffer.concat([Buffer.from("000101000001000000000000", "hex"), ...labels, Buffer.from("0000010001", "hex")]);
    const framed = Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]).toString("base64");
    // cat, not head: what head has read is lost with it when its time is up.
    const { stdout, stderr } = lab.run(`ssh w1 "bash -c 'exec 3<>/dev/tcp/${server}/53; echo ${framed} | base64 -d >&3; timeout 3 cat <&3 | base64 -w0'"`);
    const answer = Buffer.from(stdout, "base64");
    if (answer.length < FRAME_AND_HEADER_BYTES) throw new Error(`${server} gave no whole answer for ${name}: ${stdout} ${stderr}`);
    // The only record is the last: four bytes of address at its end.
    return answer.readUInt16BE(8) === 0 ? "" : [...answer.subarray(-4)].join(".");
  }
});
