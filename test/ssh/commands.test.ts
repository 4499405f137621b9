/** `kubernest trust` and `kubernest ssh-key` with the real ssh and a machine in this process; and an operation's session that is cut in the middle of a change. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, describe, expect, it } from "vitest";
import { realClock } from "../../src/adapters/real-clock.ts";
import { sshConnector } from "../../src/adapters/ssh-shell.ts";
import type { CommandIo, CommandModule } from "../../src/cli/command.ts";
import { sshKeyCommand } from "../../src/cli/commands/ssh-key.ts";
import { trustCommand } from "../../src/cli/commands/trust.ts";
import { MachineSession, type SessionPorts } from "../../src/engine/machine-session.ts";
import { Values } from "../../src/engine/values.ts";
import type { Change } from "../../src/steps/change.ts";
import { skippedFor } from "../skipping.ts";
import { SshMachine, type SshMachineOptions, SshUser, whyNoSsh } from "./ssh-machine.ts";

const reason = whyNoSsh();
const made: (SshMachine | SshUser)[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await (one instanceof SshUser ? one.remove() : one.stop());
});

async function freshMachine(options: SshMachineOptions = {}): Promise<{ machine: SshMachine; user: SshUser }> {
  const [machine, user] = [await SshMachine.start(options), new SshUser()];
  made.push(machine, user);
  writeFileSync(join(user.home, "homelab.yaml"), `name: a\nmachines: { pi1: { address: 127.0.0.1, ssh: { user: pi, port: ${machine.port} }, roles: [control-plane, worker] } }\n`);
  return { machine, user };
}

async function run(module: CommandModule, user: SshUser, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let [stdout, stderr] = ["", ""];
  const at = (path: string): string => (path.startsWith("/") ? path : join(user.home, path));
  const io = {
    stdout: (text: string) => void (stdout += text),
    stderr: (text: string) => void (stderr += text),
    cwd: user.home,
    env: { ...user.env, ...env },
    canAsk: false,
    isTerminal: false,
    readFile: (path: string) => readFileSync(at(path), "utf8"),
    exists: (path: string) => existsSync(at(path)),
    now: () => Date.now(),
    debug: () => undefined,
  } as unknown as CommandIo;
  const command = new Command("under-test").exitOverride();
  module.configure(command);
  command.parse([...args], { from: "user" });
  const code = await module.run(command.processedArgs.flat().filter((arg): arg is string => typeof arg === "string"), command.opts(), io);
  return { code, stdout, stderr };
}

/** What ssh asks for a password where there is no terminal. */
function typed(user: SshUser, password: string): Readonly<Record<string, string>> {
  const path = join(user.home, "askpass");
  writeFileSync(path, `#!/bin/sh\necho '${password}'\n`);
  chmodSync(path, 0o755);
  return { SSH_ASKPASS: path, SSH_ASKPASS_REQUIRE: "force" };
}

