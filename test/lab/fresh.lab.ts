import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const reason = (await whyNot()) ?? (spawnSync("sshpass", ["-V"]).error === undefined ? undefined : "sshpass is not installed: apt-get install sshpass");

describe("machines as out of their box", () => {
  if (reason !== undefined) return void it("are made", (context) => context.skip(reason));
  const lab = new LabUnderTest("fresh", "  pi1: { address: 192.168.1.21, roles: control-plane, sudo: password }\n  pi2: { address: 192.168.1.22, ssh: { user: root } }");
  whileUp(lab, "--fresh", "--offline", "--password", "secret word");

  it("are not known, and take no key", () => {
    expect(lab.run("ssh -o BatchMode=yes -o StrictHostKeyChecking=yes debian@192.168.1.21 true").stderr).toContain("Host key verification failed");
    expect(lab.run("ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new debian@192.168.1.21 true").stderr).toContain("Permission denied");
  });

  it("let their user in with the password, which sudo asks for too", () => {
    const enter = "SSHPASS='secret word' sshpass -e ssh -o StrictHostKeyChecking=accept-new";
    expect(lab.run(`${enter} debian@192.168.1.21 'sudo -n true || echo "secret word" | sudo -S -p "" id -un'`).stdout.trim()).toBe("root");
    expect(lab.run(`${enter} root@192.168.1.22 id -un`).stdout.trim()).toBe("root");
  });

  const cli = "node --import tsx src/cli/main.ts";
  const shown = (text: string): string[] => [...text.matchAll(/SHA256:[A-Za-z0-9+/]{43}/g)].map(([found]) => found).sort();
  /** In a terminal, with these keys pressed a while later. */
  const typed = (keys: string, command: string): string => lab.run(`(sleep 6; printf '${keys}'; sleep 4) | script -qec "${command}" /dev/null`).stdout;

  it("are not trusted without a person who compares", () => {
    // The first tests wrote what they saw into the lab's known hosts.
    lab.run("rm -f ~/.ssh/known_hosts");
    const nobody = lab.kubernest("trust");
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no terminal to ask in") as unknown });
    expect(typed("n", `${cli} trust -c ${lab.file}`)).toContain("Nothing was written.");
    expect(lab.run("ssh -o BatchMode=yes -o StrictHostKeyChecking=yes root@192.168.1.22 true").stderr).toContain("Host key verification failed");
    expect(lab.kubernest("ssh-key", "pi2")).toMatchObject({ code: 1, stderr: expect.stringContaining("kubernest trust pi2") as unknown });
  });

  it("show the fingerprints that they have on their own screens, and are known after a yes", () => {
    const said = typed("y", `${cli} trust -c ${lab.file}`);
    expect(said).toContain("2 machines are known now");
    const own = ["pi1", "pi2"].flatMap((machine) => shown(lab.run(`for f in ${lab.state}/${lab.name}/machines/${machine}/seed/etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done`).stdout));
    expect(shown(said)).toEqual(own.sort());
    expect(lab.kubernest("trust")).toMatchObject({ code: 0, stderr: expect.stringContaining("2 were already") as unknown });
  });

  it("take the key for a password that ssh itself asks for, once, and let it in", () => {
    const putKey = (machine: string, password: string) => lab.run(`SSHPASS='${password}' sshpass -e ${cli} ssh-key -c ${lab.file} ${machine}`);
    expect(putKey("pi1", "another word").code).not.toBe(0);
    expect(lab.kubernest("exec", "pi1", "--", "true")).toMatchObject({ code: 1, stderr: expect.stringContaining("kubernest ssh-key pi1") as unknown });
    for (const machine of ["pi1", "pi2"]) expect(putKey(machine, "secret word")).toMatchObject({ code: 0, stderr: expect.stringContaining(`${machine}: has your key`) as unknown });
    // The second time it is there already, and no password is asked for.
    lab.done("ssh-key", "all");
    expect(lab.run("ssh -o BatchMode=yes pi1 'wc -l <.ssh/authorized_keys; stat -c %a .ssh .ssh/authorized_keys'").stdout.split("\n")).toEqual(["1", "700", "600", ""]);
    expect(lab.run(`KUBERNEST_SUDO_PASSWORD='secret word' ${cli} exec -c ${lab.file} all --sudo -- id -un`)).toMatchObject({ code: 0, stdout: "pi1  root\npi2  root\n" });
  });

  it("are refused when they show another key, until somebody says why", () => {
    lab.run("ssh pi2 'rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh'");
    expect(lab.kubernest("trust")).toMatchObject({ code: 1, stderr: expect.stringContaining("pi2 shows another host key than the known one") as unknown });
    expect(lab.kubernest("exec", "pi2", "--", "true").code).toBe(1);
    lab.done("trust", "pi2", "--replace", "--yes");
    lab.done("exec", "pi2", "--", "true");
  });

  it("have no way out when they are offline", () => {
    expect(JSON.parse(lab.lab("status", "-o", "json").stdout)).toMatchObject({ internet: "none" });
  });
});
