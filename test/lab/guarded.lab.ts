/**
 * What could cut us off comes back by itself: each kind of guarded change is made to cut off a machine for real, each on a machine of its own, and the machine
 * has to be reached again, as it was, without any help. Told of by what `up` itself says.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { LabUnderTest, type LabRun, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const reason = await whyNot();

const ADDRESSES = { address: "192.168.1.21", firewall: "192.168.1.22", resolvers: "192.168.1.23", ssh: "192.168.1.24", power: "192.168.1.25", killed: "192.168.1.26" } as const;
type Name = keyof typeof ADDRESSES;

/** Nothing of Kubernetes is in the way: only who runs the load balancer has a firewall to open. */
const file = (more: Partial<Record<Name, string>> = {}): string =>
  `${Object.entries(ADDRESSES).map(([name, address]) => `  ${name}: { address: ${address}, roles: ${name === "firewall" ? "load-balancer" : "none"}${more[name as Name] === undefined ? "" : `, ${more[name as Name]}`} }`).join("\n")}\n  cp1: { address: 192.168.1.12, roles: [control-plane, worker], cpu: 2, memory: 4Gi }`;

interface Prepared {
  changes: string[];
  refusals: string[];
  failures: string[];
}

/** The guard's 45 s, and twice the time to connect. */
const GUARDED_MS = 4 * 60_000;

