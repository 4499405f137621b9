/** The `lab` command in this process, against a state directory and a lab name of the tests' own; and why it cannot be tried, where it cannot. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localComputer } from "../../src/adapters/local-computer.ts";
import { assertComputerFits } from "../../src/lab/computer-fits.ts";
import { openLab } from "../../src/lab/lab.ts";

/** Undefined where labs can be made here. */
export async function whyNot(): Promise<string | undefined> {
  if (process.env["KUBERNEST_LAB"] !== undefined) return "a lab is made on the computer itself, not in another lab";
  try {
    await assertComputerFits(await openLab(localComputer(process.env), join(tmpdir(), "kubernest-lab-trial"), "trial"));
    return undefined;
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message}. ${hint ?? ""}`;
  }
}

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** Characters of each of a failed command's two outputs. */
const SAID_MAX = 4_000;

export interface LabRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class LabUnderTest {
  readonly name: string;
  readonly directory: string;
  readonly state: string;
  readonly file: string;
  private readonly kubernetes: string;
  private readonly lan: string;

  /** `kubernetes`: further fields of that map, `endpoint: …`. */
  constructor(name: string, machines: string, more = "", kubernetes = "", lan = "192.168.1.0/24") {
    this.lan = lan;
    this.kubernetes = kubernetes === "" ? "" : `, ${kubernetes}`;
    this.name = `${name}-${process.pid}`;
    this.directory = mkdtempSync(join(tmpdir(), "kubernest-lab-"));
    this.state = join(this.directory, "state");
    this.file = join(this.directory, "homelab.yaml");
    this.write(machines, more);
  }

  write(machines: string, more = ""): void {
    const cluster = /^kubernetes:/m.test(more) ? "" : `kubernetes: { distribution: kubeadm, version: v1.36.3${this.kubernetes} }\n`;
    writeFileSync(this.file, `name: ${this.name}\nlan: ${this.lan}\nmachines:\n${machines}\n${cluster}${more}`);
  }

  /** A file of its own; only its name is the lab's. */
  writeWhole(text: string): void {
    writeFileSync(this.file, text.replace(/^name: .*$/m, `name: ${this.name}`));
  }

  /** `lab ARGS`, as a user types it. */
  lab(...args: string[]): LabRun {
    return this.spawn(args);
  }

  private spawn(args: readonly string[], input?: string): LabRun {
    const { status, stdout, stderr, error } = spawnSync(process.execPath, this.argv(...args), { maxBuffer: OUTPUT_BYTES_MAX, encoding: "utf8", ...(input === undefined ? {} : { input }), cwd: join(import.meta.dirname, "../.."), timeout: 19 * 60_000 });
    if (error !== undefined) throw error;
    return { code: status ?? -1, stdout, stderr };
  }

  /** What node runs for `lab ARGS`. */
  argv(...args: string[]): string[] {
    return ["--import", "tsx", join(import.meta.dirname, "../../src/cli/main.ts"), "lab", "--state", this.state, "-c", this.file, ...args];
  }

  /** The same, beside others; `onPid` gets the process's own group, for whoever kills it. */
  start(script: string, onPid: (group: number) => void = () => undefined): Promise<LabRun> {
    const child = spawn(process.execPath, this.argv("run", "--", "sh", "-c", script), { cwd: join(import.meta.dirname, "../.."), detached: true });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk: Buffer) => void (said[name] += chunk.toString("utf8")));
    onPid(child.pid!);
    return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, ...said })));
  }

  /** sh in the lab's network, as `lab run` gives it. */
  run(script: string): LabRun {
    return this.lab("run", "--", "sh", "-c", script);
  }

  /** Another command of the tool in the lab, on the same file. */
  kubernest(...args: string[]): LabRun {
    return this.spawn(this.inLab(args));
  }

  /** The same where it has to end with 0: else the test fails with what it said. */
  done(...args: string[]): LabRun {
    const run = this.kubernest(...args);
    if (run.code !== 0) throw new Error(`${args.join(" ")} ended with ${run.code}: ${run.stdout.slice(-SAID_MAX)}${run.stderr.slice(-SAID_MAX)}`);
    return run;
  }

  /** Another command with something on its standard input. */
  kubernestFed(input: string, ...args: string[]): LabRun {
    return this.spawn(this.inLab(args), input);
  }

  private inLab(args: readonly string[]): string[] {
    const command = join(import.meta.dirname, "../../src/cli/main.ts");
    const [verb = "", ...rest] = args;
    return ["run", "--", process.execPath, "--import", import.meta.resolve("tsx"), command, verb, "-c", this.file, ...rest];
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What a lab makes on the computer: mounts, control groups, links, processes that are a lab's. Equal before and after, or something was left behind. */
export function traces(name: string): Record<string, unknown> {
  const list = (argv: string[]): string[] => spawnSync(argv[0]!, argv.slice(1), { encoding: "utf8" }).stdout.split("\n").filter((line) => line.includes(name));
  return {
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n").filter((line) => line.includes("kubernest-lab") || line.includes(name)),
    groups: list(["find", "/sys/fs/cgroup", "-type", "d", "-name", "*" + name + "*"]),
    processes: list(["ps", "-eo", "pid,args"]).filter((line) => !line.includes(" ps ") && !line.includes("vitest")),
    links: spawnSync("ip", ["-o", "link"], { encoding: "utf8" }).stdout.split("\n").filter((line) => / (?:m\d+|switch|internet)[@:]/.test(line)),
    settings: ["net/ipv4/ip_forward", "vm/overcommit_memory", "kernel/panic", "fs/inotify/max_user_instances"].map((path) => readFileSync(`/proc/sys/${path}`, "utf8")),
    rules: spawnSync("nft", ["list", "ruleset"], { encoding: "utf8" }).stdout,
  };
}
