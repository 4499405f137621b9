import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CHANGED_BY_HAND } from "./changes-by-hand.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";
import type { Prepared } from "./prepare-machine.ts";

const reason = await whyNot();

const ADDRESS = "192.168.1.11";
const FIELDS = "packages: [ufw], sysctls: { net.ipv4.ip_local_port_range: 20000 60000 }, disableServices: [apt-daily.timer], timeZone: Europe/Paris, journalMax: 64Mi, ssh: { hardened: true }";
const network = (addresses: string): string => `network: { addresses: [${addresses}], gateway: 192.168.1.1, resolvers: [192.168.1.1, 192.168.1.9], search: [maison.example] }`;
const machines = (addresses: string): string => `  lb1: { address: ${ADDRESS}, roles: load-balancer, ${FIELDS}, ${network(addresses)} }\n  cp1: { address: 192.168.1.12, roles: [control-plane, worker], cpu: 2, memory: 4Gi }`;

describe("a machine that `up` prepared", () => {
  if (reason !== undefined) return void it("is mended", (context) => context.skip(reason));
  const lab = new LabUnderTest("mended", machines(`${ADDRESS}/24`), "", `endpoint: { address: ${ADDRESS}, by: haproxy, on: [lb1] }`);
  const prepare = (verb: "plan" | "up"): { changes: string[]; refusals: string[]; failures: string[] } => {
    const { stdout, stderr, code } = lab.run(`node --import tsx '${join(import.meta.dirname, "prepare-machine.ts")}' ${verb} '${lab.file}' lb1`);
    if (code !== 0) throw new Error(stderr);
    const { changes, refusals, failures } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Prepared;
    return { changes: [...changes], refusals: [...refusals], failures: [...failures] };
  };
  const onMachine = (script: string): string => lab.run(`ssh debian@${ADDRESS} sudo sh -c "'${script}'"`).stdout;

  whileUp(lab);
  beforeAll(() => {
    expect(prepare("up")).toMatchObject({ refusals: [], failures: [] });
  });

  it("wants nothing the second time", () => {
    expect(prepare("plan")).toEqual({ changes: [], refusals: [], failures: [] });
  });

  it.each(CHANGED_BY_HAND)("is mended after `%s`", (byHand, change, look, seen) => {
    onMachine(byHand);
    expect(prepare("up")).toEqual({ changes: change.split(/,(?=[a-z-]+: )/), refusals: [], failures: [] });
    expect(onMachine(look)).toContain(seen);
    expect(prepare("plan")).toEqual({ changes: [], refusals: [], failures: [] });
  });

  it("is given back an address that a hand took away", () => {
    lab.write(machines(`${ADDRESS}/24, 192.168.1.31/24`));
    expect(prepare("up").failures).toEqual([]);
    onMachine("ip addr del 192.168.1.31/24 dev eth0");
    expect(prepare("up")).toEqual({ changes: [`set-address: give eth0 ${ADDRESS}/24, 192.168.1.31/24`], refusals: [], failures: [] });
    expect(onMachine("ip -o addr show eth0")).toContain("192.168.1.31/24");
  });

  it("is given a second address while it is reached by the first, and not sent where nobody finds it", () => {
    lab.write(machines(`${ADDRESS}/24, 192.168.1.21/24`));
    expect(prepare("up")).toMatchObject({ changes: expect.arrayContaining([`set-address: give eth0 ${ADDRESS}/24, 192.168.1.21/24`]) as string[], refusals: [], failures: [] });
    expect(onMachine("ip -o addr show eth0")).toMatch(/192\.168\.1\.11\/24.*\n?.*192\.168\.1\.21\/24/);
    lab.write(machines("192.168.1.77/24"));
    expect(prepare("up").refusals).toEqual([`SSH reaches it at ${ADDRESS}, and the file gives eth0 192.168.1.77/24: it would be lost on the way`]);
    expect(onMachine("hostname").trim()).toBe("lb1");
  });
});
