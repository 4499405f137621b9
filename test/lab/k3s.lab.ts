/**
 * k3s on lab machines, from bare Debian, by `kubernest up` alone: the gazette of examples/gazette, and three servers that share etcd. The program is k3s' release where the
 * mirror has it, else the stand-in of test/real/k3s-double, and what the tool says of itself is not believed: kubectl, systemctl and the files themselves are asked.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { K3S_VERSION, missingK3s } from "../real/k3s-double.ts";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { mergedKubeconfig } from "./merged-kubeconfig.ts";
import { whileUp } from "./while-up.ts";

const missing = [...(await missingK3s(mirrorPath())), ...(await missingFromMirror())];
const reason = (await whyNot()) ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}: npm run real-mirror fills it`);

const UP_MS = 12 * 60_000;
const MACHINE = "{ hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: pi }, os: { name: debian, version: 12 } }";

class K3sLab extends LabUnderTest {
  kubectl(machine: string, args: string): string {
    return this.run(`ssh ${machine} "sudo k3s kubectl ${args.replaceAll('"', '\\"')}"`).stdout;
  }
  /** `[machine, summary]` of each change that a plan has on machines. */
  planned(): [string, string][] {
    const plan = JSON.parse(this.kubernest("plan", "-o", "json").stdout) as { stages: { machines: { machine: string; changes: { summary: string }[] }[] }[] };
    return plan.stages.flatMap(({ machines }) => machines).flatMap(({ machine, changes }) => changes.map(({ summary }): [string, string] => [machine, summary]));
  }
  ready(machine: string): [string, string, string | undefined][] {
    const nodes = JSON.parse(this.kubectl(machine, "get nodes -o json")) as { items: { metadata: { name: string; labels: Record<string, string> }; status: { conditions: { type: string; status: string }[] } }[] };
    return nodes.items.map(({ metadata, status }) => [metadata.name, metadata.labels["node-role.kubernetes.io/control-plane"] === "true" ? "server" : "agent", status.conditions.find(({ type }) => type === "Ready")?.status]);
  }
}

/** Keys of the secrets file that `up` makes are the lab's own, and not the user's. */
function ownKeys(lab: LabUnderTest): void {
  process.env["SOPS_AGE_KEY_FILE"] = join(lab.directory, "keys.txt");
}

