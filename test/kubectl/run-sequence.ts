/** Runs one sequence of kubectl commands against a cluster, in a namespace and folder of its own, and returns what was printed. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { httpKubeTransport } from "../../src/adapters/http-kube-transport.ts";
import { parseKubeconfig } from "../../src/kube/kubeconfig.ts";
import { KubeClient } from "../../src/kube/kube-client.ts";
import { normaliseOutput } from "./normalise-output.ts";
import type { Sequence, WatchCommand } from "./sequence.ts";

const run = promisify(execFile);
const COMMAND_DEADLINE_MS = 60_000;
const NAMESPACE_DEADLINE_MS = 30_000;
const LOOK_PERIOD_MS = 100;

export interface Printed {
  command: string;
  code: number;
  /** Lines, normalised. */
  stdout: string[];
  stderr: string[];
}

export interface SequenceOptions {
  kubectl: string;
  kubeconfig: string;
  namespace: string;
}

export async function runSequence(sequence: Sequence, options: SequenceOptions): Promise<Printed[]> {
  const directory = await mkdtemp(join(tmpdir(), "kubernest-kubectl-"));
  const kubeconfig = join(directory, ".kubeconfig");
  const env = { ...process.env, PATH: `${dirname(options.kubectl)}${delimiter}${process.env["PATH"] ?? ""}`, KUBECONFIG: kubeconfig, HOME: directory, KUBECACHEDIR: join(directory, ".cache"), NO_COLOR: "1", KUBE_EDITOR: "false", GOGC: "400" };
  const shell = async (command: string): Promise<{ code: number; stdout: string; stderr: string }> =>
    run("sh", ["-c", command], { cwd: directory, env, timeout: COMMAND_DEADLINE_MS, maxBuffer: 16 << 20 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code?: number | string; stdout?: string; stderr?: string }) => ({ code: typeof error.code === "number" ? error.code : -1, stdout: error.stdout ?? "", stderr: error.stderr ?? "" }),
    );
  const lines = (text: string): string[] => normaliseOutput(text, { namespace: options.namespace, directory, hasNodes: sequence.hasNodes ?? false }).replace(/\n$/, "").split("\n").filter((line, _, all) => all.length > 1 || line !== "");
  const printed: Printed[] = [];
  const client = await clientOf(options.kubeconfig);
  try {
    await writeFile(kubeconfig, await withNamespace(options.kubeconfig, options.namespace), { mode: 0o600 });
    for (const [name, text] of Object.entries(sequence.files ?? {})) await writeFile(join(directory, name), text.replaceAll("$NS", options.namespace));
    await makeNamespace(client, options.namespace);
    for (const command of sequence.commands) {
      if (typeof command !== "string") {
        printed.push(await runWatch(command, directory, env, shell, lines));
        continue;
      }
      const isQuiet = command.startsWith("~");
      const text = (isQuiet ? command.slice(1) : command).replaceAll("$NS", options.namespace);
      const { code, stdout, stderr } = await shell(text);
      if (isQuiet && code !== 0) throw new Error(`${command}: exit ${code}: ${stderr || stdout}`);
      if (!isQuiet) printed.push({ command, code, stdout: lines(stdout), stderr: lines(stderr) });
    }
    return printed;
  } finally {
    await client.delete("v1", "Namespace", undefined, options.namespace);
    await client.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function need(result: Promise<{ code: number; stderr: string }>, what: string): Promise<void> {
  const { code, stderr } = await result;
  if (code !== 0) throw new Error(`${what}: exit ${code}: ${stderr}`);
}

/** For what surrounds a sequence: a kubectl for each of these would take as long as what is compared. */
async function clientOf(kubeconfig: string): Promise<KubeClient> {
  const { server, authority, client, token } = parseKubeconfig(await readFile(kubeconfig, "utf8"));
  return new KubeClient(httpKubeTransport({ server, authority, ...(client ? { client } : {}), ...(token ? { token } : {}), timeoutMs: COMMAND_DEADLINE_MS, connectionsMax: 1 }));
}

/** With what pods need in it, which comes a moment later. */
async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { fieldManager: "kubernest-tests", force: false });
  const endMs = performance.now() + NAMESPACE_DEADLINE_MS;
  const isWhole = async (): Promise<boolean> => (await client.find("v1", "ServiceAccount", name, "default")) !== undefined && (await client.find("v1", "ConfigMap", name, "kube-root-ca.crt")) !== undefined;
  while (!(await isWhole())) {
    if (performance.now() > endMs) throw new Error(`namespace ${name} has no service account yet`);
    await sleep(LOOK_PERIOD_MS);
  }
}

async function withNamespace(file: string, namespace: string): Promise<string> {
  const config = parse(await readFile(file, "utf8")) as { contexts: { name: string; context: Record<string, string> }[]; clusters: { name: string }[]; users: { name: string }[]; "current-context": string };
  const [context] = config.contexts;
  Object.assign(context!.context, { namespace, cluster: "home", user: "admin" });
  context!.name = "home";
  config.clusters[0]!.name = "home";
  config.users[0]!.name = "admin";
  config["current-context"] = "home";
  return stringify(config);
}

async function runWatch(command: WatchCommand, cwd: string, env: NodeJS.ProcessEnv, shell: (command: string) => Promise<{ code: number; stderr: string }>, lines: (text: string) => string[]): Promise<Printed> {
  const child = spawn("sh", ["-c", `exec ${command.watch}`], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const count = (): number => stdout.split("\n").length - 1;
  const endMs = performance.now() + COMMAND_DEADLINE_MS / 3;
  await sleep(1_000);
  for (const inner of command.during) await need(shell(inner), inner);
  while (count() < command.lines && performance.now() < endMs && child.exitCode === null) await sleep(50);
  // Its whole group: a pipe's other end would hold its output open.
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
  await ended;
  return { command: command.watch, code: 0, stdout: lines(stdout).slice(0, command.lines), stderr: lines(stderr) };
}
