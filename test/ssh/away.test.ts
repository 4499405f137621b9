/** A plan of two machines in this process, reached with the real ssh, while one of them is off: who goes on, who is named, and what a machine that is there but refuses us does to both. */
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { realClock } from "../../src/adapters/real-clock.ts";
import { sshConnector } from "../../src/adapters/ssh-shell.ts";
import { checkFile } from "../../src/checks/check-file.ts";
import type { Homelab } from "../../src/config/homelab.ts";
import type { OperationPorts } from "../../src/operations/operation-ports.ts";
import { planUp, type Work } from "../../src/operations/plan-up.ts";
import type { Step } from "../../src/steps/step.ts";
import { skippedFor } from "../skipping.ts";
import { SshMachine, SshUser, whyNoSsh } from "./ssh-machine.ts";

const reason = whyNoSsh();
const made: (SshMachine | SshUser)[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await (one instanceof SshUser ? one.remove() : one.stop());
});

async function homelab(text: string): Promise<Homelab> {
  const { homelab: found, findings } = await checkFile("homelab.yaml", { env: {}, readFile: () => Promise.resolve(text), resolve: (file) => file, today: Date.UTC(2026, 10, 1) });
  if (found === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return found;
}

const greet: Step = { id: "greet", summary: "", concerns: () => true, decide: () => [{ step: "greet", summary: "greet", why: "", risk: "safe", run: [] }] };

async function twoMachines() {
  const [pi1, pi2, user] = [await SshMachine.start(), await SshMachine.start(), new SshUser()];
  made.push(pi1, pi2, user);
  for (const machine of [pi1, pi2]) {
    machine.authorise(user.publicKey);
    user.know(machine);
  }
  const file = await homelab(`name: maison\nmachines:\n  pi1: { address: 127.0.0.1, ssh: { user: pi, port: ${pi1.port} }, roles: [control-plane, worker] }\n  pi2: { address: 127.0.0.1, ssh: { user: pi, port: ${pi2.port} } }\nkubernetes: { distribution: kubeadm, version: v1.36.3 }\n`);
  const ports = { connector: sshConnector({ configFile: user.configFile, env: user.env, sudoPassword: async () => undefined, debug: () => undefined }), artifacts: { checksum: () => Promise.resolve("0".repeat(64)) }, clock: realClock, reporter: { report: () => undefined }, randomWord: (bytes: number) => "0".repeat(bytes * 2), secret: () => undefined, secretDigest: () => undefined, owner: "marie", debug: () => undefined } as unknown as OperationPorts;
  const plan = async (needed: readonly string[] = []) => {
    const work: Work = { operation: "up", machines: Object.values(file.machines), stages: [{ id: "prepare", title: "Prepare", steps: [greet], machines: ({ machines }) => Object.values(machines), atOnce: "all", after: [] }], isInCluster: false, isNeeded: (machine) => needed.includes(machine) };
    const planned = await planUp(file, ports, "up", work);
    await planned.close();
    return {
      changed: planned.plan.stages.flatMap(({ machines }) => machines.map(({ machine }) => machine)),
      away: planned.plan.away,
      said: planned.observed.away.map(({ message, hint }) => `${message}; ${hint}`),
      failed: planned.failures.map(({ machine }) => machine),
    };
  };
  return { pi1, pi2, user, plan };
}

describe("with a machine that does not answer", skippedFor(reason), () => {
  it("the other goes on, and the one that is off is named with how to try", async () => {
    const { pi2, plan } = await twoMachines();
    expect(await plan()).toEqual({ changed: ["pi1", "pi2"], away: undefined, said: [], failed: [] });
    await pi2.stop();
    expect(await plan()).toEqual({ changed: ["pi1"], away: ["pi2"], said: [expect.stringMatching(/^pi2: ssh: connect to host 127\.0\.0\.1 port \d+: Connection refused; something answers at 127\.0\.0\.1, but no SSH server/)], failed: [] });
  });

  it("nothing goes on where it is the one that is needed, nor where nobody answers", async () => {
    const { pi1, pi2, plan } = await twoMachines();
    await pi2.stop();
    expect(await plan(["pi2"])).toMatchObject({ away: undefined, failed: ["pi2"] });
    await pi1.stop();
    expect(await plan()).toMatchObject({ away: undefined, failed: ["pi1", "pi2"], changed: [] });
  });

  it("one that is there and not the one we know is no machine that is off", async () => {
    const { pi2, user, plan } = await twoMachines();
    await pi2.reinstall();
    expect(await plan()).toMatchObject({ away: undefined, failed: ["pi2"] });
    writeFileSync(join(user.home, "known_hosts"), "");
    expect(await plan()).toMatchObject({ away: undefined, failed: ["pi1", "pi2"] });
  });
});