describe("a machine that was cut off", () => {
  if (reason !== undefined) return void it("comes back", (context) => context.skip(reason));
  const lab = new LabUnderTest("guarded", file(), "", `endpoint: { address: ${ADDRESSES.firewall}, by: haproxy, on: [firewall] }`);
  const script = (verb: "plan" | "up", name: Name): string => `node --import tsx '${join(import.meta.dirname, "prepare-machine.ts")}' ${verb} '${lab.file}' ${name}`;
  const parsed = ({ code, stdout, stderr }: LabRun): Prepared => {
    if (code !== 0) throw new Error(stderr);
    const { changes, refusals, failures } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Prepared;
    return { changes, refusals, failures };
  };
  const prepare = async (verb: "plan" | "up", name: Name): Promise<Prepared> => parsed(await lab.start(script(verb, name)));
  const onMachine = async (name: Name, command: string): Promise<string> => (await lab.start(`ssh -o ConnectTimeout=5 debian@${ADDRESSES[name]} sudo sh -c "'${command}'"`)).stdout.trim();
  /** Scripts that wait to undo something, as the computer underneath sees them. */
  const waiting = (name: Name): string[] => {
    try {
      return readdirSync(join(lab.state, lab.name, "machines", name, "var-lib/kubernest/reverts"));
    } catch {
      return [];
    }
  };
  const left = (name: Name): Promise<string> => onMachine(name, "ls /var/lib/kubernest/reverts /etc/systemd/system/kubernest-revert.service 2>/dev/null; systemctl list-timers --no-legend kubernest-revert*");
  /** Kills `up` in the middle of a guarded change: it has begun, and nobody will confirm it. */
  const killedWhileGuarded = async (name: Name): Promise<void> => {
    let group = 0;
    const ended = lab.start(script("up", name), (pid) => (group = pid));
    await until(() => waiting(name).length > 0, "the guard is set");
    process.kill(-group, "SIGKILL");
    await ended;
  };

  whileUp(lab);
  beforeAll(async () => {
    // Prepared already: what comes is the cut alone.
    for (const name of Object.keys(ADDRESSES) as Name[]) expect(await prepare("up", name)).toMatchObject({ refusals: [], failures: [] });
    lab.write(
      file({
        // Right to the letter, but for the prefix: no way back to us.
        address: `network: { addresses: [${ADDRESSES.address}/30] }`,
        power: `network: { addresses: [${ADDRESSES.power}/30] }`,
        killed: `network: { addresses: [${ADDRESSES.killed}/24, 192.168.1.36/24], gateway: 192.168.1.1 }`,
        // Nobody answers there, and its sshd asks for our name before it lets us in.
        resolvers: "network: { resolvers: [192.168.1.201, 192.168.1.202] }",
        ssh: "ssh: { hardened: true }",
      }),
    );
  });

  it.concurrent("by an address that does not answer", async () => {
    expect(await prepare("up", "address")).toEqual({
      changes: [`set-address: give eth0 ${ADDRESSES.address}/30`],
      refusals: [],
      failures: [`address: give eth0 ${ADDRESSES.address}/30: the machine was not to be reached at its new address: it was put back by the machine itself`],
    });
    expect(await onMachine("address", "ip -o -4 addr show eth0; grep kubernest /etc/network/interfaces")).toMatch(/ 192\.168\.1\.21\/24 [^\n]*$/);
    expect(await left("address")).toBe("");
  }, GUARDED_MS);

  it.concurrent("by a firewall that forgets at a reload that we may come in", async () => {
    await onMachine("firewall", "export DEBIAN_FRONTEND=noninteractive; apt-get update; apt-get install -y firewalld; sed /ssh/d /usr/lib/firewalld/zones/public.xml >/etc/firewalld/zones/public.xml");
    expect(await onMachine("firewall", "firewall-cmd --state; firewall-cmd --query-service=ssh")).toBe("running\nyes");
    expect(await prepare("up", "firewall")).toEqual({
      changes: ["open-firewall: open firewalld for the cluster"],
      refusals: [],
      failures: ["firewall: open firewalld for the cluster: the machine was not to be reached behind its new rules: it was put back by the machine itself"],
    });
    expect(await onMachine("firewall", "firewall-cmd --list-ports; ls /etc/firewalld/services; firewall-cmd --permanent --list-services")).toBe("22/tcp\ndhcpv6-client");
    expect(await left("firewall")).toBe("");
  }, GUARDED_MS);

  it.concurrent("by DNS servers that do not answer", async () => {
    await onMachine("resolvers", "echo UseDNS yes >/etc/ssh/sshd_config.d/10-names.conf; echo 192.168.1.1 gate >>/etc/hosts; sed -i s/files.dns/dns/ /etc/nsswitch.conf; systemctl reload ssh");
    const before = await onMachine("resolvers", "cat /etc/resolv.conf");
    const { changes, failures } = await prepare("up", "resolvers");
    expect(changes).toEqual(["set-resolvers: ask 192.168.1.201, 192.168.1.202 for names"]);
    expect(failures).toEqual(["resolvers: ask 192.168.1.201, 192.168.1.202 for names: the machine was not to be reached with its new DNS servers: it was put back by the machine itself"]);
    expect(await onMachine("resolvers", "cat /etc/resolv.conf")).toBe(before);
    expect(await left("resolvers")).toBe("");
  }, GUARDED_MS);

  it.concurrent("by an SSH server that takes no root any more, where root goes by another name", async () => {
    await onMachine("ssh", "chown -R 0:0 /home/debian/.ssh /home/debian; sed -i s/^debian:x:[0-9]*:[0-9]*:/debian:x:0:0:/ /etc/passwd");
    expect(await prepare("up", "ssh")).toEqual({
      changes: ["harden-ssh: let SSH take keys only"],
      refusals: [],
      failures: ["ssh: let SSH take keys only: the machine was not to be reached with its new SSH settings: it was put back by the machine itself"],
    });
    expect(await onMachine("ssh", "ls /etc/ssh/sshd_config.d/00-kubernest.conf 2>/dev/null; sshd -T | grep ^permitrootlogin")).toBe("permitrootlogin without-password");
    expect(await left("ssh")).toBe("");
  }, GUARDED_MS);

  it.concurrent("and loses its power before its timer fires", async () => {
    await killedWhileGuarded("power");
    await until(() => lab.run(`ping -c 1 -W 1 ${ADDRESSES.power}`).code !== 0, "it is cut off");
    expect(lab.lab("power", "cycle", "power").code).toBe(0);
    await until(async () => (await onMachine("power", "ip -o -4 addr show eth0")).includes(`${ADDRESSES.power}/24`), "it is back");
    expect(await left("power")).toBe("");
    // The file is as it was, so that the same is wanted again.
    expect((await prepare("plan", "power")).changes).toEqual([`set-address: give eth0 ${ADDRESSES.power}/30`]);
  }, GUARDED_MS);

  it.concurrent("by nothing, but `up` was killed before it could say so: the next one does", async () => {
    await killedWhileGuarded("killed");
    // What runs is finished on the machine; until then it is locked.
    await until(async () => (await prepare("plan", "killed")).changes[0] === "settle-reverts: confirm what an interrupted run changed", "the change is made and unconfirmed");
    expect(await prepare("up", "killed")).toEqual({ changes: ["settle-reverts: confirm what an interrupted run changed"], refusals: [], failures: [] });
    expect(await left("killed")).toBe("");
    await new Promise((resolve) => setTimeout(resolve, 50_000));
    expect(await onMachine("killed", "ip -o -4 addr show eth0")).toMatch(/26\/24[^]*36\/24/);
    expect(await prepare("plan", "killed")).toEqual({ changes: [], refusals: [], failures: [] });
  }, GUARDED_MS);
});

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let count = 0; count < 240; count++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`not within a minute: ${what}`);
}
