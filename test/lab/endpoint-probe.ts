/** The endpoint probe in a lab, beside what a test does to the lab's machines meanwhile. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { LabUnderTest } from "./lab-command.ts";
import type { Probed } from "./probe-endpoint.ts";

const BEGINS_WITHIN_MS = 60_000;

/** `disturb` is called when the probe has begun and was answered; it goes on for so many seconds after that has ended. */
export async function whileProbing(lab: LabUnderTest, at: { readonly address: string; readonly port: number; readonly path: string }, seconds: number, disturb: () => void | Promise<void>): Promise<Probed> {
  const child = spawn(process.execPath, lab.argv("run", "--", process.execPath, "--import", import.meta.resolve("tsx"), join(import.meta.dirname, "probe-endpoint.ts"), at.address, String(at.port), at.path, String(seconds)), { stdio: ["pipe", "pipe", "pipe"], cwd: join(import.meta.dirname, "../..") });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the endpoint did not answer the probe: ${stdout}${stderr}`)), BEGINS_WITHIN_MS);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (!stdout.startsWith("probing\n")) return;
      clearTimeout(timer);
      resolve();
    });
    void closed.then(() => reject(new Error(`the probe ended: ${stdout}${stderr}`)));
  });
  await disturb();
  child.stdin.end();
  await closed;
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Probed;
}

/** As one length: from the first probe that was not answered to the first after which all are. */
export function outageMs({ outages }: Probed): number {
  const [first, last] = [outages[0], outages.at(-1)];
  return first === undefined || last === undefined ? 0 : last.fromMs + last.lengthMs - first.fromMs;
}
