/** Runs commands one after the other inside of the lab and measures each: wall clock here, CPU time by the control groups of both sides. `measure-in-lab.mjs REQUEST.json ANSWER.json`. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measured, MeasuredCommand, MeasureRequest } from "./measured-run.ts";

const OUTPUT_CHARACTERS_MAX = 200_000;

const request = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as MeasureRequest;
mkdirSync(request.near, { recursive: true });
const answers: Measured[] = [];
for (const command of request.commands) answers.push(await measure(command));
writeFileSync(process.argv[3]!, JSON.stringify(answers));

async function measure({ argv, env, stdinFile }: MeasuredCommand): Promise<Measured> {
  const nearBefore = cpuMs(request.near);
  const farBefore = cpuMs(request.far);
  const stdin = openSync(stdinFile ?? "/dev/null", "r");
  const beganMs = performance.now();
  const child = spawn("sh", ["-c", `echo $$ >${request.near}/cgroup.procs; exec "$@"`, "sh", ...argv], { stdio: [stdin, "pipe", "pipe"], env: { ...process.env, ...env } });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name]!.on("data", (chunk: Buffer) => void (texts[name] = (texts[name] + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX)));
  // Not until its pipes close: what it leaves running, such as a connection for the next time, may hold them.
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
  const code = await ended;
  const wallMs = performance.now() - beganMs;
  closeSync(stdin);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { wallMs, nearCpuMs: cpuMs(request.near) - nearBefore, farCpuMs: cpuMs(request.far) - farBefore, code, ...texts };
}

/** Of the group and all below it, ended processes included. */
function cpuMs(group: string): number {
  if (request.version === 1) return Number(readFileSync(join(group, "cpuacct.usage"), "utf8")) / 1e6;
  return Number(/^usage_usec (\d+)/m.exec(readFileSync(join(group, "cpu.stat"), "utf8"))?.[1]) / 1e3;
}
