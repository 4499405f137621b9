import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ShellFailed, type ShellTarget } from "../ports/shell.ts";
import { sshArguments, sshConnector } from "./ssh-shell.ts";
import { sshFailure } from "./ssh-failure.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

const TARGET: ShellTarget = { machine: "pi1", address: "192.0.2.11", user: "pi", port: 22, key: undefined, jump: undefined, sudo: "root" };

let directory: string;
const shells = ["sh", "bash", "dash", "busybox sh"];

/** In place of ssh: a login shell on this computer, given the command as sshd gives it. */
function program(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}`);
  chmodSync(path, 0o755);
  return path;
}

const connect = (path: string, options: { password?: string; sudo?: ShellTarget["sudo"] } = {}) =>
  sshConnector({ program: path, configFile: undefined, env: process.env, sudoPassword: async () => options.password, debug: () => undefined }).connect({ ...TARGET, sudo: options.sudo ?? "root" }, { deadlineMs: 5_000 });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-ssh-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const login = 'for last; do :; done; exec sh -c "$last"\n';

describe("a session", () => {
  it("runs one script after the other and keeps their results apart", async () => {
    const shell = await connect(program("login", login));
    const [one, two, three] = await Promise.all([
      shell.run({ script: "echo out; echo err >&2; exit 3", deadlineMs: 5_000 }),
      shell.run({ script: "printf 'no newline'; x=1", deadlineMs: 5_000 }),
      shell.run({ script: "printf '%s' \"${x-unset}\"; pwd", deadlineMs: 5_000 }),
    ]);
    expect([one.code, Buffer.from(one.stdout).toString(), one.stderr]).toEqual([3, "out\n", "err\n"]);
    expect(Buffer.from(two.stdout).toString()).toBe("no newline");
    // Each script has a shell of its own.
    expect(Buffer.from(three.stdout).toString()).toBe("unset/\n");
    await shell.close();
  });

  it("gives a script exactly its input, whatever it reads of it", async () => {
    const shell = await connect(program("login", login));
    const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const sum = await shell.run({ script: "cat | cksum", input, deadlineMs: 5_000 });
    const some = await shell.run({ script: "head -c 3 | od -An -tu1; exit 7", input, deadlineMs: 5_000 });
    const none = await shell.run({ script: "exit 0", input, deadlineMs: 5_000 });
    const after = await shell.run({ script: "cat; echo still in step", deadlineMs: 5_000 });
    expect(Buffer.from(sum.stdout).toString()).toContain(" 300000");
    expect([some.code, Buffer.from(some.stdout).toString().trim()]).toEqual([7, "0   1   2"]);
    expect(none.code).toBe(0);
    expect(Buffer.from(after.stdout).toString()).toBe("still in step\n");
    await shell.close();
  });

  describe("an input that comes in pieces", () => {
    const PIECE = Buffer.alloc(256 * 1024, "x");
    const COUNT = 64;
    async function* pieces(count: number, onPiece: (index: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < count; index++) {
        onPiece(index);
        await Promise.resolve();
        yield PIECE;
      }
    }

    it("is whole, and is taken no faster than the machine takes it", async () => {
      const shell = await connect(program("login", login));
      const go = join(directory, "go");
      let taken = 0;
      const running = shell.run({ script: `while [ ! -e '${go}' ]; do sleep 0.05; done; cksum`, input: { sizeBytes: COUNT * PIECE.length, read: () => pieces(COUNT, () => void taken++) }, deadlineMs: 20_000 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      // What pipes and sockets hold between the two ends; the whole is 16 MiB.
      expect(taken * PIECE.length).toBeLessThanOrEqual(2 * 1024 * 1024);
      writeFileSync(go, "");
      expect(Buffer.from((await running).stdout).toString()).toContain(` ${COUNT * PIECE.length}`);
      expect(Buffer.from((await shell.run({ script: "echo still in step", deadlineMs: 5_000 })).stdout).toString()).toBe("still in step\n");
      await shell.close();
    });

    it.each([
      ["too short", pieces(3), /ends 262144 bytes too soon/],
      ["too long", pieces(5), /longer than was said/],
      ["unreadable", (async function* () { yield PIECE; await Promise.resolve(); throw new Error("the disk is gone"); })(), /the disk is gone/],
    ])("that is %s ends the session, and says why", async (_, read, why) => {
      const shell = await connect(program("login", login));
      await expect(shell.run({ script: "cat >/dev/null; echo never", input: { sizeBytes: 4 * PIECE.length, read: () => read }, deadlineMs: 20_000 })).rejects.toMatchObject({ code: "input-failed", message: expect.stringMatching(why) as string });
      await expect(shell.run({ script: "echo never", deadlineMs: 5_000 })).rejects.toMatchObject({ code: "input-failed" });
      await shell.close();
    });

    it("of a machine that is cut off meanwhile is read no further", async () => {
      const shell = await connect(program("login", login));
      let taken = 0;
      await expect(shell.run({ script: "kill -9 0", input: { sizeBytes: COUNT * PIECE.length, read: () => pieces(COUNT, () => void taken++) }, deadlineMs: 20_000 })).rejects.toMatchObject({ code: "connection-lost" });
      expect(taken).toBeLessThan(COUNT);
      await shell.close();
    });
  });

  it("carries binary output and large output whole", async () => {
    const shell = await connect(program("login", login));
    const binary = await shell.run({ script: "printf '\\000\\377\\n\\n'", deadlineMs: 5_000 });
    expect([...binary.stdout]).toEqual([0, 255, 10, 10]);
    const large = await shell.run({ script: "i=0; while [ $i -lt 20000 ]; do echo 'a line that is long enough to fill the pipe several times over'; i=$((i+1)); done", deadlineMs: 20_000 });
    expect(Buffer.from(large.stdout).toString().split("\n").length).toBe(20_001);
    await shell.close();
  });

  it("tells each line as it comes, and none of its own", async () => {
    const shell = await connect(program("login", login));
    const lines: string[] = [];
    await shell.run({ script: "echo one; echo; printf 'tw'; sleep 0.05; echo o", deadlineMs: 5_000, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "", "two"]);
    await shell.close();
  });

  it("shows no script in a process list", async () => {
    const shell = await connect(program("login", login));
    const result = await shell.run({ script: "word=needle-in; cat /proc/self/cmdline /proc/$$/cmdline | tr '\\000' ' '; : $word-the-haystack", deadlineMs: 5_000 });
    expect(Buffer.from(result.stdout).toString()).not.toContain("needle-in");
    await shell.close();
  });

  it("runs in every shell that a machine may have", async () => {
    for (const name of shells) {
      const path = program(`login-${name.replace(" ", "-")}`, `for last; do :; done\ncommand -v ${name.split(" ")[0]} >/dev/null || { last=$(echo "$last"); exec sh -c "$last"; }\nexec ${name} -c "$last"\n`);
      const shell = await connect(path);
      const result = await shell.run({ script: "echo \"it's $((40 + 2))\"\n", deadlineMs: 5_000 });
      expect(Buffer.from(result.stdout).toString(), name).toBe("it's 42\n");
      await shell.close();
    }
  });

  it("ends with a failure when a script takes too long, and takes no more", async () => {
    const shell = await connect(program("login", login));
    const failure = await shell.run({ script: "sleep 1", deadlineMs: 100 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "timed-out", machine: "pi1" });
    await expect(shell.run({ script: "echo", deadlineMs: 1_000 })).rejects.toMatchObject({ code: "timed-out" });
    await shell.close();
  });

  it("says that the connection is lost when it is", async () => {
    const shell = await connect(program("login", login));
    await expect(shell.run({ script: "kill -9 $$", deadlineMs: 5_000 })).rejects.toMatchObject({ code: "connection-lost" });
    await shell.close();
  });

  it("is not confused by what a profile prints first", async () => {
    const shell = await connect(program("noisy", `echo "Welcome to pi1"; echo "a warning" >&2; ${login}`));
    expect(Buffer.from((await shell.run({ script: "echo fine", deadlineMs: 5_000 })).stdout).toString()).toBe("fine\n");
    await shell.close();
  });
});

describe("sudo with a password", () => {
  // Asks as sudo -S does: the prompt on standard error, a line from standard input, and once more when it is wrong.
  const sudo = `sudo() { while [ "$1" != -- ]; do [ "$1" = -p ] && p=$2; shift; done; shift; printf '%s' "$p" >&2; IFS= read -r w; while [ "$w" != secret ]; do echo 'Sorry, try again.' >&2; printf '%s' "$p" >&2; IFS= read -r w || exit 1; done; exec "$@"; }\nfor last; do :; done\nlast="\${last#exec }"\neval "$last"\n`;

  it("gives it once", async () => {
    const shell = await connect(program("sudo-good", sudo), { sudo: "password", password: "secret" });
    expect(Buffer.from((await shell.run({ script: "echo in", deadlineMs: 5_000 })).stdout).toString()).toBe("in\n");
    await shell.close();
  });

  it("says that it is wrong", async () => {
    await expect(connect(program("sudo-bad", sudo), { sudo: "password", password: "wrong" })).rejects.toMatchObject({ code: "sudo-password-wrong" });
  });

  it("says so where there is nobody to ask", async () => {
    await expect(connect(program("sudo-nobody", sudo), { sudo: "password" })).rejects.toMatchObject({ code: "sudo-refused" });
  });
});

describe("what OpenSSH says", () => {
  it.each([
    ["No ED25519 host key is known for 192.0.2.11 and you have requested strict checking.\nHost key verification failed.", "host-key-unknown", "kubernest trust pi1"],
    ["@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@\nHost key verification failed.", "host-key-changed", "--replace"],
    ["pi@192.0.2.11: Permission denied (publickey,password).", "login-refused", "kubernest ssh-key pi1"],
    ["ssh: connect to host 192.0.2.11 port 22: Connection refused", "unreachable", "no SSH server on port 22"],
    ["ssh: connect to host 192.0.2.11 port 22: Connection timed out", "unreachable", "ping 192.0.2.11"],
    ["ssh: connect to host 192.0.2.11 port 22: No route to host", "unreachable", "ping"],
    ["ssh: Could not resolve hostname pi1.local: Name or service not known", "unreachable", "no name"],
    ["sudo: a password is required", "sudo-refused", "sudo: password"],
    ["pi is not in the sudoers file.", "sudo-refused", "usermod"],
    ["sh: 1: exec: sudo: not found", "sudo-refused", "install sudo on pi1"],
  ])("%s", (said, code, hint) => {
    const failure = sshFailure(TARGET, said, "255");
    expect(failure).toBeInstanceOf(ShellFailed);
    expect(failure.code).toBe(code);
    expect(failure.hint).toContain(hint);
    expect(failure.message).toContain("pi1: ");
  });

  it("passes a key, a port, a jump host and another configuration", () => {
    const args = sshArguments({ ...TARGET, port: 2222, key: "~/.ssh/pi", jump: "gate" }, { configFile: "/etc/lab/ssh_config", connectTimeoutSeconds: 5 });
    expect(args.join(" ")).toMatch(/^-F \/etc\/lab\/ssh_config -T .*-i ~\/\.ssh\/pi -o IdentitiesOnly=yes -J gate -p 2222 -l pi 192\.0\.2\.11$/);
    expect(args).toContain("StrictHostKeyChecking=yes");
  });

  it("says that there is no ssh", async () => {
    await expect(connect(join(directory, "absent"))).rejects.toMatchObject({ code: "no-shell" });
  });
});
