import { describe, expect, it } from "vitest";
import type { Homelab } from "../config/homelab.ts";
import { loadHomelab } from "../config/load.ts";
import { differences } from "./differences.ts";
import { labPlan } from "./lab-plan.ts";
import { seedFiles } from "./machine-seed.ts";
import { knownHostLines, sshConfig } from "./ssh-settings.ts";
import { labPaths } from "./lab-paths.ts";
import { networkScript } from "./lab-network.ts";

const WISHES = { isFresh: false, sudoAsks: false, hasUplink: true };

async function homelabOf(text: string): Promise<Homelab> {
  const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => `name: maison\n${text}\nkubernetes: { distribution: k3s, version: v1.36.1+k3s1 }\n` });
  if (homelab === undefined) throw new Error(JSON.stringify(findings));
  return homelab;
}

async function planOf(text: string, wishes: Partial<typeof WISHES> = {}): Promise<ReturnType<typeof labPlan>> {
  return labPlan(await homelabOf(text), "maison", { ...WISHES, ...wishes });
}

describe("the plan of a lab", () => {
  it("gives each machine what the file gives it", async () => {
    const plan = await planOf("lan: 192.168.1.0/24\nmachines:\n  pi1: { address: 192.168.1.11, roles: control-plane, ssh: { user: pi, port: 2222 } }\n  pi2: { address: 192.168.1.12, hostname: second, ssh: { user: root }, network: { interface: end0 } }");
    expect(plan.router).toEqual(["192.168.1.1/24"]);
    expect(plan.machines[0]).toMatchObject({ name: "pi1", hostname: "pi1", address: "192.168.1.11", addresses: ["192.168.1.11/24"], gateways: ["192.168.1.1"], resolvers: ["192.168.1.1"], interface: "eth0", user: "pi", port: 2222, sudo: "passwordless", link: "m1", number: 1 });
    expect(plan.machines[1]).toMatchObject({ name: "pi2", hostname: "second", interface: "end0", user: "root", port: 22, sudo: "root", link: "m2" });
  });

  it("gives identities that differ between machines and labs, and are the same each time", async () => {
    const text = "machines:\n  pi1: { address: 192.168.1.11, roles: control-plane }\n  pi2: { address: 192.168.1.12 }";
    const homelab = await homelabOf(text);
    const identities = (lab: string): string[] => labPlan(homelab, lab, WISHES).machines.flatMap((machine) => [machine.mac, machine.machineId]);
    const [one, other] = [identities("one"), identities("other")];
    expect(identities("one")).toEqual(one);
    expect(new Set([...one, ...other]).size).toBe(8);
    for (const mac of [one[0], one[2]]) expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    expect(one[1]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("puts the router where the file has it, else where nobody is", async () => {
    expect((await planOf("lan: 192.168.1.0/24\nsite: { box: { kind: router, address: 192.168.1.254 } }\nmachines: { pi1: { address: 192.168.1.11, roles: control-plane } }")).router).toEqual(["192.168.1.254/24"]);
    expect((await planOf("machines:\n  pi1: { roles: control-plane, network: { addresses: 192.168.1.1/24 } }\n  pi2: { address: 192.168.1.2 }")).router).toEqual(["192.168.1.3/24"]);
    const own = await planOf("machines: { pi1: { roles: control-plane, network: { addresses: 10.0.0.11/16, gateway: 10.0.9.9, resolvers: [9.9.9.9] } } }");
    expect(own.router).toEqual(["10.0.9.9/16"]);
    expect(own.machines[0]).toMatchObject({ gateways: ["10.0.9.9"], resolvers: ["9.9.9.9"] });
  });

  it("leaves the addresses of pools and of the cluster to those", async () => {
    const plan = await planOf("machines: { pi1: { address: 192.168.1.9, roles: control-plane } }\nplatform: { loadBalancer: { by: metallb, pools: 192.168.1.1-192.168.1.20 } }");
    expect(plan.router).toEqual(["192.168.1.21/24"]);
  });

  it("keeps both families", async () => {
    const plan = await planOf("machines: { pi1: { roles: control-plane, network: { addresses: [192.168.1.11/24, \"fd00:1::11/64\"] } } }");
    expect(plan.router).toEqual(["192.168.1.1/24", "fd00:1:0:0:0:0:0:1/64"]);
    expect(plan.machines[0]!.gateways).toEqual(["192.168.1.1", "fd00:1:0:0:0:0:0:1"]);
  });

  it("takes a way out that the file's ranges leave free", async () => {
    expect((await planOf("machines: { pi1: { address: 192.168.1.11, roles: control-plane } }")).uplink).toBe("198.18.0.0/24");
    expect((await planOf("lan: 198.18.0.0/16\nmachines: { pi1: { address: 198.18.0.11, roles: control-plane } }")).uplink).toBe("198.19.0.0/24");
  });

  it("gives a free address to a machine that the file reaches by name", async () => {
    const plan = await planOf("lan: 192.168.1.0/24\nmachines:\n  pi1: { address: pi1.maison.example, roles: control-plane }\n  pi2: { address: 192.168.1.101 }");
    expect(plan.machines[0]).toMatchObject({ reachedAs: "pi1.maison.example", address: "192.168.1.102" });
  });

  it("refuses machines without an address, all at once", async () => {
    await expect(planOf("machines:\n  pi1: { roles: control-plane }\n  pi2: {}\n  pi3: { address: 192.168.1.3 }")).rejects.toMatchObject({ code: "address-missing", message: expect.stringContaining("pi1, pi2: no address") as unknown });
  });

  it("asks for a password where wished", async () => {
    const text = "machines:\n  pi1: { address: 192.168.1.11, roles: control-plane, sudo: password }\n  pi2: { address: 192.168.1.12 }";
    expect((await planOf(text)).machines.map((machine) => machine.sudo)).toEqual(["password", "passwordless"]);
    expect((await planOf(text, { sudoAsks: true })).machines.map((machine) => machine.sudo)).toEqual(["password", "password"]);
    expect((await planOf(text, { isFresh: true })).machines.every((machine) => machine.isFresh && machine.sudo === "password")).toBe(true);
  });
});

describe("what a machine is made from", () => {
  const options = { layer: "layers/x", publicKey: "ssh-ed25519 AAAA lab", hostLines: ["192.168.1.101 pi1.maison.example"] };

  it("is as Debian's installer leaves it", async () => {
    const [machine] = (await planOf("machines: { pi1: { address: 192.168.1.11, fqdn: pi1.maison.example, roles: control-plane, ssh: { user: pi, port: 2222 }, network: { search: maison.example } } }")).machines;
    const files = seedFiles(machine!, options);
    expect(files["etc/network/interfaces"]!.text).toBe("auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n    address 192.168.1.11/24\n    gateway 192.168.1.1\n");
    expect(files["etc/hosts"]!.text).toContain("127.0.1.1 pi1.maison.example pi1\n");
    expect(files["etc/hosts"]!.text).toContain("192.168.1.101 pi1.maison.example\n");
    expect(files["etc/resolv.conf"]!.text).toBe("nameserver 192.168.1.1\nsearch maison.example\n");
    expect(files["etc/ssh/sshd_config.d/10-machine.conf"]!.text).toBe("Port 2222\n");
    expect(files["etc/sudoers.d/10-machine"]).toEqual({ text: "pi ALL=(ALL) NOPASSWD: ALL\n", mode: 0o440 });
  });

  it("lets root in with a password only on a fresh machine whose user is root", async () => {
    const text = "machines: { pi1: { address: 192.168.1.11, roles: control-plane, ssh: { user: root } } }";
    expect(seedFiles((await planOf(text)).machines[0]!, options)["etc/ssh/sshd_config.d/10-machine.conf"]).toBeUndefined();
    expect(seedFiles((await planOf(text, { isFresh: true })).machines[0]!, options)["etc/ssh/sshd_config.d/10-machine.conf"]!.text).toBe("PermitRootLogin yes\n");
  });
});

describe("the lab's SSH settings", () => {
  it("know the machines by name and by address", async () => {
    const plan = await planOf("machines: { pi1: { address: 192.168.1.11, roles: control-plane, ssh: { user: pi, port: 2222 } } }");
    expect(sshConfig(plan, labPaths("/s", "maison"))).toContain("Host pi1\n  HostName 192.168.1.11\n  User pi\n  Port 2222\n");
    expect(knownHostLines(plan.machines[0]!, ["ssh-ed25519 AAAA comment\n"])).toEqual(["[192.168.1.11]:2222 ssh-ed25519 AAAA"]);
    expect(knownHostLines({ ...plan.machines[0]!, port: 22 }, ["ssh-ed25519 AAAA\n"])).toEqual(["192.168.1.11 ssh-ed25519 AAAA"]);
  });
});

describe("the lab's network", () => {
  it("answers every question for a name with the computer's own resolvers, unless it is offline", async () => {
    const text = "machines: { pi1: { address: 192.168.1.11, roles: control-plane } }";
    expect(networkScript(await planOf(text))).toContain("udp dport 53 dnat to 198.18.0.3");
    expect(networkScript(await planOf(text, { hasUplink: false }))).not.toContain("nft");
  });
});

describe("where a lab is not what the file describes", () => {
  const facts = { hierarchies: [{ path: "/sys/fs/cgroup", version: 2 as const, controllers: [] }], mayLowerOomScore: true, hasKmsg: true, modules: undefined, inotifyInstancesMax: 512, nfConntrackMax: undefined, hasProductUuid: true };
  const computer = { processor: "x64", memoryBytes: 8 * 2 ** 30 };

  it("is told, machine by machine", async () => {
    const told = differences(await homelabOf("machines:\n  pi1: { address: 192.168.1.11, roles: control-plane, hardware: raspberry-pi-5 }\n  nix: { address: 192.168.1.12, hardware: vm, architecture: amd64, os: nixos }"), computer, facts);
    expect(told).toContain("pi1: amd64 as this computer, not the architecture of the file");
    expect(told).toContain("pi1: no boot partition: cmdline.txt and config.txt are not there to be changed");
    expect(told).toContain("nix: Debian 12 (bookworm), not NixOS: nothing of NixOS can be tried");
    expect(told.some((line) => line.includes("which together have"))).toBe(true);
  });

  it("is told of the computer only where it is so", async () => {
    const homelab = await homelabOf("machines: { vm1: { address: 192.168.1.11, roles: control-plane, hardware: vm, architecture: amd64, memory: 1Gi, os: { name: debian, version: 12 } } }");
    expect(differences(homelab, computer, facts)).toHaveLength(2);
    expect(differences(homelab, computer, { ...facts, inotifyInstancesMax: 16 }).at(-1)).toContain("fs.inotify.max_user_instances");
    expect(differences(homelab, computer, { ...facts, hierarchies: [{ path: "/c", version: 1, controllers: ["cpu"] }] }).at(-1)).toContain("version 1");
  });
});
