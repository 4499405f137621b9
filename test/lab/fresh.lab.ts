import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabUnderTest, whyNot } from "./lab-command.ts";

const reason = (await whyNot()) ?? (spawnSync("sshpass", ["-V"]).error === undefined ? undefined : "sshpass is not installed: apt-get install sshpass");

describe("machines as out of their box", () => {
  if (reason !== undefined) return void it("are made", (context) => context.skip(reason));
  const lab = new LabUnderTest("fresh", "  pi1: { address: 192.168.1.21, roles: control-plane }\n  pi2: { address: 192.168.1.22, ssh: { user: root } }");
  beforeAll(() => {
    const up = lab.lab("up", "--fresh", "--offline", "--password", "secret word");
    if (up.code !== 0) throw new Error(`lab up: ${up.stderr}`);
  });
  afterAll(() => {
    lab.lab("down");
    lab.remove();
  });

  it("are not known, and take no key", () => {
    expect(lab.run("ssh -o BatchMode=yes -o StrictHostKeyChecking=yes debian@192.168.1.21 true").stderr).toContain("Host key verification failed");
    expect(lab.run("ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new debian@192.168.1.21 true").stderr).toContain("Permission denied");
  });

  it("let their user in with the password, which sudo asks for too", () => {
    const enter = "SSHPASS='secret word' sshpass -e ssh -o StrictHostKeyChecking=accept-new";
    expect(lab.run(`${enter} debian@192.168.1.21 'sudo -n true || echo "secret word" | sudo -S -p "" id -un'`).stdout.trim()).toBe("root");
    expect(lab.run(`${enter} root@192.168.1.22 id -un`).stdout.trim()).toBe("root");
  });

  it("have no way out when they are offline", () => {
    expect(JSON.parse(lab.lab("status", "-o", "json").stdout)).toMatchObject({ internet: "none" });
  });
});