describe("the gazette", () => {
  if (reason !== undefined) return void it("answers on three lab machines of k3s", (context) => context.skip(reason));
  // The example itself, but for what a lab cannot be: Raspberry Pis with their images, and a version that the mirror has.
  const example = readFileSync(join(import.meta.dirname, "../../examples/gazette/homelab.yaml"), "utf8");
  const changed = example
    .replace(/machineDefaults:\n(?: .*\n)+/, `machineDefaults: ${MACHINE}\n`)
    .replace("version: v1.36.1+k3s1", `version: ${K3S_VERSION}`)
    .replace(/\n {4}architectures: .*/, "");
  const lab = new K3sLab("gazette", "", "");
  ownKeys(lab);
  beforeAll(() => {
    expect(changed).not.toMatch(/raspberry|architectures|v1\.36\.1/);
    lab.writeWhole(`${changed}\nartifacts: { mirror: ${mirrorPath()} }\n`);
  });
  whileUp(lab);
  beforeAll(() => {
    expect(lab.kubernestFed("not-a-token", "secret", "set", "ghcr-token").code).toBe(0);
  });

  it("is planned before anything happens, unit and configuration shown", () => {
    const { code, stdout, stderr } = lab.kubernest("plan");
    expect(stderr).not.toContain("→");
    expect(code).toBe(2);
    expect(stdout).toContain("ExecStart=/usr/local/bin/k3s agent");
    expect(stdout).toContain("server: https://192.168.1.11:6443");
    expect(lab.run("ssh pi1 'ls /usr/local/bin /etc/rancher 2>/dev/null'").stdout).not.toMatch(/k3s/);
  });

  it("comes up", () => {
    const { code, stderr } = lab.kubernest("up", "--yes");
    expect(stderr).toContain("Done in");
    expect(code).toBe(0);
    expect(lab.ready("pi1")).toEqual([["pi1", "server", "True"], ["pi2", "agent", "True"], ["pi3", "agent", "True"]]);
    console.log(lab.run("ssh pi1 k3s --version").stdout.trim(), "-", /Done in [^\n]*/.exec(stderr)?.[0]);
  }, UP_MS);

  it("answers through the ingress of any machine, and by https alone", () => {
    for (const address of ["192.168.1.11", "192.168.1.13"]) {
      const page = lab.run(`for i in $(seq 60); do curl -skf --max-time 5 --resolve gazette.maison.example:443:${address} https://gazette.maison.example/ && exit 0; sleep 1; done; exit 1`);
      expect(page.stdout).toMatch(/Served by gazette-[0-9a-z]+-[0-9a-z]+/);
    }
    expect(lab.run("curl -s -o /dev/null -w '%{http_code} %{redirect_url}' --resolve gazette.maison.example:80:192.168.1.12 http://gazette.maison.example/").stdout).toMatch(/^30[18] https:\/\/gazette\.maison\.example\/$/);
  });

  it("keeps secrets to root, and out of every argument", () => {
    const token = lab.run("ssh pi1 sudo cat /etc/rancher/k3s/token").stdout.trim();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(lab.run("ssh pi2 sudo cat /etc/rancher/k3s/token").stdout.trim()).toMatch(new RegExp(`^K10[0-9a-f]{64}::server:${token}$`));
    expect(lab.run("ssh pi2 'sudo stat -c %a /etc/rancher/k3s/token /etc/rancher/k3s/config.yaml /etc/rancher/k3s/registries.yaml'").stdout.trim().split("\n")).toEqual(["600", "600", "600"]);
    expect(lab.run("for m in pi1 pi2 pi3; do ssh $m 'sudo cat /proc/[0-9]*/cmdline' | tr '\\0' ' '; done").stdout).not.toContain(token);
  });

  it("is one more context in the kubeconfig of who has another cluster of its name", () => {
    const { theirs, merge, again, contexts, current, nodes, text, mode, kept } = mergedKubeconfig(lab);
    expect(merge).toMatchObject({ code: 0, stderr: expect.stringContaining(`Another cluster is called ${lab.name} there: this one is ${lab.name}-2.`) as string });
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("has it already") as string });
    expect({ contexts, current, nodes, mode, kept }).toEqual({ contexts: [lab.name, `${lab.name}-2`], current: lab.name, nodes: ["node/pi1", "node/pi2", "node/pi3"], mode: 0o600, kept: [theirs] });
    expect(text).toMatch(/^# by hand\n/);
  });

  it("has nothing more to do, twice", () => {
    const plan = lab.kubernest("plan");
    expect(plan.stdout).toContain("Nothing to do");
    expect(plan.code).toBe(0);
    lab.done("up", "--yes");
  });

  it("is well, as status sees it, but for the certificates that a lab does not get", () => {
    const { stdout } = lab.kubernest("status");
    expect(stdout).not.toMatch(/on port \d+:|is not ready|is no node/);
  });

  it.each([
    ["its configuration", "pi2", "sudo sh -c 'echo debug: true >>/etc/rancher/k3s/config.yaml'", ["write /etc/rancher/k3s/config.yaml", "restart k3s-agent"]],
    ["the server's", "pi1", "sudo sh -c 'echo debug: true >>/etc/rancher/k3s/config.yaml'", ["write /etc/rancher/k3s/config.yaml", "restart k3s"]],
    ["its unit", "pi3", "sudo sed -i s/RestartSec=5s/RestartSec=6s/ /etc/systemd/system/k3s-agent.service", ["write /etc/systemd/system/k3s-agent.service", "restart k3s-agent"]],
    ["its token's mode", "pi3", "sudo chmod 644 /etc/rancher/k3s/token", ["write /etc/rancher/k3s/token", "restart k3s-agent"]],
    ["its program", "pi2", "sudo sh -c 'cp -p /usr/local/bin/k3s /usr/local/bin/k3s.new; echo >>/usr/local/bin/k3s.new; mv /usr/local/bin/k3s.new /usr/local/bin/k3s'", [`install k3s ${K3S_VERSION}`]],
    ["its service", "pi3", "sudo systemctl disable --now k3s-agent", ["start k3s-agent"]],
  ])("mends %s that was changed by hand, and that alone", (_what, machine, byHand, wanted) => {
    expect(lab.run(`ssh ${machine} "${byHand.replaceAll('"', '\\"')}"`).code).toBe(0);
    expect(lab.planned()).toEqual(wanted.map((summary) => [machine, summary]));
    lab.done("up", "--yes");
    lab.done("plan");
  }, UP_MS);

  it("takes a machine back that was reset alone", () => {
    lab.done("reset", "pi3", "--yes", "--allow-destroy", "pi3");
    expect(lab.planned()).toContainEqual(["pi1", "let pi3 join"]);
    lab.done("up", "--yes");
    expect(lab.ready("pi1")).toContainEqual(["pi3", "agent", "True"]);
  }, UP_MS);

  it("lets go of an app that left the file", () => {
    const apps = changed.indexOf("\napps:");
    lab.writeWhole(`${changed.slice(0, apps)}\nartifacts: { mirror: ${mirrorPath()} }\n`);
    expect(lab.done("up", "--yes").stderr).toContain("kubernest up --prune");
    expect(lab.kubectl("pi1", "get namespaces -o name")).toContain("gazette");
    lab.done("up", "--yes", "--prune");
    expect(lab.kubectl("pi1", "get namespaces -o name")).not.toContain("gazette");
    lab.done("plan");
    lab.writeWhole(`${changed}\nartifacts: { mirror: ${mirrorPath()} }\n`);
    lab.done("up", "--yes");
  }, UP_MS);

  it("is taken away, and comes up again", () => {
    const reset = lab.kubernest("reset", "--yes", "--allow-destroy", "all");
    expect(reset.stderr).toContain("nothing of ours is there any more");
    const left = lab.run("for m in pi1 pi2; do ssh $m 'ls -d /etc/rancher /var/lib/rancher/k3s /var/lib/kubelet /usr/local/bin/k3s /usr/local/bin/kubectl /etc/systemd/system/k3s* /var/lib/kubernest /run/k3s 2>/dev/null; sudo iptables-save | grep -c -e KUBE- -e CNI- -e FLANNEL; ip -br link | grep -c -e cni0 -e flannel -e veth; pgrep -c \"containerd|nginx|traefik|k3s\"'; done").stdout;
    expect(left.trim().split("\n")).toEqual(Array.from({ length: 6 }, () => "0"));
    lab.done("up", "--yes");
    expect(lab.ready("pi1").every(([, , ready]) => ready === "True")).toBe(true);
  }, UP_MS);
});

