/** What rules rest on: placement, room, reach, names of images. */
import { describe, expect, it } from "vitest";
import type { Homelab } from "../../config/homelab.ts";
import { loadHomelab } from "../../config/load.ts";
import { completeExample } from "../complete-example.ts";
import { parseImage } from "./image.ts";
import { allocatable, eligibleMachines, nodes, taintsOf } from "./machines.ts";
import { alikeMachines, podRequests, podsWithoutPlace } from "./packing.ts";
import { failuresOf, machinesToSurvive } from "./promises.ts";
import { machinesLostWith, quorum } from "./site-reach.ts";

async function load(snippet: string): Promise<Homelab> {
  const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => completeExample(snippet) });
  expect(findings).toEqual([]);
  if (homelab === undefined) throw new Error("no homelab");
  return homelab;
}

const names = (machines: readonly { name: string }[]): string[] => machines.map((machine) => machine.name);

describe("parseImage", () => {
  it.each([
    ["nginx", "docker.io", "library/nginx", undefined, undefined],
    ["nginx:1.29", "docker.io", "library/nginx", "1.29", undefined],
    ["example/blog:1", "docker.io", "example/blog", "1", undefined],
    ["ghcr.io/example/blog", "ghcr.io", "example/blog", undefined, undefined],
    ["registry:5000/blog", "registry:5000", "blog", undefined, undefined],
    ["localhost/blog:2", "localhost", "blog", "2", undefined],
    ["ghcr.io/a/b:1@sha256:abc", "ghcr.io", "a/b", "1", "sha256:abc"],
    ["ghcr.io/a/b@sha256:abc", "ghcr.io", "a/b", undefined, "sha256:abc"],
  ])("%s", (text, registry, repository, tag, digest) => {
    expect(parseImage(text)).toEqual({ registry, repository, tag, digest });
  });
});

describe("machines", () => {
  it("takes pods where labels, taints, names and architecture allow", async () => {
    const homelab = await load(`
      machines:
        cp: { address: 192.168.1.11, roles: [control-plane], hardware: pc }
        pi: { address: 192.168.1.12, hardware: raspberry-pi-5, labels: { disk: fast } }
        slow: { address: 192.168.1.13, hardware: pc, taints: ["storage=slow:NoSchedule"] }
        soft: { address: 192.168.1.14, hardware: pc, taints: ["storage=slow:PreferNoSchedule"] }
        lb: { address: 192.168.1.15, roles: [load-balancer] }
      site:
        strip: { kind: power-strip, powers: [pi, slow] }
      apps:
        any: { image: ghcr.io/example/a:1.0.0 }
        fast: { image: ghcr.io/example/a:1.0.0, placement: { labels: { disk: fast } } }
        pcs: { image: ghcr.io/example/a:1.0.0, architectures: [amd64] }
        slow: { image: ghcr.io/example/a:1.0.0, placement: { tolerations: [{ key: storage, value: slow }] } }
        strip: { image: ghcr.io/example/a:1.0.0, placement: { labels: { site.kubernest.dev/power-strip: strip } } }
        none: { image: ghcr.io/example/a:1.0.0, placement: { machines: [cp] } }`);
    const where = (app: string) => names(eligibleMachines(homelab, homelab.apps[app]!.services[app]!));
    expect(names(nodes(homelab))).toEqual(["cp", "pi", "slow", "soft"]);
    expect(taintsOf(homelab.machines["cp"]!).map((taint) => taint.key)).toEqual(["node-role.kubernetes.io/control-plane"]);
    expect(where("any")).toEqual(["pi", "soft"]);
    expect(where("fast")).toEqual(["pi"]);
    expect(where("pcs")).toEqual(["soft"]);
    expect(where("slow")).toEqual(["pi", "slow", "soft"]);
    expect(where("strip")).toEqual(["pi"]);
    expect(where("none")).toEqual([]);
  });

  it("gives pods what is neither reserved nor kept from eviction", async () => {
    const homelab = await load(`
      machines:
        pi1: { roles: [control-plane, worker], cpu: 4, memory: 4Gi, reserved: { system: { cpu: 250m, memory: 156Mi }, kubernetes: { memory: 256Mi } } }`);
    // k3s keeps nothing of the memory from pods, kubeadm's kubelet 100Mi, one that is told so as much as it is told.
    expect(allocatable(homelab, homelab.machines["pi1"]!)).toEqual({ cpu: 3.75, memory: (4096 - 156 - 256) * 1024 * 1024 });
    const roomWith = async (kubernetes: string): Promise<number> => {
      const other = await load(`
        machines: { pi1: { roles: [control-plane, worker], memory: 4Gi } }
        kubernetes: ${kubernetes}`);
      return allocatable(other, other.machines["pi1"]!).memory / 1024 ** 2;
    };
    expect(await roomWith("{ distribution: kubeadm }")).toBe(3996);
    expect(await roomWith('{ distribution: kubeadm, extraArgs: { kubelet: { eviction-hard: "nodefs.available<5%" } } }')).toBe(4096);
    expect(await roomWith('{ distribution: k3s, extraArgs: { kubelet: { eviction-hard: "memory.available<25%,nodefs.available<5%" } } }')).toBe(3072);
  });
});

