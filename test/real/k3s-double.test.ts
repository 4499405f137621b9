/** What the stand-in for k3s takes on its command line and in config.yaml, and that Kubernest writes nothing else. */
import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Homelab } from "../../src/config/homelab.ts";
import { k3sConfig } from "../../src/manifests/cluster/k3s.ts";
import { EXAMPLES_DIRECTORY, loadExample, loadText } from "../render/load-example.ts";
import { skippedFor } from "../skipping.ts";
import { goMissing } from "./builds.ts";

const run = promisify(execFile);
const DIRECTORY = join(import.meta.dirname, "k3s-double");
const lines = (await readFile(join(DIRECTORY, "flags.txt"), "utf8")).split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.trim().split(/\s+/));
const documented = (role: "s" | "a"): Map<string, string> => new Map(lines.filter(([where]) => where!.includes(role)).map(([, kind, name]) => [name!, kind!]));

describe("the list of k3s' flags", () => {
  it("can be read, each flag once", () => {
    for (const line of lines) expect(line).toEqual([expect.stringMatching(/^(s|a|sa)$/), expect.stringMatching(/^(bool|one|list)$/), expect.stringMatching(/^[a-z0-9-]+$/), expect.stringMatching(/^(done|nothing|refused)$/)]);
    expect(new Set(lines.map(([, , name]) => name)).size).toBe(lines.length);
    expect(lines.length).toBeGreaterThan(100);
  });

  it("has every key that Kubernest writes into a configuration, in the shape that it writes", async () => {
    const rich = (kubernetes: string, platform = "{}"): Promise<Homelab> =>
      loadText(`name: maison
lan: 192.168.1.0/24
machines:
  a: { address: 192.168.1.11, roles: [control-plane, worker], network: { interface: eth0, addresses: [192.168.1.11/24, "2001:db8::11/64"] }, labels: { disk: fast }, taints: ["slow=true:NoSchedule"], reserved: { system: { cpu: 250m } } }
  b: { address: 192.168.1.12, roles: [control-plane] }
  c: { address: 192.168.1.13, kubeletArgs: { v: 2 } }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian } }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1, ${kubernetes} }
platform: ${platform}
`);
    const homelabs = [
      ...(await Promise.all(["gazette", "nixos-flux", "proxmox"].map(async (name) => (await loadExample(join(EXAMPLES_DIRECTORY, name, "homelab.yaml"))).homelab))),
      await rich("datastore: { url: { secret: datastore } }, dataDir: /srv/k3s, kubeconfig: { path: /root/config, mode: '644' }, secretsEncryption: true, anonymousAuth: true, tlsSans: [api.maison.example], kubelet: { maxPods: 50, imagePulls: parallel }, logLevel: 4"),
      await rich("datastore: { exposeMetrics: true, compactionRetention: 8h, snapshots: { toBackups: true } }, network: { pods: [10.42.0.0/16, '2001:db8:42::/56'], services: [10.43.0.0/16, '2001:db8:43::/112'], backend: wireguard-native, ipv6Masquerade: true, dns: { domain: maison.internal, upstream: [192.168.1.1] } }, disable: [traefik, servicelb, helm-controller, cloud-controller, network-policy]", "{ backups: { s3: { endpoint: 'http://192.168.1.5:9000', bucket: etcd, accessKey: { secret: key }, secretKey: { secret: secret } } } }"),
      await rich("network: { cni: cilium, proxy: none }, extraArgs: { apiServer: { v: 2 }, controllerManager: { v: 2 }, scheduler: { v: 2 }, kubeProxy: { v: 2 }, etcd: { snapshot-count: 1000 } }"),
    ];
    const flags = { server: documented("s"), agent: documented("a") };
    const seen = new Set<string>();
    for (const homelab of homelabs) {
      for (const machine of Object.values(homelab.machines)) {
        const role = machine.roles.includes("control-plane") ? "server" : "agent";
        for (const [name, value] of Object.entries(k3sConfig(homelab, machine))) {
          seen.add(name);
          const kind = flags[role].get(name);
          expect(kind, `${role} ${name}`).toBeDefined();
          if (typeof value === "boolean") expect(kind, name).toBe("bool");
          if (Array.isArray(value)) expect(kind, name).toBe("list");
        }
      }
    }
    // Nearly all that there is to write.
    expect(seen.size).toBeGreaterThanOrEqual(40);
  });
});

const noGo = await goMissing();

describe("the stand-in for k3s", skippedFor(noGo !== "" && `there is no Go toolchain: ${noGo}`), () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "kubernest-k3s-"));
    await chmod(scratch, 0o755);
    await run("go", ["build", "-o", join(scratch, "k3s"), "."], { cwd: DIRECTORY, env: { ...process.env, CGO_ENABLED: "0" } });
  }, 300_000);
  afterAll(() => rm(scratch, { recursive: true }));

  async function refused(config: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const file = join(scratch, "config.yaml");
    await writeFile(file, config);
    // As nobody, so that what is not refused starts nothing.
    const { status, stderr } = spawnSync(join(scratch, "k3s"), [...args, "--config", file], { encoding: "utf8", env: { PATH: process.env["PATH"], ...env }, ...(process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}) });
    expect(status).not.toBe(0);
    return stderr.trim().split("\n").at(-1)!.replaceAll(`${scratch}/`, "");
  }

  it.each<[string, string[], string, string]>([
    ["an unknown key", ["server"], "cluster-int: true\n", "Incorrect Usage: config.yaml: flag provided but not defined: -cluster-int"],
    ["an unknown flag", ["agent", "--nope"], "", "Incorrect Usage: flag provided but not defined: -nope"],
    ["a server's key on an agent", ["agent"], "tls-san: [a]\n", "Incorrect Usage: config.yaml: flag provided but not defined: -tls-san"],
    ["a list where one value goes", ["server"], "flannel-backend: [vxlan, host-gw]\n", "Incorrect Usage: config.yaml: flannel-backend takes one value"],
    ["a map", ["server"], "node-label: { a: b }\n", "Incorrect Usage: config.yaml: node-label takes texts"],
    ["what is neither true nor false", ["server"], "cluster-init: perhaps\n", 'Incorrect Usage: invalid boolean value "perhaps" for -cluster-init'],
    ["a key twice", ["server"], "v: 1\nv: 2\n", expect.stringContaining('key "v" already set') as unknown as string],
    ["what it does not do", ["server"], "embedded-registry: true\n", "Incorrect Usage: this stand-in for k3s does not do --embedded-registry"],
    ["anybody but root, when all is well", ["server"], "cluster-init: true\ntls-san:\n- a\nkubelet-arg+:\n- v=1\n", "level=fatal must run as root"],
  ])("refuses %s", async (_what, args, config, said) => {
    expect(await refused(config, args)).toEqual(said);
  });
});
