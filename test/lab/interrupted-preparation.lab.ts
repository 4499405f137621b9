/**
 * The preparation of a small lab is killed (SIGKILL) at moments that a seed chooses, on machines put back to a copy of their disks each time, and run once more: files,
 * units, packages, images and kernel settings are always those of one that was not killed. `INTERRUPTIONS=25 INTERRUPTION_SEED=7 npm run test:lab -- interrupted-preparation`.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../src/lib/seeded-random.ts";
import { mirrorPath, missingFromMirror } from "../real/mirror.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";
import { STATE_SCRIPT, writtenFiles } from "./machine-state.ts";

const COUNT = Number(process.env["INTERRUPTIONS"] ?? 3);
const SEED = process.env["INTERRUPTION_SEED"] ?? String(Math.floor(Date.now() / 1000));
/** Before this the tool itself is hardly loaded. */
const FIRST_MS = 1_500;
const LOCKED_TRIES_MAX = 60;
const ATTEMPTS_PER_KILL_MAX = 6;

const missing = (await missingFromMirror()).filter((path) => !/traefik|k3s|metrics-server/.test(path));
const reason = (await whyNot()) ?? (missing.length === 0 ? undefined : `the mirror lacks ${missing[0]}: npm run real-mirror fills it`);

const NAMES = ["lb1", "w1"] as const;
const MACHINES = `  lb1: { address: 192.168.1.11, roles: load-balancer, timeZone: Europe/Paris, journalMax: 64Mi, ssh: { hardened: true } }
  cp1: { address: 192.168.1.21, roles: [control-plane] }
  w1: { address: 192.168.1.31, disableServices: [apt-daily.timer], network: { resolvers: [192.168.1.1], search: [maison.example] } }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian }, os: { name: debian, version: 12 } }`;
const CLUSTER = `kubernetes: { distribution: kubeadm, version: v1.36.3, endpoint: { address: 192.168.1.11, by: haproxy, on: [lb1] }, network: { cni: flannel, pods: 10.244.0.0/16, services: 10.96.0.0/12 } }
platform: { ingress: { by: none }, metrics: false }
artifacts: { mirror: ${mirrorPath()} }
`;

describe(`a preparation that is killed ${COUNT} times (INTERRUPTION_SEED=${SEED})`, () => {
  if (reason !== undefined) return void it("ends as if it had not been", (context) => context.skip(reason));
  const lab = new LabUnderTest("unprepared", MACHINES, CLUSTER);
  const script = `exec node --import tsx '${join(import.meta.dirname, "prepare-machine.ts")}' up '${lab.file}' ${NAMES.join(" ")}`;
  const prepare = async (): Promise<void> => {
    // What a killed one began is finishing on its machine: until then the lock says so.
    for (let count = 0; ; count++) {
      const { stdout, stderr, code } = await lab.start(script);
      if (code !== 0) throw new Error(stderr);
      const { refusals, failures } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { refusals: string[]; failures: string[] };
      if (count < LOCKED_TRIES_MAX && failures.length > 0 && failures.every((text) => text.includes("has been at work on it"))) await new Promise((resolve) => setTimeout(resolve, 1_000));
      else return expect({ refusals, failures }).toEqual({ refusals: [], failures: [] });
    }
  };
  const state = (name: (typeof NAMES)[number]): { files: Record<string, string>; said: string[] } => ({
    said: lab.run(`ssh ${name} "sudo sh -s" <<'END'\n${STATE_SCRIPT}\nEND`).stdout.split("\n"),
    files: writtenFiles(join(lab.state, lab.name, "machines", name)),
  });
  let spanMs = 0;
  let wanted: Record<string, ReturnType<typeof state>>;

  whileUp(lab);
  beforeAll(async () => {
    expect(lab.lab("save", "bare", ...NAMES).code).toBe(0);
    const beganMs = Date.now();
    await prepare();
    spanMs = Date.now() - beganMs;
    wanted = Object.fromEntries(NAMES.map((name) => [name, state(name)]));
    expect(wanted["w1"]!.files["/usr/local/bin/kubelet"]).toBeDefined();
    expect(wanted["lb1"]!.said).toContain("haproxy enabled active");
    console.log(`unkilled: ${spanMs} ms`);
  });

  const random = seededRandom(SEED);
  it.each(Array.from({ length: COUNT }, (_, index) => index + 1))("ends as if it had not been, the %ith time", async (index) => {
    for (let attempt = 0; !(await killedAt(random.next())); attempt++) expect(attempt, "a moment in a preparation that is under way was hardly ever found").toBeLessThan(ATTEMPTS_PER_KILL_MAX);
    await prepare();
    for (const name of NAMES) expect(state(name), `${index}: ${name}`).toEqual(wanted[name]);
  }, 20 * 60_000);

  /** Of machines as they were at first, at a part of the time that it takes; false where it had ended by then, and takes less time than was thought. */
  async function killedAt(part: number): Promise<boolean> {
    expect(lab.lab("restore", "bare").code).toBe(0);
    const afterMs = Math.round(FIRST_MS + part * Math.max(0, spanMs - FIRST_MS));
    const beganMs = Date.now();
    let group = 0;
    const ended = lab.start(script, (pid) => (group = pid));
    const timer = setTimeout(() => process.kill(-group, "SIGKILL"), afterMs);
    const { code } = await ended;
    clearTimeout(timer);
    if (code === 0) spanMs = Date.now() - beganMs;
    console.log(code === -1 ? `killed after ${afterMs} ms` : `ended with ${code} before ${afterMs} ms`);
    return code === -1;
  }
});
