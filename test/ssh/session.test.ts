/** Sessions of the real `ssh` with a machine in this process: what a fake of ssh cannot show. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { sshConnector } from "../../src/adapters/ssh-shell.ts";
import type { ShellFailed, ShellTarget } from "../../src/ports/shell.ts";
import { skippedFor } from "../skipping.ts";
import { SshMachine, type SshMachineOptions, SshUser, whyNoSsh } from "./ssh-machine.ts";

const DEADLINE_MS = 10_000;
const reason = whyNoSsh();

const made: (SshMachine | SshUser)[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await (one instanceof SshUser ? one.remove() : one.stop());
});

async function machineAndUser(options: SshMachineOptions = {}): Promise<{ machine: SshMachine; user: SshUser }> {
  const [machine, user] = [await SshMachine.start(options), new SshUser()];
  made.push(machine, user);
  machine.authorise(user.publicKey);
  user.know(machine);
  return { machine, user };
}

const connect = (user: SshUser, target: ShellTarget, sudoPassword?: string) => sshConnector({ configFile: user.configFile, env: user.env, sudoPassword: async () => sudoPassword, debug: () => undefined }).connect(target, { deadlineMs: DEADLINE_MS });
const failureOf = (promise: Promise<unknown>): Promise<ShellFailed> => promise.then(() => expect.unreachable("it should have failed"), (error: ShellFailed) => error);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const until = async (isSo: () => boolean): Promise<void> => expect.poll(isSo, { timeout: DEADLINE_MS, interval: 20 }).toBe(true);

describe("over the real ssh", skippedFor(reason), () => {
  it("runs scripts one after the other over one connection, with input, output and errors apart", async () => {
    const { machine, user } = await machineAndUser();
    const shell = await connect(user, machine.target());
    const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
    const [one, two] = await Promise.all([shell.run({ script: "cat; echo not for you >&2; exit 3", input, deadlineMs: DEADLINE_MS }), shell.run({ script: 'echo "$KUBERNEST_SSH_CONNECTION"; pwd', deadlineMs: DEADLINE_MS })]);
    expect(one.code).toBe(3);
    expect(input.equals(one.stdout)).toBe(true);
    expect(one.stderr).toBe("not for you\n");
    expect(text(two.stdout)).toBe(`192.0.2.1 50000 127.0.0.1 ${machine.port}\n/\n`);
    await shell.close();
  });

  it("is not confused by a login that talks", async () => {
    const { machine, user } = await machineAndUser({ greeting: "@deadbeef ready 1" });
    const shell = await connect(user, machine.target());
    expect(text((await shell.run({ script: "echo fine", deadlineMs: DEADLINE_MS })).stdout)).toBe("fine\n");
    await shell.close();
  });

  it("refuses a machine that nobody knows, and runs nothing on it", async () => {
    const [machine, user] = [await SshMachine.start(), new SshUser()];
    made.push(machine, user);
    machine.authorise(user.publicKey);
    expect(await failureOf(connect(user, machine.target()))).toMatchObject({ code: "host-key-unknown", hint: expect.stringContaining("kubernest trust pi1") as string });
    expect(existsSync(user.knownHosts)).toBe(false);
  });

  it("refuses a machine whose host key has changed", async () => {
    const { machine, user } = await machineAndUser();
    await machine.reinstall();
    expect(await failureOf(connect(user, machine.target()))).toMatchObject({ code: "host-key-changed", hint: expect.stringContaining("--replace") as string });
  });

  it("says that a machine does not let the user in", async () => {
    const { machine, user } = await machineAndUser({ password: "never typed" });
    machine.authorise("");
    expect(await failureOf(connect(user, machine.target()))).toMatchObject({ code: "login-refused", hint: expect.stringContaining("kubernest ssh-key pi1") as string });
  });

  it("says that nothing listens", async () => {
    const { machine, user } = await machineAndUser();
    const target = machine.target();
    await machine.stop();
    expect(await failureOf(connect(user, target))).toMatchObject({ code: "unreachable", message: expect.stringContaining("pi1: ") as string });
  });

  describe("sudo", () => {
    it("is used without a password where it wants none", async () => {
      const { machine, user } = await machineAndUser();
      const shell = await connect(user, machine.target("passwordless"));
      expect(text((await shell.run({ script: 'echo "$KUBERNEST_TEST_SUDO"', deadlineMs: DEADLINE_MS })).stdout)).toBe("yes\n");
      await shell.close();
    });

    it("that wants one is not waited for", async () => {
      const { machine, user } = await machineAndUser({ sudoPassword: "open sesame" });
      expect(await failureOf(connect(user, machine.target("passwordless")))).toMatchObject({ code: "sudo-refused", hint: expect.stringContaining("sudo: password") as string });
    });

    it("is given the password, which no script reads", async () => {
      const { machine, user } = await machineAndUser({ sudoPassword: "open sesame" });
      const shell = await connect(user, machine.target("password"), "open sesame");
      expect(text((await shell.run({ script: 'cat; echo "$KUBERNEST_TEST_SUDO"', deadlineMs: DEADLINE_MS })).stdout)).toBe("yes\n");
      await shell.close();
    });

    it("that takes another password says so at once", async () => {
      const { machine, user } = await machineAndUser({ sudoPassword: "open sesame" });
      expect(await failureOf(connect(user, machine.target("password"), "wrong"))).toMatchObject({ code: "sudo-password-wrong", message: "pi1: sudo does not take this password" });
    });
  });

  describe("a connection that is cut in the middle of a script", () => {
    it("is a failure that says what is not known, and the script runs to its end", async () => {
      const { machine, user } = await machineAndUser();
      const shell = await connect(user, machine.target());
      const begun = join(machine.root, "begun");
      const ended = join(machine.root, "ended");
      const failing = failureOf(shell.run({ script: `trap "" PIPE; touch ${begun}; sleep 0.5; echo done >${ended}`, deadlineMs: DEADLINE_MS }));
      await until(() => existsSync(begun));
      machine.cutConnections();
      expect(await failing).toMatchObject({ code: "connection-lost", hint: expect.stringContaining("run the same command again") as string });
      await until(() => existsSync(ended));
      expect(readFileSync(ended, "utf8")).toBe("done\n");
      await expect(shell.run({ script: "echo more", deadlineMs: DEADLINE_MS })).rejects.toMatchObject({ code: "connection-lost" });
      await shell.close();
    });

    it("ends the input where it was cut", async () => {
      const { machine, user } = await machineAndUser();
      const shell = await connect(user, machine.target());
      const counted = join(machine.root, "counted");
      const failing = failureOf(shell.run({ script: `trap "" PIPE; wc -c >${counted}.new; mv ${counted}.new ${counted}`, input: new Uint8Array(64 * 1024 * 1024), deadlineMs: DEADLINE_MS }));
      await until(() => existsSync(`${counted}.new`));
      machine.cutConnections();
      expect((await failing).code).toBe("connection-lost");
      await until(() => existsSync(counted));
      // Whether it is all of it the script must see for itself, as copies do by their checksum.
      expect(Number(readFileSync(counted, "utf8"))).toBeLessThan(64 * 1024 * 1024);
      await shell.close();
    });
  });
});
