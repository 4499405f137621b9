import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { LabUnderTest, traces, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const reason = await whyNot();

const MACHINES = `  cp1: { address: 192.168.1.21, roles: control-plane }
  w1: { address: 192.168.1.22, ssh: { user: root } }
  w2: { address: 192.168.1.23, ssh: { user: ops, port: 2222 }, hostname: second, network: { interface: end0 } }`;

const BLOCK = "three machines of a file";

describe(BLOCK, () => {
  if (reason !== undefined) return void it("are made", (context) => context.skip(reason));
  const lab = new LabUnderTest("three", MACHINES);
  let before: Record<string, unknown>;

  beforeAll(() => {
    before = traces(lab.name);
  });
  whileUp(lab);

  const status = (): { machines: { name: string; power: string; cable: string; ssh?: boolean }[]; network: string } => JSON.parse(lab.lab("status", "-o", "json").stdout);
  const ssh = (to: string, command: string): string => lab.run(`ssh -o BatchMode=yes -o StrictHostKeyChecking=yes ${to} '${command}'`).stdout.trim();

  it("have the names, addresses and users of the file, and known host keys", () => {
    expect(ssh("debian@192.168.1.21", "hostname; id -un; sudo -n id -un")).toBe("cp1\ndebian\nroot");
    expect(ssh("root@192.168.1.22", "hostname; id -un")).toBe("w1\nroot");
    expect(ssh("-p 2222 ops@192.168.1.23", "hostname; ip -o -4 address show dev end0 | tr -s \" \" | cut -d\" \" -f4")).toBe("second\n192.168.1.23/24");
  });

  it("are Linux machines of their own: systemd, identity, kernel settings", () => {
    expect(ssh("cp1", "systemctl is-system-running --wait; ps -o comm= -p 1")).toBe("running\nsystemd");
    const identities = ["cp1", "w1", "w2"].map((machine) => ssh(machine, "cat /etc/machine-id; cat /proc/sys/kernel/random/boot_id; cat /sys/class/net/*/address | grep ^02"));
    expect(new Set(identities.flatMap((text) => text.split("\n"))).size).toBe(9);
    expect(ssh("cp1", "sudo sysctl -w kernel.panic=42 vm.overcommit_memory=0 fs.inotify.max_user_instances=77")).toContain("kernel.panic = 42");
    expect(ssh("w1", "cat /proc/sys/kernel/panic")).not.toBe("42");
    expect(traces(lab.name)["settings"]).toEqual(before["settings"]);
  });

  it("reach each other over the lab's switch, and nothing of it is on the computer", () => {
    expect(ssh("cp1", "ping -c 1 -W 2 192.168.1.23 >/dev/null && echo reached")).toBe("reached");
    expect(traces(lab.name)).toMatchObject({ links: before["links"], rules: before["rules"], mounts: [] });
  });

  it("are left as they are by a second up", () => {
    const boots = (): string[] => ["cp1", "w1", "w2"].map((machine) => ssh(machine, "cat /proc/sys/kernel/random/boot_id"));
    const first = boots();
    expect(lab.lab("up").code).toBe(0);
    expect(boots()).toEqual(first);
  });

  it("reboot themselves", () => {
    const boot = ssh("cp1", "cat /proc/sys/kernel/random/boot_id");
    ssh("cp1", "sudo systemctl reboot");
    const again = lab.run(`for i in $(seq 100); do now=$(ssh -o BatchMode=yes -o ConnectTimeout=1 cp1 cat /proc/sys/kernel/random/boot_id 2>/dev/null); [ -n "$now" ] && [ "$now" != "${boot}" ] && echo new && break; sleep 0.2; done`);
    expect(again.stdout.trim()).toBe("new");
  });

  it("lose their power and come back with what they had written", () => {
    ssh("w1", "echo kept >/root/kept; echo kept >/var/lib/kept; ip address add 192.168.1.99/32 dev eth0; sync");
    expect(lab.lab("power", "cut", "w1").code).toBe(0);
    expect(status().machines.find((machine) => machine.name === "w1")).toMatchObject({ power: "off" });
    expect(lab.run("ping -c 1 -W 1 192.168.1.99 || ssh -o BatchMode=yes -o ConnectTimeout=1 w1 true").code).not.toBe(0);
    expect(lab.lab("power", "on", "w1").code).toBe(0);
    expect(ssh("w1", "cat /root/kept /var/lib/kept; ip -o address | grep -c 192.168.1.99")).toBe("kept\nkept\n0");
  });

  it("are shut down in order", () => {
    const marked = "[Unit]\\nDescription=x\\n[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\nExecStop=/bin/touch /root/stopped\\n";
    ssh("w1", `printf "${marked}" >/etc/systemd/system/mark.service; systemctl start mark`);
    expect(lab.lab("power", "off", "w1").code).toBe(0);
    expect(lab.lab("power", "on", "w1").code).toBe(0);
    expect(ssh("w1", "ls /root/stopped")).toBe("/root/stopped");
  });

  it("lose their cable, keep it lost over a restart, and get it back", () => {
    expect(lab.lab("link", "w2", "down").code).toBe(0);
    expect(lab.run("ssh -o BatchMode=yes -o ConnectTimeout=1 w2 true").code).not.toBe(0);
    expect(lab.lab("power", "cycle", "w2").code).toBe(0);
    expect(status().machines.find((machine) => machine.name === "w2")).toMatchObject({ power: "on", cable: "unplugged" });
    expect(lab.lab("link", "w2", "up").code).toBe(0);
    expect(lab.run("for i in $(seq 100); do ssh -o BatchMode=yes -o ConnectTimeout=1 w2 echo back 2>/dev/null && break; sleep 0.2; done").stdout.trim()).toBe("back");
  });

  it("are put back to a copy, and to their beginning", () => {
    ssh("w1", "echo one >/root/state; echo one >/var/lib/state");
    expect(lab.lab("save", "one", "w1").code).toBe(0);
    ssh("w1", "echo two >/root/state; rm /var/lib/state /etc/hostname");
    expect(lab.lab("restore", "one").code).toBe(0);
    expect(ssh("w1", "cat /root/state /var/lib/state /etc/hostname")).toBe("one\none\nw1");
    expect(lab.lab("reset", "w1").code).toBe(0);
    expect(ssh("w1", "ls /root/state /var/lib/state /root/kept 2>/dev/null; hostname")).toBe("w1");
    expect(lab.lab("restore", "two")).toMatchObject({ code: 1, stderr: expect.stringContaining("There are one.") as unknown });
  });

  it("follow the file when it changes", () => {
    lab.write(MACHINES.replace("192.168.1.22", "192.168.1.32").replace(/\n {2}w2.*/, ""));
    expect(lab.lab("up").code).toBe(0);
    expect(ssh("root@192.168.1.32", "hostname")).toBe("w1");
    expect(status().machines.map((machine) => machine.name)).toEqual(["cp1", "w1"]);
    expect(existsSync(join(lab.state, lab.name, "machines", "w2"))).toBe(false);
  });

  it("leave nothing behind", () => {
    expect(lab.lab("down").code).toBe(0);
    expect(traces(lab.name)).toEqual(before);
    expect(existsSync(lab.state)).toBe(false);
    expect(lab.lab("down").stderr).toContain("nothing to do");
  });

  it("are finished by the next up, or taken away, wherever an up was killed", async () => {
    for (const afterMs of [700, 1500, 3000]) {
      const command = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", "lab", "--state", lab.state, "-c", join(lab.directory, "homelab.yaml"), "up"], { cwd: join(import.meta.dirname, "../.."), stdio: "ignore" });
      const ended = new Promise((done) => command.once("exit", done));
      await new Promise((done) => setTimeout(done, afterMs));
      command.kill("SIGKILL");
      await ended;
    }
    expect(lab.lab("up").code).toBe(0);
    expect(ssh("cp1", "hostname")).toBe("cp1");
    expect(lab.lab("down").code).toBe(0);
    expect(traces(lab.name)).toEqual(before);
  });
});
