/** The machines of the benchmark: a lab of its own with what Ansible needs on them, put back to the same copy before every first run. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localComputer } from "../../../src/adapters/local-computer.ts";
import { gatherComputerFacts } from "../../../src/lab/computer-facts.ts";
import { groupPath, labGroup } from "../../../src/lab/control-groups.ts";
import { LabUnderTest } from "../../../test/lab/lab-command.ts";
import type { Measured, MeasuredCommand, MeasureRequest } from "./measured-run.ts";

/** Addresses of each machine: with twelve machines, 48 connections that each go to another address. */
export const ADDRESSES_EACH = 4;
const SNAPSHOT = "prepared-for-both";
const PACKAGES = ["conntrack", "ethtool", "ipset", "iptables", "socat"];
export const USER = "debian";

export function machineNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `m${String(index + 1).padStart(2, "0")}`);
}

const addressOf = (machine: number, way: number): string => `192.168.1.${20 + machine + way * 40}`;

export class BenchLab {
  readonly #lab: LabUnderTest;
  readonly #count: number;
  readonly #bundle: string;

  constructor(count: number, bundle: string) {
    this.#count = count;
    this.#bundle = bundle;
    this.#lab = new LabUnderTest("bench", `${this.#machineLines()}\nmachineDefaults: { ssh: { user: ${USER} } }`);
  }

  get name(): string {
    return this.#lab.name;
  }

  get directory(): string {
    return this.#lab.directory;
  }

  /** `connections` of them, each of another address; the first ones are of one machine each. */
  addresses(connections: number): string[] {
    return Array.from({ length: connections }, (_, index) => addressOf((index % this.#count) + 1, Math.floor(index / this.#count)));
  }

  #machineLines(): string {
    return machineNames(this.#count).map((name, index) => `  ${name}: { address: ${addressOf(index + 1, 0)}${index === 0 ? ", roles: [control-plane, worker]" : ""} }`).join("\n");
  }

  /** The homelab that both sides prepare. */
  writeHomelab(mirror: string): string {
    const file = join(this.directory, "prepare.yaml");
    writeFileSync(
      file,
      `name: ${this.name}
lan: 192.168.1.0/24
machines:
${this.#machineLines()}
machineDefaults:
  hardware: vm
  memory: 2Gi
  cpu: 2
  ssh: { user: ${USER} }
  packages: [ethtool, ipset, socat]
  disableServices: [apt-daily.timer, apt-daily-upgrade.timer]
  sysctls: { net.ipv4.ip_local_port_range: 20000 60000 }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
artifacts: { mirror: ${mirror} }
`,
    );
    return file;
  }

  /** Machines with Python for Ansible, and with the packages' files and lists in apt's own store: neither side waits for a network. */
  up(): void {
    this.#done("lab up", this.#lab.lab("up"));
    const script = `apt-get -qq update && apt-get -qq install -y python3 python3-apt && apt-get -qq install -y --download-only --no-install-recommends ${PACKAGES.join(" ")}`;
    const all = machineNames(this.#count).map((name) => `ssh ${name} "sudo DEBIAN_FRONTEND=noninteractive sh -c '${script}'" >/dev/null 2>&1 & pids="$pids $!"`);
    this.#done("packages for both", this.#lab.run(`pids=; ${all.join("\n")}\nfor pid in $pids; do wait $pid || exit 1; done`));
    this.#done("lab save", this.#lab.lab("save", SNAPSHOT));
  }

  restore(): void {
    this.#done("lab restore", this.#lab.lab("restore", SNAPSHOT));
  }

  down(): void {
    this.#lab.lab("down");
    this.#lab.remove();
  }

  /** Runs the commands one after the other in the lab, as a user's would. */
  async measure(commands: readonly MeasuredCommand[]): Promise<Measured[]> {
    const [request, answer] = [join(this.directory, "request.json"), join(this.directory, "answer.json")];
    writeFileSync(request, JSON.stringify({ ...(await this.#groups()), commands } satisfies MeasureRequest));
    this.#done("measuring", this.#lab.lab("run", "--", process.execPath, join(this.#bundle, "measure-in-lab.mjs"), request, answer));
    return JSON.parse(readFileSync(answer, "utf8")) as Measured[];
  }

  async #groups(): Promise<Pick<MeasureRequest, "near" | "far" | "version">> {
    const { hierarchies } = await gatherComputerFacts(localComputer(process.env));
    const counting = hierarchies.find(({ controllers }) => controllers.includes("cpuacct")) ?? hierarchies.find(({ version }) => version === 2);
    if (counting === undefined) throw new Error("no control groups count CPU time here");
    const group = labGroup(this.name);
    return { near: groupPath(counting, `${group}/measured`), far: groupPath(counting, `${group}/machines`), version: counting.version };
  }

  /** Gives every machine its further addresses, until it is started anew, and makes them known. */
  addAddresses(): void {
    const all = machineNames(this.#count).map((name, index) => `ssh ${name} "${Array.from({ length: ADDRESSES_EACH - 1 }, (_, way) => `sudo ip address replace ${addressOf(index + 1, way + 1)}/24 dev eth0`).join(" && ")}" || exit 1`);
    this.#done("further addresses", this.#lab.run(all.join("\n")));
    const path = join(this.#lab.state, this.name, "ssh", "known_hosts");
    const known = readFileSync(path, "utf8");
    const lines = known.split("\n").flatMap((line) => {
      const [address = "", ...key] = line.split(" ");
      const machine = Number(address.split(".").at(-1)) - 20;
      return key.length === 0 ? [] : Array.from({ length: ADDRESSES_EACH - 1 }, (_, way) => `${addressOf(machine, way + 1)} ${key.join(" ")}\n`);
    });
    appendFileSync(path, lines.join(""));
  }

  #done(what: string, { code, stderr }: { code: number; stderr: string }): void {
    if (code !== 0) throw new Error(`${what}: exit code ${code}: ${stderr.trim().split("\n").slice(-5).join("\n")}`);
  }
}
