/** Every file under `examples/` loads, as YAML and as code, and means the same after `explain`. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { explain, explanationYaml } from "./explain.ts";
import { loadHomelab } from "./load.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const examples = join(import.meta.dirname, "../../examples");
const files = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((file) => /\.(yaml|ts)$/.test(file)).sort();
const load = (file: string) => loadHomelab(join(examples, file), { env: {}, readFile: (path) => readFileSync(path, "utf8") });

test("there are the five systems, the second stage of one, and one as code", () => {
  expect(files).toEqual([
    "gazette/homelab.yaml",
    "kubeadm-ha/homelab.yaml",
    "nixos-flux/homelab.yaml",
    "pi-kubespray/homelab.yaml",
    "proxmox/homelab.yaml",
    "proxmox/three-nodes.yaml",
    "typescript/homelab.ts",
  ]);
});

describe.each(files)("%s", (file) => {
  test("loads without a finding", async () => expect((await load(file)).findings).toEqual([]));

  test("means the same in its long form", async () => {
    const { homelab } = await load(file);
    const explanation = explain(homelab!);
    if (!explanation.found) throw new Error(explanation.message);
    const again = await loadHomelab("homelab.yaml", { env: {}, readFile: () => explanationYaml(explanation) });
    expect(again.findings).toEqual([]);
    expect({ ...again.homelab, defaults: [] }).toEqual({ ...homelab, defaults: [] });
  });

  test("leads the editor to the schema, and uses reserved names only", () => {
    const text = readFileSync(join(examples, file), "utf8");
    const schema = /^# yaml-language-server: \$schema=(\S+)/.exec(text)?.[1];
    if (file.endsWith(".yaml")) expect(existsSync(resolve(dirname(join(examples, file)), schema ?? "nothing"))).toBe(true);
    const hosts = [...text.matchAll(/\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:fr|com|org|net|io|dev|example|local|garden)\b/g)].map((match) => match[0]);
    const real = /^(ghcr\.io|docker\.io|registry-1\.docker\.io|github\.com|[01]\.debian\.pool\.ntp\.org|node-role\.kubernetes\.io|rbac\.authorization\.k8s\.io|net\.netfilter.*)$/;
    expect(hosts.filter((host) => !host.endsWith(".example") && !host.endsWith(".cluster.local") && host !== "cluster.local" && !real.test(host))).toEqual([]);
  });
});

test("a web app takes at most five lines", () => {
  const text = readFileSync(join(examples, "gazette/homelab.yaml"), "utf8");
  const app = text.slice(text.indexOf("  gazette:")).trimEnd().split("\n");
  expect(app.length).toBeLessThanOrEqual(5);
});

test("twelve Raspberry Pis and a load balancer, with the ranges and the reservations of their owner", async () => {
  const { homelab } = await load("pi-kubespray/homelab.yaml");
  const machines = Object.values(homelab!.machines);
  expect(machines.filter((machine) => machine.hardware?.startsWith("raspberry-pi"))).toHaveLength(12);
  expect(machines.map((machine) => machine.roles.join()).sort()).toEqual([...Array<string>(3).fill("control-plane"), "load-balancer", ...Array<string>(9).fill("worker")]);
  expect(new Set(machines.flatMap((machine) => machine.labels["my.topology/rack"] ?? []))).toEqual(new Set(["rpi-rack1", "rpi-rack2", "rpi-rack3"]));
  expect(homelab!.kubernetes.network).toMatchObject({ pods: ["10.233.192.0/18"], services: ["10.233.128.0/18"], backend: "host-gw", proxy: "iptables" });
  expect(homelab!.machines["chene"]?.reserved.system).toEqual({ cpu: { text: "250m", value: 0.25 }, memory: { text: "256Mi", value: 268_435_456 } });
  expect(homelab!.machines["thym"]?.reserved.system.memory?.text).toBe("128Mi");
});

test("three servers with both families of addresses", async () => {
  const { homelab } = await load("nixos-flux/homelab.yaml");
  for (const machine of Object.values(homelab!.machines)) expect(machine.network.nodeIps).toEqual([expect.stringMatching(/^192\.168\.30\./), expect.stringMatching(/^fd30:1::/)]);
  expect(homelab!.kubernetes.network).toMatchObject({ pods: ["10.42.0.0/16", "fd42:42::/56"], services: ["10.43.0.0/16", "fd42:43::/112"], ipv6Masquerade: true });
  expect(homelab!.apps["wiki"]?.databases["wiki"]?.backup).toEqual({ schedule: "0 3 * * 0", keep: 4 });
  expect(homelab!.apps["website"]?.databases["main"]?.backup).toEqual({ schedule: "0 3 * * 0", keep: 4 });
});