describe("over the real ssh", skippedFor(reason), () => {
  it("trust shows a new machine's fingerprint, and writes nothing before somebody says yes", async () => {
    const { machine, user } = await freshMachine();
    const shown = await run(trustCommand, user, []);
    expect(shown).toMatchObject({ code: 1, stdout: expect.stringMatching(/pi1 +ED25519 +SHA256:/) as string, stderr: expect.stringContaining("compare the fingerprints, then use --yes") as string });
    expect(existsSync(user.knownHosts)).toBe(false);
    expect(await run(trustCommand, user, ["--yes"])).toMatchObject({ code: 0, stderr: expect.stringContaining("1 machine is known now") as string });
    expect(readFileSync(user.knownHosts, "utf8")).toContain(machine.knownHostLine);
    expect(await run(trustCommand, user, [])).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("1 was already") as string });
  });

  it("trust leaves a changed key alone, and takes it when told to", async () => {
    const { machine, user } = await freshMachine();
    user.know(machine);
    const before = readFileSync(user.knownHosts, "utf8");
    await machine.reinstall();
    expect(await run(trustCommand, user, ["--yes"])).toMatchObject({ code: 1, stderr: expect.stringContaining("kubernest trust pi1 --replace") as string });
    expect(readFileSync(user.knownHosts, "utf8")).toBe(before);
    expect(await run(trustCommand, user, ["--yes", "--replace"])).toMatchObject({ code: 0 });
    expect(readFileSync(user.knownHosts, "utf8")).toBe(`${machine.knownHostLine}\n`);
  });

  it("trust sees that one of two keys has changed", async () => {
    const { machine, user } = await freshMachine({ hasOtherKey: true });
    const shown = await run(trustCommand, user, ["--yes"]);
    for (const type of ["ED25519", "ECDSA"]) expect(shown.stdout).toContain(type);
    expect(await run(trustCommand, user, [])).toMatchObject({ code: 0, stdout: "" });
    await machine.reinstall();
    expect(await run(trustCommand, user, [])).toMatchObject({ code: 1, stderr: expect.stringContaining("pi1 shows another host key than the known one") as string });
    expect((await run(trustCommand, user, ["--yes", "--replace"])).code).toBe(0);
    expect(readFileSync(user.knownHosts, "utf8")).toContain(machine.knownHostLine);
  });

  it("trust says which machine is silent", async () => {
    const { machine, user } = await freshMachine();
    await machine.stop();
    expect(await run(trustCommand, user, [])).toMatchObject({ code: 1, stderr: expect.stringContaining(`pi1: no SSH server answers at 127.0.0.1, port ${machine.port}`) as string });
  });

  it("ssh-key puts the key in over a password, once", async () => {
    const { machine, user } = await freshMachine({ password: "out of the box" });
    user.know(machine);
    machine.authorise("# somebody's comment");
    expect(await run(sshKeyCommand, user, [], typed(user, "wrong"))).toMatchObject({ code: 1, stderr: expect.stringContaining("does it take passwords?") as string });
    expect(machine.authorisedKeys).toBe("# somebody's comment\n");
    expect(await run(sshKeyCommand, user, [], typed(user, "out of the box"))).toMatchObject({ code: 0, stderr: "pi1: has your key\n" });
    expect(await run(sshKeyCommand, user, [], typed(user, "no longer asked for"))).toMatchObject({ code: 0 });
    expect(machine.authorisedKeys).toBe(`# somebody's comment\n${user.publicKey}\n`);
  });

  it("ssh-key gives no key to a machine that nobody knows", async () => {
    const { machine, user } = await freshMachine({ password: "out of the box" });
    expect(await run(sshKeyCommand, user, [], typed(user, "out of the box"))).toMatchObject({ code: 1, stderr: expect.stringContaining("kubernest trust pi1") as string });
    expect(machine.authorisedKeys).toBe("");
  });

  it("a change that is cut off is finished by the machine, what comes behind it is not begun, and a second time does the rest", async () => {
    const { machine, user } = await freshMachine();
    machine.authorise(user.publicKey);
    user.know(machine);
    const ports: SessionPorts = {
      connector: sshConnector({ configFile: user.configFile, env: user.env, sudoPassword: async () => undefined, debug: () => undefined }),
      artifacts: { checksum: () => Promise.reject(new Error("none")), has: () => Promise.resolve(false), obtain: () => Promise.reject(new Error("none")) },
      clock: realClock,
      reporter: { report: () => undefined },
      values: new Values(),
      gather: () => Promise.reject(new Error("nothing is gathered here")),
      debug: () => undefined,
    };
    const path = (name: string): string => join(machine.root, name);
    const script = (text: string): Change["run"][number] => ({ do: "script", script: { text }, shown: text, deadlineMs: 10_000 });
    const slow: Change = { step: "slow", summary: "take a while", why: "", risk: "safe", run: [script(`touch ${path("begun")}; sleep 0.5; echo whole >${path("slow")}`)] };
    const next: Change = { step: "next", summary: "come next", why: "", risk: "safe", run: [script(`echo whole >${path("next")}`)] };
    const session = new MachineSession(machine.target(), ports, "somebody: up");
    const failing = session.perform([slow, next]).then(() => undefined, (error: unknown) => error);
    await expect.poll(() => existsSync(path("begun")), { timeout: 10_000, interval: 20 }).toBe(true);
    machine.cutConnections();
    expect(await failing).toMatchObject({ code: "unreachable", step: "slow", machine: "pi1", message: expect.stringMatching(/^pi1: take a while: the connection ended/) as string, hint: expect.stringContaining("run the same command again") as string });
    await expect.poll(() => existsSync(path("slow")), { timeout: 10_000, interval: 20 }).toBe(true);
    // Longer than the next would have taken.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(existsSync(path("next"))).toBe(false);
    await session.perform([next]);
    expect(readFileSync(path("next"), "utf8")).toBe("whole\n");
    await session.close();
  });
});