describe("three servers", () => {
  if (reason !== undefined) return void it("share etcd on lab machines", (context) => context.skip(reason));
  const file = (servers: readonly string[], more = ""): string => `name: forge
lan: 192.168.1.0/24
machines:
${servers.map((name) => `  ${name}: { address: 192.168.1.2${name.slice(1)}, roles: [control-plane, worker] }`).join("\n")}
machineDefaults: ${MACHINE}
kubernetes: { distribution: k3s, version: ${K3S_VERSION}${more} }
platform: { ingress: { by: none }, metrics: false }
artifacts: { mirror: ${mirrorPath()} }
`;
  const lab = new K3sLab("forge", "", "");
  ownKeys(lab);
  const members = (machine: string): string[] => lab.kubectl(machine, "get nodes -l node-role.kubernetes.io/etcd=true -o name").trim().split("\n").sort();
  beforeAll(() => {
    lab.writeWhole(file(["s1", "s2", "s3"]));
  });
  whileUp(lab);

  it("share etcd", () => {
    lab.done("up", "--yes");
    expect(lab.ready("s3")).toEqual(["s1", "s2", "s3"].map((name) => [name, "server", "True"]));
    expect(members("s2")).toEqual(["node/s1", "node/s2", "node/s3"]);
    lab.done("plan");
  }, UP_MS);

  it("are started anew one after the other for a new setting", () => {
    lab.writeWhole(file(["s1", "s2", "s3"], ", kubelet: { maxPods: 90 }"));
    const { code } = lab.kubernest("up", "--yes");
    expect(code).toBe(0);
    const spans = ["s1", "s2", "s3"].map((name) => lab.run(`ssh ${name} "systemctl show k3s -p InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic --value"`).stdout.trim().split("\n").map(Number));
    for (const span of spans) expect(Math.min(...span)).toBeGreaterThan(0);
    // Each began when the one before was up: the clock of all is the computer's.
    const order = spans.map((span) => [Math.min(...span), Math.max(...span)] as const).sort(([a], [b]) => a - b);
    for (const [index, [began]] of order.entries()) if (index > 0) expect(began).toBeGreaterThan(order[index - 1]![1]);
    expect(lab.kubectl("s1", "get node s2 -o jsonpath={.status.capacity.pods}")).toBe("90");
  }, UP_MS);

  it("let one go, and take it back", () => {
    lab.done("node", "remove", "s3", "--yes", "--allow-destroy", "s3");
    expect(lab.ready("s1").map(([name]) => name)).toEqual(["s1", "s2"]);
    lab.writeWhole(file(["s1", "s2", "s3"], ", kubelet: { maxPods: 90 }"));
    lab.done("up", "--yes");
    expect(members("s1")).toEqual(["node/s1", "node/s2", "node/s3"]);
  }, UP_MS);

  it("take the first one back, which joins the others", () => {
    lab.done("reset", "s1", "--yes", "--allow-destroy", "s1");
    lab.done("up", "--yes");
    expect(members("s2")).toEqual(["node/s1", "node/s2", "node/s3"]);
    expect(lab.run("ssh s1 sudo cat /etc/rancher/k3s/config.yaml").stdout).toMatch(/^server: https:\/\/192\.168\.1\.22:6443$/m);
    lab.done("plan");
  }, UP_MS);
});
