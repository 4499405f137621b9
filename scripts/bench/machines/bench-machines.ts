/**
 * `npm run bench:machines`: the preparation of nodes by `up` beside Ansible's, on the same lab machines in the same run, and beside plain ssh. Each side must find nothing to do
 * behind the other, so that both did the same. Exits 0 when all ran, whatever the goals: wall time on a busy computer is to be read, not to fail a build.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "tsdown";
import { program } from "../../../tsdown.config.ts";
import type { Homelab } from "../../../src/config/homelab.ts";
import { loadHomelab } from "../../../src/config/load.ts";
import { releaseFilesOf } from "../../../src/operations/release-checksums.ts";
import { whyNot } from "../../../test/lab/lab-command.ts";
import type { Prepared } from "../../../test/lab/prepare-machine.ts";
import { mirrorPath } from "../../../test/real/mirror.ts";
import { machineFacts } from "../machine-facts.ts";
import { parseRecap, writeAnsibleFiles } from "./ansible-files.ts";
import { ADDRESSES_EACH, BenchLab, machineNames, USER } from "./bench-lab.ts";
import type { Measured, MeasuredCommand } from "./measured-run.ts";
import { type Figure, figureOf, printReport, type Report } from "./report.ts";
import { pathIn, writeStandIns } from "./stand-ins.ts";

const HELP = `npm run bench:machines -- [--machines N] [--repeat N] [--ansible N] [--first-runs N]
                             [--files real|small|both] [--only PARTS] [-o table|json]

  --machines N    how many lab machines (12)
  --repeat N      runs without a change of each side (3)
  --ansible N     the same of Ansible, which takes minutes (3); 0 leaves it out there
  --first-runs N  first runs of each side, each on fresh machines (3)
  --files real    the release files of \`npm run real-mirror\`, some hundred megabytes a machine
  --files small   stand-ins of a few bytes: what preparing costs without carrying; real where the mirror has
                  them, small otherwise, by default; both measures first runs with each
  --only PARTS    of first, again, growth, connections
  -o json         every sample, on stdout

Needs root, Ansible (ansible-playbook) and what kubernest lab needs. With 12 machines both cores of a small computer
are at their limit for some ten minutes.
`;
const BUNDLE = resolve("node_modules/.cache/kubernest-bench-machines");
const HERE = resolve("scripts/bench/machines");
const CONNECTIONS = [3, 6, 12, 24, 48];
const PARTS = ["first", "again", "growth", "connections"] as const;

type Files = "real" | "small";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { machines: { type: "string", default: "12" }, repeat: { type: "string", default: "3" }, ansible: { type: "string", default: "3" }, "first-runs": { type: "string", default: "3" }, files: { type: "string" }, only: { type: "string" }, output: { type: "string", short: "o", default: "table" }, help: { type: "boolean", default: false } },
  });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [count, repeat, firstRuns, ansibleRepeat] = [values.machines, values.repeat, values["first-runs"], values.ansible].map(Number) as [number, number, number, number];
  const parts = values.only?.split(",") ?? PARTS;
  const unknown = parts.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (![count, repeat, firstRuns].every((number) => Number.isInteger(number) && number > 0) || !Number.isInteger(ansibleRepeat) || ansibleRepeat < 0 || count > 40 || unknown.length > 0 || !["table", "json"].includes(values.output) || (values.files !== undefined && !["real", "small", "both"].includes(values.files))) {
    process.stderr.write(HELP);
    return 1;
  }
  const reason = (await whyNot()) ?? (hasProgram("ansible-playbook") ? undefined : "ansible-playbook is not installed: apt-get install ansible");
  if (reason !== undefined) {
    say(`skipped: ${reason}`);
    return 1;
  }
  const facts = { ...machineFacts(), ansible: versionOf("ansible", "--version"), ssh: versionOf("ssh", "-V") };
  say(`${facts.date} · ${facts.cpu}, ${facts.coreCount} cores, ${facts.memoryGib} GiB · Node ${facts.node} ${facts.platform} · ${facts.ansible} · ${facts.ssh} · load ${facts.load.toFixed(1)}`);
  // What prepares is started as the package starts the program.
  await build({ ...program, clean: true, entry: { prepare: "test/lab/prepare-machine.ts" }, outDir: BUNDLE, sourcemap: false, config: false, logLevel: "error" });
  await build({ ...program, format: "esm", clean: false, entry: { "start-prepare": `${HERE}/start-prepare.ts`, connect: `${HERE}/connect.ts`, "measure-in-lab": `${HERE}/measure-in-lab.ts` }, outDir: BUNDLE, sourcemap: false, config: false, logLevel: "error" });

  const lab = new BenchLab(count, BUNDLE);
  process.once("SIGINT", () => {
    lab.down();
    process.exit(130);
  });
  try {
    say(`${count} machines: made, with Python for Ansible and the packages' files for both`);
    lab.up();
    const bench = new Comparison(lab, count, say);
    const report: Report = { machine: facts, machines: count, groups: [] };
    const kinds: Files[] = values.files === "both" ? ["real", "small"] : [(values.files as Files | undefined) ?? (await bench.hasRealFiles() ? "real" : "small")];
    for (const kind of kinds) {
      const bytes = await bench.use(kind);
      if (parts.includes("first")) report.groups.push(...(await bench.firstRuns(firstRuns, kind, bytes)));
    }
    if (!parts.includes("first")) await bench.prepareAll(ansibleRepeat > 0);
    if (parts.includes("again")) report.groups.push(await bench.again(count, repeat, ansibleRepeat, true));
    if (parts.includes("growth")) for (const some of [3, 6].filter((number) => number < count)) report.groups.push(await bench.again(some, repeat, Math.min(1, ansibleRepeat), false));
    if (parts.includes("connections")) {
      lab.addAddresses();
      for (const many of CONNECTIONS.filter((number) => number <= count * ADDRESSES_EACH)) report.groups.push(await bench.connections(many, repeat));
    }
    if (values.output === "json") process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else process.stdout.write(printReport(report));
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    lab.down();
  }
}

class Comparison {
  readonly #lab: BenchLab;
  readonly #count: number;
  readonly #say: (line: string) => void;
  #file = "";

  constructor(lab: BenchLab, count: number, say: (line: string) => void) {
    this.#lab = lab;
    this.#count = count;
    this.#say = say;
  }

  async hasRealFiles(): Promise<boolean> {
    const homelab = await this.#load(this.#lab.writeHomelab(mirrorPath()));
    return this.#releasePaths(homelab, mirrorPath()).every((path) => existsSync(path));
  }

  /** From here on, with these release files. Their size in bytes, as each machine is given them. */
  async use(kind: Files): Promise<number> {
    const mirror = kind === "real" ? mirrorPath() : join(this.#lab.directory, "mirror");
    this.#file = this.#lab.writeHomelab(mirror);
    const homelab = await this.#load(this.#file);
    if (kind === "small") await writeStandIns(mirror, homelab, Object.values(homelab.machines)[0]!);
    writeAnsibleFiles(this.#lab.directory, homelab, mirror);
    writeFileSync(join(this.#lab.directory, "facts.sh"), execFileSync(process.execPath, [join(BUNDLE, "start-prepare.mjs"), "script", this.#file, "m01"], { maxBuffer: 2 ** 24 }));
    return this.#releasePaths(homelab, mirror).reduce((sum, path) => sum + statSync(path).size, 0);
  }

  async firstRuns(count: number, kind: Files, bytes: number): Promise<Report["groups"]> {
    const [ours, theirs]: [Measured[], Measured[]] = [[], []];
    for (let run = 1; run <= count; run++) {
      this.#say(`first runs with ${kind} files: ${run} of ${count}`);
      this.#lab.restore();
      const [ansible, behind] = await this.#lab.measure([this.#ansible(this.#count), this.#prepare(this.#count, "plan")]);
      this.#assertChanged(ansible!, true);
      // What tells a program's version to `up` is a stamp that nobody else sets; all else must be as it wants it.
      const wanted = this.#prepared(behind!).changes.filter((change) => !/: install (?:runc|containerd|CNI plugins|kubeadm|kubelet|kubectl) |: restart containerd$/.test(change));
      if (wanted.length > 0) throw new Error(`behind Ansible there is still to do: ${wanted.join("; ")}`);
      theirs.push(ansible!);
      this.#lab.restore();
      const [up, after] = await this.#lab.measure([this.#prepare(this.#count), this.#ansible(this.#count)]);
      if (this.#prepared(up!).changes.length < this.#count) throw new Error("the first run changed nothing");
      this.#assertChanged(after!, false);
      ours.push(up!);
    }
    const size = bytes > 1e6 ? `${Math.round(bytes / 1e6)} MB` : "a few KB";
    return [{ title: `First run, ${this.#count} machines, release files of ${size} each`, figures: [figureOf("kubernest", ours), figureOf("Ansible", theirs)], goals: [{ text: "≤ 1/4 of Ansible", of: "kubernest", to: "Ansible", ratioMax: 1 / 4 }] }];
  }

  /** Machines as `up` leaves them, without a measurement. */
  async prepareAll(isCompared: boolean): Promise<void> {
    const [up, after] = await this.#lab.measure([this.#prepare(this.#count), ...(isCompared ? [this.#ansible(this.#count)] : [])]);
    this.#prepared(up!);
    if (after !== undefined) this.#assertChanged(after, false);
  }

  /** Runs that find nothing to do, on the first `count` machines. */
  async again(count: number, repeat: number, ansibleRepeat: number, isJudged: boolean): Promise<Report["groups"][number]> {
    this.#say(`runs without a change on ${count} machines`);
    const addresses = this.#lab.addresses(count);
    const names = ["kubernest", "ssh MACHINE sh", "ssh MACHINE sudo sh, the same facts", "Ansible"] as const;
    const samples: Record<(typeof names)[number], Measured[]> = { kubernest: [], "ssh MACHINE sh": [], "ssh MACHINE sudo sh, the same facts": [], Ansible: [] };
    // In turns, so that what else the computer does meets all alike. The first of each warms files up.
    for (let run = 0; run <= repeat; run++) {
      const [up, plain, facts] = await this.#lab.measure([this.#prepare(count), plainSsh(addresses, "sh", "/dev/null"), plainSsh(addresses, "sudo sh", join(this.#lab.directory, "facts.sh"))]);
      if (this.#prepared(up!).changes.length > 0) throw new Error(`there was something to do: ${this.#prepared(up!).changes.join("; ")}`);
      assertWorked(plain!, "ssh");
      assertWorked(facts!, "ssh");
      if (run === 0) continue;
      samples.kubernest.push(up!);
      samples["ssh MACHINE sh"].push(plain!);
      samples["ssh MACHINE sudo sh, the same facts"].push(facts!);
    }
    for (let run = 0; run < ansibleRepeat; run++) {
      const [ansible] = await this.#lab.measure([this.#ansible(count)]);
      this.#assertChanged(ansible!, false);
      samples.Ansible.push(ansible!);
    }
    return {
      title: `No change, ${count} machines`,
      figures: names.filter((name) => samples[name].length > 0).map((name): Figure => figureOf(name, samples[name])),
      goals: isJudged ? [...(ansibleRepeat > 0 ? [{ text: "≤ 1/25 of Ansible", of: "kubernest", to: "Ansible", ratioMax: 1 / 25 }] : []), { text: "≤ 1.5 × ssh MACHINE sh", of: "kubernest", to: "ssh MACHINE sh", ratioMax: 1.5 }] : [],
    };
  }

  async connections(count: number, repeat: number): Promise<Report["groups"][number]> {
    this.#say(`${count} connections`);
    const addresses = this.#lab.addresses(count);
    const [ours, plain]: [Measured[], Measured[]] = [[], []];
    for (let run = 0; run < repeat; run++) {
      const [one, other] = await this.#lab.measure([{ argv: [process.execPath, join(BUNDLE, "connect.mjs"), USER, ...addresses] }, plainSsh(addresses, "sh", "/dev/null")]);
      assertWorked(one!, "connections");
      assertWorked(other!, "ssh");
      ours.push(one!);
      plain.push(other!);
    }
    const shared = count > this.#count ? `, ${Math.ceil(count / this.#count)} to each of ${this.#count} machines at addresses of their own` : "";
    return { title: `${count} connections alone${shared}`, figures: [figureOf("kubernest", ours), figureOf("ssh MACHINE sh", plain)], goals: [] };
  }

  #prepare(count: number, verb: "plan" | "up" = "up"): MeasuredCommand {
    const state = join(this.#lab.directory, "state-of-ours");
    return { argv: [process.execPath, join(BUNDLE, "start-prepare.mjs"), verb, this.#file, ...machineNames(count)], env: { XDG_STATE_HOME: state, XDG_CACHE_HOME: state } };
  }

  #ansible(count: number): MeasuredCommand {
    const { directory } = this.#lab;
    mkdirSync(join(directory, "ansible-home"), { recursive: true });
    return {
      argv: ["ansible-playbook", "-i", join(directory, "inventory.ini"), "-e", `@${join(directory, "vars.json")}`, "--limit", machineNames(count).join(","), join(HERE, "ansible/prepare.yml")],
      env: { ANSIBLE_CONFIG: join(HERE, "ansible/ansible.cfg"), ANSIBLE_HOME: join(directory, "ansible-home"), LC_ALL: "C.UTF-8", ANSIBLE_NOCOLOR: "1" },
    };
  }

  #prepared(measured: Measured): Prepared {
    assertWorked(measured, "up");
    const prepared = JSON.parse(measured.stdout) as Prepared;
    if (prepared.said !== "") throw new Error(prepared.said);
    return prepared;
  }

  #assertChanged(measured: Measured, expected: boolean): void {
    assertWorked(measured, "Ansible");
    const { changedCount, failedCount } = parseRecap(measured.stdout);
    if (failedCount > 0 || changedCount > 0 !== expected) throw new Error(`Ansible changed ${changedCount}, failed ${failedCount}:\n${measured.stdout.split("\n").filter((line) => /^(?:TASK|changed|fatal|failed)/.test(line)).join("\n")}`);
  }

  #releasePaths(homelab: Homelab, mirror: string): string[] {
    return releaseFilesOf(homelab, Object.values(homelab.machines)[0]!).filter(({ url }) => !url.startsWith("image:")).map(({ url }) => pathIn(mirror, url));
  }

  async #load(file: string): Promise<Homelab> {
    const { homelab, findings } = await loadHomelab(file, { env: {}, readFile: (path) => readFileSync(path, "utf8") });
    if (homelab === undefined) throw new Error(findings.map(({ message }) => message).join("\n"));
    return homelab;
  }
}

/** One ssh for each address, all at once, as a person would write it. */
function plainSsh(addresses: readonly string[], command: string, stdinFile: string): MeasuredCommand {
  const script = `file=$1; command=$2; shift 2; pids=; for address; do ssh -T -o BatchMode=yes ${USER}@$address $command <$file >/dev/null & pids="$pids $!"; done; for pid in $pids; do wait $pid || exit 1; done`;
  return { argv: ["sh", "-c", script, "sh", stdinFile, command, ...addresses] };
}

function assertWorked({ code, stdout, stderr }: Measured, what: string): void {
  if (code === 0) return;
  const told = stdout.split("\n").filter((line) => line.startsWith("fatal: "));
  throw new Error(`${what} ended with exit code ${code}:\n${told.length > 0 ? told.join("\n") : stdout.slice(-4000)}\n${stderr.slice(-2000)}`);
}

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The first line that it says of itself. */
function versionOf(program: string, flag: string): string {
  return execFileSync("sh", ["-c", `${program} ${flag} 2>&1`], { encoding: "utf8" }).split("\n")[0]!.replace(/,.*/, "");
}

process.exitCode = await main();
