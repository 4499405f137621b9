/**
 * A whole `up`, looked at from outside. What it changes on the machines is what its plan said. Its secrets stay where they belong: every program that is executed, on this computer and on the machines, what is printed, plans, journals and debug
 * logs are searched for every secret of the run. The same search finds leaks that are planted on purpose.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { ExecutedPrograms, whyNotRecorded } from "./executed-programs.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { changedPaths, diskOf, plannedPaths, unexplained } from "./changed-paths.ts";
import { leaksIn } from "./secret-forms.ts";

// Nothing here asks for an ingress.
const missing = (await missingFromMirror()).filter((path) => !/traefik|k3s|metrics-server/.test(path));
const reason = (await whyNot()) ?? whyNotRecorded() ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}: npm run real-mirror fills it`);

const MACHINES = `  cp1: { address: 192.168.1.21, roles: [control-plane] }
  cp2: { address: 192.168.1.22, roles: [control-plane] }
  w1: { address: 192.168.1.31 }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, sudo: password, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
const CLUSTER = `domain: maison.example
kubernetes: { distribution: kubeadm, version: v1.36.3, secretsEncryption: true, endpoint: { by: local }, network: { cni: flannel, pods: 10.244.0.0/16, services: 10.96.0.0/12 } }
platform: { ingress: { by: none }, metrics: false }
registries:
  ghcr.io: { username: example, password: { secret: registry-word } }
artifacts: { mirror: ${mirrorPath()} }
apps:
  gazette: { image: "ghcr.io/example/gazette:1.4.2", port: 80, env: { SMTP_PASSWORD: { secret: smtp-word } } }
`;
const SUDO = "sudo's own \"w0rd\"";
const SMTP = `smtp's "w0rd" \\ with & é/+`;
const REGISTRY = "registry-w0rd-5a1f9c";
const OTHER = "another w0rd of theirs";
const UP_MS = 15 * 60_000;

describe("a whole up", () => {
  if (reason !== undefined) return void it("tells no secret", (context) => context.skip(reason));
  const lab = new LabUnderTest("secrets", MACHINES, CLUSTER);
  const executed = new ExecutedPrograms();
  const printed: Record<string, string> = {};
  const secrets: Record<string, string> = { sudo: SUDO, smtp: SMTP, registry: REGISTRY };
  const kubernest = (label: string, ...args: string[]) => {
    const run = lab.kubernest(...args);
    printed[label] = run.stdout + run.stderr;
    return run;
  };
  const asRoot = (machine: string, script: string): string => lab.run(`SSHPASS="$KUBERNEST_SUDO_PASSWORD"; printf '%s\\n' "$SSHPASS" | ssh ${machine} "sudo -S -p '' sh -c '${script}'"`).stdout;
  /** Outside the lab: a secret that is still missing makes the file invalid for everything else. */
  const secret = (verb: "set" | "get", name: string, value = "") => spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), join(import.meta.dirname, "../../src/cli/main.ts"), "secret", verb, name, "-c", lab.file], { input: value, encoding: "utf8" });
  const setSecret = (name: string, value: string): number | null => secret("set", name, value).status;
  const MACHINE_NAMES = ["cp1", "cp2", "w1"];
  const disks = (): Record<string, Map<string, string>> => Object.fromEntries(MACHINE_NAMES.map((machine) => [machine, diskOf(join(lab.state, lab.name, "machines", machine))]));
  const packages = (machine: string): string[] => asRoot(machine, "dpkg-query -W").trim().split("\n").map((row) => row.split("\t")[0]!);
  let plan: Plan & { hash: string };
  let after: Record<string, Map<string, string>>;
  let before: { disks: Record<string, Map<string, string>>; packages: Record<string, string[]> };
  /** Plans, the journal and debug logs of this computer. */
  const kept = (): Record<string, string> => ({ ...textsBelow(join(lab.directory, "xdg-state")), ...textsBelow(join(lab.directory, "xdg-cache", "kubernest", "logs")) });
  const onMachines = (): Record<string, string> => Object.fromEntries(MACHINE_NAMES.flatMap((machine) => [[`${machine}'s journal`, asRoot(machine, "journalctl --no-pager -o export")], [`${machine}'s logs`, asRoot(machine, "find /var/log -type f ! -path */journal/* -exec cat {} +")]]));
  const search = async (): Promise<string[]> => leaksIn({ ...printed, ...kept(), ...onMachines(), ...Object.fromEntries((await executed.read()).map((args, index) => [`program ${index} (${args[0]})`, args.join("\n")])) }, secrets);

  beforeAll(() => {
    // Given as a user gives it, before anything is recorded.
    Object.assign(process.env, { KUBERNEST_SUDO_PASSWORD: SUDO, XDG_STATE_HOME: join(lab.directory, "xdg-state"), XDG_CACHE_HOME: join(lab.directory, "xdg-cache"), KUBERNEST_LAB_CACHE: process.env["KUBERNEST_LAB_CACHE"] ?? join(process.env["HOME"] ?? "/root", ".cache/kubernest/lab"), SOPS_AGE_KEY_FILE: join(lab.directory, "age-key") });
  });
  whileUp(lab, "--sudo-password", SUDO, "--password", SUDO);
  beforeAll(async () => {
    expect(setSecret("smtp-word", SMTP)).toBe(0);
    expect(setSecret("registry-word", REGISTRY)).toBe(0);
    secrets["age"] = /AGE-SECRET-KEY-\S+/.exec(readFileSync(join(lab.directory, "age-key"), "utf8"))![0];
    await executed.start();
  });
  afterAll(async () => {
    await executed.stop();
  });

  it("is planned, with its secrets in the plan's hash", () => {
    const first = kubernest("plan", "plan", "-o", "json");
    expect(first.code).toBe(2);
    const made = JSON.parse(first.stdout) as { hash: string; secrets: Record<string, string> };
    expect(Object.keys(made.secrets)).toEqual(["registry-word", "smtp-word"]);
    expect(setSecret("smtp-word", OTHER)).toBe(0);
    expect(kubernest("refused", "up", "--plan", made.hash)).toMatchObject({ code: 1, stderr: expect.stringContaining(`smtp-word: not the value that plan ${made.hash} was made with`) as string });
    expect(setSecret("smtp-word", SMTP)).toBe(0);
    plan = JSON.parse(kubernest("plan again", "plan", "-o", "json").stdout) as Plan & { hash: string };
    expect(plan.hash).toBe(made.hash);
    kubernest("plan as text", "plan");
    before = { disks: disks(), packages: Object.fromEntries(MACHINE_NAMES.map((machine) => [machine, packages(machine)])) };
  });

  it("is done", async () => {
    // The key of the certificates that cp2 is given is nowhere afterwards: it is read where it lies for as long as `kubeadm init` does.
    const certificateKey = lab.start(`printf '%s\\n' "$KUBERNEST_SUDO_PASSWORD" | ssh cp1 "sudo -S -p '' sh -c 'for i in \\$(seq 6000); do grep -s certificateKey /run/kubernest/kubeadm.yaml && exit 0; sleep 0.05; done; exit 1'"`);
    const { code, stderr } = kubernest("up", "up", "--yes");
    expect(stderr).toContain("Done in");
    expect(code).toBe(0);
    secrets["certificate key"] = /certificateKey: "?([0-9a-f]{64})/.exec((await certificateKey).stdout)![1]!;
    after = disks();
    // What was made on the way is secret, too.
    secrets["encryption"] = secret("get", "kubernetes-encryption-key").stdout.trim();
    secrets["cluster's key"] = asRoot("cp1", "sed -n 3p /etc/kubernetes/pki/ca.key").trim();
    secrets["administrator's key"] = /client-key-data: (\S{40})/.exec(asRoot("cp1", "cat /etc/kubernetes/admin.conf"))![1]!;
    for (const [, id, token] of asRoot("cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get secrets -o yaml").matchAll(/token-id: (\S+)\n\s+token-secret: (\S+)/g)) secrets[`token ${Buffer.from(id!, "base64").toString()}`] = Buffer.from(token!, "base64").toString();
    expect(Object.keys(secrets).filter((name) => name.startsWith("token")).length).toBeGreaterThan(0);
    expect(Object.values(secrets).every((value) => value.length >= 8)).toBe(true);
    kubernest("second up", "up", "--yes");
  }, UP_MS);

  it.each(MACHINE_NAMES)("changed on the disk of %s what the plan said, and nothing else but what daemons write", (machine) => {
    const changed = changedPaths(before.disks[machine]!, after[machine]!);
    const news = packages(machine).filter((name) => !before.packages[machine]!.includes(name));
    // Packages of Debian 12 still name what is in /usr by the links in its root.
    const ofPackages = new Set(asRoot(machine, `dpkg -L ${news.join(" ")}`).split("\n").map((path) => path.replace(/^\/(?:lib|bin|sbin)\//, "/usr$&")));
    expect(changed).toEqual(expect.arrayContaining(["/etc/hosts", "/usr/local/bin/kubelet", "/etc/containerd/config.toml"]));
    expect(unexplained(changed, plannedPaths(plan, machine), ofPackages)).toEqual([]);
  }, UP_MS);

  it("is followed by kubelets that have joined, when the file holds something back from pods later", () => {
    const memory = (): number => Number.parseInt(asRoot("cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf get node w1 -o jsonpath={.status.allocatable.memory}"), 10);
    const before = memory();
    lab.write(MACHINES.replace("192.168.1.31", "192.168.1.31, reserved: { system: { memory: 256Mi } }"), CLUSTER);
    const { stages } = JSON.parse(kubernest("plan of reservations", "plan", "-o", "json").stdout) as Plan;
    expect(stages.flatMap(({ machines, objects = [] }) => [...machines.flatMap(({ machine, changes }) => changes.map(({ summary }) => `${machine}: ${summary}`)), ...objects.map(({ object }) => object)])).toEqual(["w1: set the kubelet's systemReserved"]);
    expect(kubernest("up of reservations", "up", "--yes").code).toBe(0);
    expect(asRoot("w1", "grep -A1 ^systemReserved /var/lib/kubelet/config.yaml")).toContain("memory: 256Mi");
    // The kubelet tells the API within its own ten seconds.
    for (let count = 0; count < 20 && memory() === before; count++) lab.run("sleep 1");
    expect(before - memory()).toBe(256 * 1024);
    expect(kubernest("plan after reservations", "plan").code).toBe(0);
  }, UP_MS);

  it("told none of them to any program, log, plan or journal, on either side", async () => {
    const programs = await executed.read();
    // Both sides are there.
    expect(programs.some(([program]) => program === "ssh")).toBe(true);
    expect(programs.some((args) => args.join(" ").includes("/kubeadm join --config "))).toBe(true);
    expect(Object.keys(kept()).some((path) => path.endsWith("journal.jsonl"))).toBe(true);
    expect(Object.keys(kept()).some((path) => path.includes("/logs/"))).toBe(true);
    expect(await search()).toEqual([]);
  }, UP_MS);

  it("would be found to, wherever it did", async () => {
    const leak = Buffer.from(`user:${SMTP}!`).toString("base64");
    lab.run(`ssh w1 "logger planted ${leak}"; ssh cp1 "/bin/true ${REGISTRY}"`);
    printed["planted"] = JSON.stringify({ word: SUDO });
    const found = await search();
    expect(found.filter((text) => /^smtp in w1's journal: /.test(text))).toHaveLength(1);
    expect(found.some((text) => /^registry in program \d+ \(\/bin\/true\)/.test(text))).toBe(true);
    expect(found.some((text) => /^smtp in program \d+ \(logger\)/.test(text))).toBe(true);
    expect(found.some((text) => text.startsWith("sudo in planted: "))).toBe(true);
  }, UP_MS);
});

function textsBelow(directory: string): Record<string, string> {
  try {
    return Object.fromEntries(readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name)).filter((path) => statSync(path).isFile()).map((path) => [path.replace(dirname(directory), ""), readFileSync(path, "utf8")]));
  } catch {
    return {};
  }
}
