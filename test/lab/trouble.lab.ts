/**
 * What goes wrong on machines while they are prepared: each ends in a clear error (where, why, what next) or in success, and nothing is left half-written. The machine is put back
 * before each, and in the end the same `up` must come to the same: it is asked once more, and must have nothing to do.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";
import type { Prepared } from "./prepare-machine.ts";

const reason = await whyNot();

const machines = (more = ""): string => `  lb1: { address: 192.168.1.11, roles: load-balancer, packages: [socat]${more} }\n  cp1: { address: 192.168.1.12, roles: [control-plane, worker], cpu: 2, memory: 4Gi }`;
const PREPARE = join(import.meta.dirname, "prepare-machine.ts");
/** Longer than a connection takes to be given up (20 s), on a busy computer. */
const TOLD_WITHIN_MS = 90_000;

describe("trouble on a machine", () => {
  if (reason !== undefined) return void it("ends well", (context) => context.skip(reason));
  const lab = new LabUnderTest("trouble", machines(), "", "endpoint: { address: 192.168.1.11, by: haproxy, on: [lb1] }");
  const parsed = (stdout: string): Prepared => JSON.parse(stdout.trim().split("\n").at(-1)!) as Prepared;
  const prepare = (verb: "plan" | "up"): Prepared => {
    const { stdout, stderr, code } = lab.run(`node --import tsx '${PREPARE}' ${verb} '${lab.file}' lb1`);
    if (code !== 0) throw new Error(stderr);
    return parsed(stdout);
  };
  /** The same, while the test goes on. */
  const preparing = (): Promise<Prepared> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, lab.argv("run", "--", process.execPath, "--import", import.meta.resolve("tsx"), PREPARE, "up", lab.file, "lb1"), { cwd: join(import.meta.dirname, "../.."), stdio: ["ignore", "pipe", "inherit"] });
      let stdout = "";
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.once("close", (code) => (code === 0 ? resolve(parsed(stdout)) : reject(new Error(`it ended with ${code}`))));
    });
  /** As root; through a file, because three shells would each read it in their own way. */
  const on = (machine: string, script: string): string => lab.run(`ssh ${machine} 'echo ${Buffer.from(script).toString("base64")} | base64 -d >/tmp/script; sudo sh /tmp/script; rm -f /tmp/script'`).stdout;
  /** The next installation stops half way, until it may go on: for two minutes at most, which end on the machine itself. */
  const holdInstallation = (): string => on("lb1", `echo 'DPkg::Pre-Invoke { "touch /run/installing; for i in $(seq 120); do [ ! -e /run/go-on ] || break; sleep 1; done"; };' >/etc/apt/apt.conf.d/99held`);
  const untilInstalling = (): string => on("lb1", "until [ -e /run/installing ]; do sleep 0.1; done; rm -f /run/installing /etc/apt/apt.conf.d/99held; echo now");
  const halfWritten = (): string => on("lb1", 'find / -xdev -name "*.kubernest-new"; ls -d /var/lib/kubernest/incoming* 2>/dev/null');
  const endsWell = (): void => {
    expect(prepare("up")).toMatchObject({ refusals: [], failures: [] });
    expect(halfWritten()).toBe("");
    expect(prepare("plan")).toMatchObject({ changes: [], refusals: [], failures: [] });
    expect(on("lb1", "systemctl is-active haproxy")).toBe("active\n");
  };

  whileUp(lab);
  beforeEach(() => {
    lab.write(machines());
    lab.lab("link", "lb1", "up");
    expect(lab.lab("reset", "lb1", "cp1").code).toBe(0);
  });

  it("its cable is pulled in the middle of a step", async () => {
    holdInstallation();
    const running = preparing();
    expect(untilInstalling()).toBe("now\n");
    lab.lab("link", "lb1", "down");
    const { said } = await running;
    expect(said).toMatch(/^lb1: install haproxy, socat: the connection ended: .*\n {2}→ .*run the same command again\n/);
    lab.lab("link", "lb1", "up");
    on("lb1", "touch /run/go-on");
    // What was under way ends on the machine itself, and while it does its lock says so.
    let again = prepare("up");
    for (let attempt = 0; attempt < 20 && again.failures.some((text) => text.includes("has been at work on it")); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      again = prepare("up");
    }
    expect(again.failures).toEqual([]);
    endsWell();
  }, 4 * TOLD_WITHIN_MS);

  it("it starts anew by itself in the middle of a step", async () => {
    holdInstallation();
    const running = preparing();
    expect(untilInstalling()).toBe("now\n");
    on("lb1", "systemctl reboot");
    const { said } = await running;
    expect(said).toMatch(/^lb1: install haproxy, socat: the connection ended: .*\n {2}→ .*run the same command again\n/);
    lab.run("until ssh -o ConnectTimeout=2 lb1 true 2>/dev/null; do sleep 0.5; done");
    endsWell();
  }, 4 * TOLD_WITHIN_MS);

  it("its disk is full where a file is to be written", () => {
    on("lb1", "cp -a /etc/sysctl.d /tmp/kept; mount -t tmpfs -o size=16k tmpfs /etc/sysctl.d; cp -a /tmp/kept/. /etc/sysctl.d; head -c 100k /dev/zero >/etc/sysctl.d/large 2>/dev/null");
    const { said } = prepare("up");
    expect(said).toContain("lb1: write /etc/sysctl.d/90-kubernest.conf: it ended with exit code 1\n    | cat: write error: No space left on device\n  → the disk of lb1 is full");
    expect(on("lb1", "ls /etc/sysctl.d | grep kubernest")).toBe("");
    on("lb1", "umount /etc/sysctl.d");
    endsWell();
  });

  it("its disk is full where packages are to be put", () => {
    on("lb1", "mount -t tmpfs -o size=1M tmpfs /var/cache/apt/archives; mkdir /var/cache/apt/archives/partial");
    const { said } = prepare("up");
    expect(said).toContain("enough free space in /var/cache/apt/archives/");
    expect(said).toContain("→ the disk of lb1 is full");
    on("lb1", "umount /var/cache/apt/archives");
    endsWell();
  });

  it("another program installs packages on it", async () => {
    // The other one's own installation is slow; ours comes meanwhile, and waits.
    on("lb1", "apt-get -qq update; (apt-get -qq -o 'DPkg::Pre-Invoke::=touch /run/installing; sleep 20' install -y tcpdump >/run/others 2>&1; echo ended >>/run/others) >/dev/null 2>&1 </dev/null &");
    expect(untilInstalling()).toBe("now\n");
    expect(prepare("plan").changes).toContain("install-packages: install haproxy, socat");
    endsWell();
    expect(on("lb1", "tail -n 1 /run/others; dpkg -s tcpdump haproxy | grep -c 'install ok installed'")).toBe("ended\n2\n");
  });

  it("somebody began by hand and stopped half way", () => {
    on("lb1", "apt-get -qq update; cd /tmp; apt-get -qq download haproxy; dpkg --unpack haproxy_*.deb >/dev/null 2>&1; mkdir -p /etc/haproxy /etc/sysctl.d; echo half >/etc/haproxy/haproxy.cfg; echo net.ipv4.ip_nonlocal_bind = 0 >/etc/sysctl.d/90-kubernest.conf; echo '# begin kubernest' >>/etc/hosts; echo half >/etc/hosts.kubernest-new");
    endsWell();
    expect(on("lb1", "getent hosts cp1")).toContain("192.168.1.12");
  });

  it("it finds no names", () => {
    on("lb1", "echo nameserver 127.0.0.1 >/etc/resolv.conf");
    const { said } = prepare("up");
    expect(said).toContain("lb1: install haproxy, socat: apt-get install haproxy socat ended with exit code 100");
    expect(said).toContain("Temporary failure resolving");
    expect(said).toContain("→ lb1 finds no names: its DNS servers are in /etc/resolv.conf");
    on("lb1", "echo nameserver 192.168.1.1 >/etc/resolv.conf");
    endsWell();
  });

  it("its sudo wants another password", () => {
    on("lb1", "echo debian:secret | chpasswd; rm /etc/sudoers.d/10-machine");
    const plan = (password?: string) => lab.run(`${password === undefined ? "" : `KUBERNEST_SUDO_PASSWORD='${password}' `}node --import tsx '${PREPARE}' plan '${lab.file}' lb1`).stdout;
    expect(parsed(plan()).said).toMatch(/^lb1: sudo: a password is required\n {2}→ .*write `sudo: password` at machines.lb1/);
    lab.write(machines(", sudo: password"));
    expect(parsed(plan()).said).toMatch(/^lb1: sudo wants a password, and there is nobody to ask\n {2}→ .*KUBERNEST_SUDO_PASSWORD/);
    expect(parsed(plan("wrong")).said).toMatch(/^lb1: sudo does not take this password\n {2}→ run the same command again/);
    expect(parsed(plan("secret"))).toMatchObject({ refusals: [], failures: [] });
  });

  it("it shows another host key", () => {
    on("lb1", "mkdir /root/kept; cp -a /etc/ssh/ssh_host_* /root/kept; rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh");
    expect(prepare("up").said).toMatch(/^lb1: 192\.168\.1\.11 shows another host key than the known one\n {2}→ .*kubernest trust lb1 --replace\n/);
    expect(lab.kubernest("trust", "lb1")).toMatchObject({ code: 1, stderr: expect.stringContaining("kubernest trust lb1 --replace") as string });
    lab.done("trust", "lb1", "--replace", "--yes");
    expect(on("lb1", "hostname; ls /etc/haproxy 2>/dev/null; cp -a /root/kept/. /etc/ssh; systemctl restart ssh")).toBe("lb1\n");
    lab.done("trust", "lb1", "--replace", "--yes");
    endsWell();
  });

  it("its clock is an hour off", () => {
    // Machines of a lab have the computer's clock: it is what `date` says that is an hour ahead.
    on("lb1", `printf '#!/bin/sh\\nexec /bin/date -d "+1 hour" "$@"\\n' >/usr/local/sbin/date; chmod +x /usr/local/sbin/date`);
    expect(on("lb1", "[ $(date +%s) -gt $(( $(/bin/date +%s) + 3000 )) ] && echo ahead")).toBe("ahead\n");
    const { code, stdout, stderr } = lab.kubernest("check", "--live");
    expect(`${stdout}${stderr}`).toMatch(/the clock of lb1 is 3[56]\d\d\.\d s ahead of that of cp1 \[clocks-together\]/);
    expect(code).not.toBe(0);
  });

  it("somebody's k3s is on it", () => {
    on("cp1", "mkdir -p /var/lib/rancher/k3s/server /etc/rancher/k3s; echo theirs >/var/lib/rancher/k3s/server/token; cp /bin/sleep /usr/local/bin/k3s; echo '[Service]' >/etc/systemd/system/k3s.service; echo 'ExecStart=/usr/local/bin/k3s infinity' >>/etc/systemd/system/k3s.service; systemctl daemon-reload; systemctl start k3s");
    const { code, stderr } = lab.kubernest("up", "--yes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/cp1: somebody's k3s is on it, and the file wants kubeadm\n {2}→ if nobody needs it: k3s-uninstall\.sh/);
    expect(on("cp1", "systemctl is-active k3s; cat /var/lib/rancher/k3s/server/token; ls /usr/local/bin; ls -d /var/lib/kubernest 2>/dev/null")).toBe("active\ntheirs\nk3s\n");
  });
});
