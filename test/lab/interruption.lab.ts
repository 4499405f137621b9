/**
 * `up` is killed (SIGKILL) again and again while it builds a cluster, each time at a moment that a seed chooses, and run once more: the end is always the same.
 * `INTERRUPTIONS=50 INTERRUPTION_SEED=7 npm run test:lab -- interruption` does more of them, and the same ones again.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/lib/seeded-random.ts";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const COUNT = Number(process.env["INTERRUPTIONS"] ?? 3);
const SEED = process.env["INTERRUPTION_SEED"] ?? String(Math.floor(Date.now() / 1000));
/** About as long as an `up` of these machines takes: later kills would find it done. */
const SPAN_MS = 45_000;
const FIRST_MS = 1_500;
const ATTEMPTS_PER_KILL_MAX = 4;

// Nothing here asks for an ingress, or for metrics.
const missing = (await missingFromMirror()).filter((path) => !/traefik|k3s|metrics-server/.test(path));
const reason = (await whyNot()) ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}: npm run real-mirror fills it`);

const MACHINES = `  cp1: { address: 192.168.1.21, roles: [control-plane] }
  w1: { address: 192.168.1.31 }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
const CLUSTER = `kubernetes: { distribution: kubeadm, version: v1.36.3, network: { cni: flannel, pods: 10.244.0.0/16, services: 10.96.0.0/12 } }
platform: { ingress: { by: none }, metrics: false }
artifacts: { mirror: ${mirrorPath()} }
`;

describe(`an up that is killed ${COUNT} times (INTERRUPTION_SEED=${SEED})`, () => {
  if (reason !== undefined) return void it("ends as if it had not been", (context) => context.skip(reason));
  const lab = new LabUnderTest("killed", MACHINES, CLUSTER);
  whileUp(lab);

  it("begins on machines that were one cluster before, and were put back", () => {
    lab.done("up", "--yes");
    lab.done("reset", "--yes", "--allow-destroy", "all");
  }, 20 * 60_000);

  it("ends as if it had not been", async () => {
    const random = seededRandom(SEED);
    let killedCount = 0;
    for (let attempt = 1; killedCount < COUNT; attempt++) {
      expect(attempt, "a moment in an up that is under way was hardly ever found").toBeLessThanOrEqual(COUNT * ATTEMPTS_PER_KILL_MAX);
      const afterMs = Math.round(FIRST_MS + random.next() * SPAN_MS);
      const ended = await killedAfter(lab, afterMs);
      console.log(`${attempt}: ${ended === "killed" ? `killed after ${afterMs} ms` : `ended with ${ended} before ${afterMs} ms`}`);
      if (ended === "killed") killedCount++;
      // Nothing was left to interrupt: from the beginning again. One that a killed one's lock turned away only waits.
      else if (ended === 0) lab.done("reset", "--yes", "--allow-destroy", "all");
      else await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    // What the killed one began is finishing on its machine; until then the lock says so.
    let last = lab.kubernest("up", "--yes");
    for (let attempt = 0; attempt < 20 && last.code !== 0 && last.stderr.includes("has been at work on it"); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      last = lab.kubernest("up", "--yes");
    }
    expect(last.stderr).not.toMatch(/→|Error/);
    expect(last.code).toBe(0);
    lab.done("plan");
    const half = lab.run("for m in cp1 w1; do ssh $m 'sudo find / -xdev \\( -name \"*.kubernest-new\" -o -name kubernest-unfinished -o -path /run/kubernest/kubeadm.yaml \\) 2>/dev/null; sudo ls /run/kubernest 2>/dev/null | grep -v -e ^lock$ -e ^upload'; done; true").stdout;
    expect(half).toBe("");
    const nodes = lab.run("ssh cp1 'sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o name'").stdout;
    expect(nodes.trim().split("\n").sort()).toEqual(["node/cp1", "node/w1"]);
  }, COUNT * ATTEMPTS_PER_KILL_MAX * 2 * SPAN_MS + 10 * 60_000);
});

/** The exit code where it ended by itself. Its sessions are left to find out by themselves that nobody listens, as when a computer loses power. */
function killedAfter(lab: LabUnderTest, afterMs: number): Promise<"killed" | number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, lab.argv("run", "--", process.execPath, "--import", import.meta.resolve("tsx"), join(import.meta.dirname, "../../src/cli/main.ts"), "up", "-c", lab.file, "--yes"), { detached: true, stdio: "ignore", cwd: join(import.meta.dirname, "../..") });
    const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), afterMs);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(signal === "SIGKILL" ? "killed" : (code ?? -1));
    });
  });
}
