/** Rules about real machines: each is silent on machines as the file says, and finds the one thing that is changed. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadHomelab } from "../../config/load.ts";
import type { MachineFacts } from "../../facts/machine-facts.ts";
import { cgroupV2 } from "../cgroup-v2.ts";
import { completeExample } from "../complete-example.ts";
import { allLiveChecks } from "./all.ts";
import { percentile99 } from "./etcd-disk-fast.ts";
import type { LiveContext, Tried } from "./live-check.ts";
import { observedMachine, runLiveChecks } from "./run-live-checks.ts";

const { homelab, source } = await loadHomelab("homelab.yaml", {
  env: {},
  readFile: () =>
    completeExample(`domain: maison.example
machines:
  cp1: { address: 192.168.1.11, roles: [control-plane], architecture: arm64, memory: 1Gi }
  w1: { address: 192.168.1.12, architecture: arm64, memory: 1Gi }
site: { box: { kind: router, forwards: { 80: w1 } } }
kubernetes: { distribution: kubeadm, version: v1.36.1 }
apps: { blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog } }`),
});

type Deep<T> = { [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Deep<T[K]> : T[K] };
const facts = (machine: string, number: number, over: Deep<MachineFacts> = {}): MachineFacts =>
  ({
    machine,
    clock: { offsetMs: number * 100, ...over.clock },
    disks: over.disks ?? [{ name: "nvme0n1", kind: "nvme" }],
    hardware: { memoryBytes: 924 * 2 ** 20, machineId: `id-${number}`, productUuid: `uuid-${number}`, virtualisation: "none", ...over.hardware },
    kubernetes: { kubeadm: undefined, k3s: undefined, others: [], ...over.kubernetes },
    listeners: over.listeners ?? [{ protocol: "tcp", address: "0.0.0.0", port: 22, program: "sshd" }],
    names: { hostname: machine, ...over.names },
    network: { interfaces: [{ name: "eth0", mac: `02:00:00:00:00:0${number}`, isUp: true, isVirtual: false, addresses: [] }, { name: "cni0", mac: "0a:00:00:00:00:01", isUp: true, isVirtual: true, addresses: [] }], ...over.network },
    system: { architecture: "arm64", ...over.system },
  }) as unknown as MachineFacts;
const tried: Tried = { reached: ["cp1"], unreached: [], syncSeconds: [] };
const well = (over: Partial<LiveContext> = {}): LiveContext => ({
  homelab: homelab!,
  facts: { cp1: facts("cp1", 1), w1: facts("w1", 2) },
  unreached: [],
  tried: { cp1: { reached: ["w1"], unreached: [], syncSeconds: Array.from({ length: 100 }, () => 0.002) }, w1: tried },
  addressesOf: { "blog.maison.example": ["192.0.2.7"] },
  ...over,
});
const withWorker = (over: Deep<MachineFacts>): LiveContext => well({ facts: { cp1: facts("cp1", 1), w1: facts("w1", 2, over) } });
const found = (context: LiveContext): string[] =>
  runLiveChecks(context, source, ["forwards-tried"]).map((finding) => {
    expect(finding.fix).toBeTruthy();
    expect(finding.message).toMatch(/[^.]$/);
    return `${finding.id}: ${finding.message}`;
  });
const holder = { protocol: "tcp", address: "0.0.0.0", port: 10250, program: "python3" } as const;

describe("rules about real machines", () => {
  it("are silent on machines as the file says, but for what nobody can know from inside", () => {
    expect(found(well())).toEqual([]);
    expect(runLiveChecks(well(), source).map(({ id, severity, message }) => [id, severity, message])).toEqual([["forwards-tried", "info", "whether box forwards 80 is unknown from inside"]]);
  });

  it.each<[string, LiveContext]>([
    ["machine-reachable: w1: no route to host", well({ unreached: [{ machine: "w1", code: "unreachable", message: "w1: no route to host", hint: "Is it on?" }] })],
    ["sudo-works: w1: sudo wants a password", well({ unreached: [{ machine: "w1", code: "sudo-refused", message: "w1: sudo wants a password", hint: "sudo: password" }] })],
    ["architecture-as-written: w1 is arm, and the file has arm64", withWorker({ system: { architecture: "arm" } })],
    ["memory-as-written: w1 has 512Mi of memory, and the file has 1Gi", withWorker({ hardware: { memoryBytes: 512 * 2 ** 20 } })],
    ["hostname-as-written: w1 calls itself raspberrypi", withWorker({ names: { hostname: "raspberrypi" } })],
    ["ports-free: w1: port 10250/tcp, for the kubelet, is taken by python3", withWorker({ listeners: [holder] })],
    ["machines-reach-each-other: from w1, cp1 does not answer on the SSH port", well({ tried: { ...well().tried, w1: { ...tried, unreached: ["cp1"] } } })],
    ["clocks-together: the clock of w1 is 3599.9 s ahead of that of cp1", withWorker({ clock: { offsetMs: 3_600_000 } })],
    ["machines-distinct: cp1 and w1 have the same machine-id, id-1", withWorker({ hardware: { machineId: "id-1" } })],
    ["machines-distinct: cp1 and w1 have the same product_uuid, uuid-1", withWorker({ hardware: { productUuid: "uuid-1" } })],
    ["machines-distinct: cp1 and w1 have the same MAC address, 02:00:00:00:00:01", withWorker({ network: { interfaces: [{ name: "eth0", mac: "02:00:00:00:00:01", isUp: true, isVirtual: false, addresses: [] }] } })],
    ["etcd-disk-fast: cp1: the slowest of a hundred small writes took 40 ms: etcd wants 10 ms", well({ tried: { ...well().tried, cp1: { ...tried, syncSeconds: Array.from({ length: 100 }, (_, index) => (index < 98 ? 0.002 : 0.04)) } } })],
    ["host-resolves: blog.maison.example has no address", well({ addressesOf: { "blog.maison.example": [] } })],
  ])("%s", (expected, context) => {
    expect(found(context)).toEqual([expected]);
  });

  it("allow what is no fault: our own node's ports, containers that share firmware, links that are made by software", () => {
    expect(found(withWorker({ listeners: [holder], kubernetes: { kubeadm: { isOurs: true } as never } }))).toEqual([]);
    expect(found(withWorker({ hardware: { productUuid: "uuid-1", virtualisation: "systemd-nspawn" } }))).toEqual([]);
  });

  it("name the SD card and what to take instead", () => {
    const slow = well({ facts: { cp1: facts("cp1", 1, { disks: [{ name: "mmcblk0", kind: "sd", sizeBytes: 1, model: undefined }] }), w1: facts("w1", 2) }, tried: { cp1: { ...tried, syncSeconds: [0.25] } } });
    const [finding] = runLiveChecks(slow, source, ["forwards-tried"]);
    expect(finding!.message).toContain("it has an SD card: etcd wants 10 ms, and loses its leader from 100 ms on");
    expect(finding!.fix).toContain("on an SSD or NVMe disk");
  });

  it("may be ignored one by one", () => {
    expect(runLiveChecks(withWorker({ names: { hostname: "x" } }), source, ["forwards-tried", "hostname-as-written"])).toEqual([]);
  });

  it("have one file each, named as the rule and its export", async () => {
    const names = readdirSync(import.meta.dirname).filter((file) => !/\.test\.ts$/.test(file)).map((file) => file.replace(/\.ts$/, "")).filter((name) => !["all", "live-check", "run-live-checks"].includes(name));
    expect(allLiveChecks.map(({ id }) => id).sort()).toEqual(names.sort());
    for (const name of names) expect(Object.keys((await import(/* @vite-ignore */ `./${name}.ts`)) as object)).toContain(name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()));
  });
});

describe("the 99th percentile", () => {
  it("is what 99 of a hundred do not exceed", () => {
    expect(percentile99(Array.from({ length: 100 }, (_, index) => index + 1))).toBe(99);
    expect(percentile99([7])).toBe(7);
    expect(percentile99([])).toBe(0);
  });
});

describe("the file's rules with what was seen", () => {
  it("accept control groups of version 1 where the machine bids its kubelet accept them", () => {
    const seen = (content: string) => observedMachine({ ...facts("w1", 2), cgroup: { version: "v1" }, files: { "/etc/default/kubelet": content === "" ? { kind: "absent" } : { kind: "file", content } } } as unknown as MachineFacts);
    const messages = (content: string) => cgroupV2.check({ homelab: homelab!, source, today: 0, secretNames: undefined, facts: { w1: seen(content) } }).map(({ message }) => message);
    expect(messages("")).toEqual(["w1 runs cgroup v1, and the kubelet of 1.36 refuses it"]);
    expect(messages('KUBELET_EXTRA_ARGS="--v=2"')).toHaveLength(1);
    expect(messages("KUBELET_EXTRA_ARGS=--fail-cgroupv1=false\n")).toEqual([]);
  });
});