const ofApps = (homelab: Homelab) => podRequests(homelab).filter((pod) => !pod.isPlatform);

describe("packing", () => {
  it("knows what the distribution runs", async () => {
    const homelab = await load("kubernetes: { distribution: kubeadm }");
    const owners = podRequests(homelab).map((pod) => pod.owner);
    expect(owners).toContain("coredns");
    expect(owners.filter((owner) => owner.startsWith("kube-apiserver"))).toHaveLength(1);
    expect(podsWithoutPlace(homelab, podRequests(homelab), nodes(homelab), 110)).toEqual([]);
  });

  it("finds a placement where the emptiest machine first would find none", async () => {
    // 3+3 on one machine and 2+2+2 on the other: only the fullest first gets there.
    const homelab = await load(`
      machines:
        a: { roles: [control-plane, worker], cpu: 16, memory: 6244Mi }
        b: { cpu: 16, memory: 6244Mi }
      apps:
        big: { image: ghcr.io/example/a:1.0.0, replicas: 2, resources: { memory: 3Gi } }
        small: { image: ghcr.io/example/a:1.0.0, replicas: 3, resources: { memory: 2Gi } }`);
    expect(podsWithoutPlace(homelab, ofApps(homelab), nodes(homelab), 110)).toEqual([]);
  });

  it("counts daemon sets once for each machine, and leaves them out with theirs", async () => {
    const homelab = await load(`
      machines:
        a: { roles: [control-plane, worker], memory: 4Gi }
        b: { memory: 4Gi }
      apps:
        agent: { image: ghcr.io/example/a:1.0.0, kind: daemon-set, resources: { memory: 3Gi } }`);
    const pods = ofApps(homelab);
    expect(pods.map((pod) => pod.onlyHere)).toEqual(["a", "b"]);
    expect(podsWithoutPlace(homelab, pods, nodes(homelab), 110)).toEqual([]);
    expect(podsWithoutPlace(homelab, pods, nodes(homelab).slice(0, 1), 110)).toEqual([]);
  });

  it("counts pods, too: a machine takes so many", async () => {
    const homelab = await load(`
      machines:
        a: { roles: [control-plane, worker], cpu: 64, memory: 64Gi }
      apps:
        a: { image: ghcr.io/example/a:1.0.0, replicas: 111, resources: { cpu: 10m, memory: 16Mi } }`);
    expect(podsWithoutPlace(homelab, ofApps(homelab), nodes(homelab), 110)).toHaveLength(1);
    expect(podsWithoutPlace(homelab, ofApps(homelab), nodes(homelab), 111)).toEqual([]);
  });

  it("knows machines that are alike: the same room, open to the same pods, with the same daemons", async () => {
    const homelab = await load(`
      machines:
        a: { roles: [control-plane, worker], memory: 4Gi }
        b: { memory: 4Gi }
        c: { memory: 4Gi }
        d: { memory: 8Gi }
        e: { memory: 4Gi, labels: { disk: fast } }
      apps:
        agent: { image: ghcr.io/example/a:1.0.0, kind: daemon-set }
        quick: { image: ghcr.io/example/a:1.0.0, placement: { labels: { disk: fast } } }`);
    expect(alikeMachines(homelab, podRequests(homelab), nodes(homelab)).map((group) => group.map(({ name }) => name))).toEqual([["a", "b", "c"], ["d"], ["e"]]);
  });

  it("says which pods find no room", async () => {
    const homelab = await load(`
      machines:
        a: { roles: [control-plane, worker], cpu: 1, memory: 4Gi }
      apps:
        a: { image: ghcr.io/example/a:1.0.0, replicas: 21, resources: { cpu: 50m } }`);
    expect(podsWithoutPlace(homelab, ofApps(homelab), nodes(homelab), 110)).toHaveLength(1);
  });
});

describe("site", () => {
  it("follows power, network and virtual machines", async () => {
    const homelab = await load(`
      machines:
        vm1: { roles: [control-plane, worker], hardware: vm }
        pi1: {}
        pi2: {}
      site:
        ups: { kind: ups, powers: [strip, pve] }
        strip: { kind: power-strip, powers: [switch] }
        switch: { kind: switch, connects: [pi1] }
        pve: { kind: hypervisor, runs: [vm1] }
      apps:
        shop: { image: ghcr.io/example/a:1.0.0, promise: { survives: [one machine, ups] } }`);
    expect(machinesLostWith(homelab, "ups")).toEqual(["vm1", "pi1"]);
    expect(machinesLostWith(homelab, "switch")).toEqual(["pi1"]);
    const promise = homelab.apps["shop"]?.promise;
    expect(machinesToSurvive(homelab, promise)).toBe(1);
    expect(failuresOf(homelab, promise).map((failure) => failure.machines)).toEqual([["vm1"], ["pi1"], ["pi2"], ["vm1", "pi1"]]);
  });

  it.each([[1, 1], [2, 2], [3, 2], [4, 3], [5, 3], [6, 4], [7, 4]])("%i members need %i", (members, needed) => {
    expect(quorum(members)).toBe(needed);
  });
});
