/** Whose k3s is taken away, and what its script does to files: run for real below a directory of its own, with the commands that would reach the computer replaced. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadHomelab } from "../config/load.ts";
import type { KubernetesFact } from "../facts/machine-facts.ts";
import { resetWork } from "../operations/reset.ts";
import { isRefusal, type Decision, type Want } from "./step.ts";
import { BARE_DEBIAN } from "./testing/fake-machine.ts";
import { undoContainerRuntime } from "./undo-container-runtime.ts";
import { undoK3s, undoK3sScript } from "./undo-k3s.ts";
import { undoKubernetes } from "./undo-kubernetes.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

async function decided(k3s: KubernetesFact["k3s"], dataDir?: string): Promise<Decision> {
  const text = JSON.stringify({ name: "maison", lan: "192.168.1.0/24", machines: { cp1: { address: "192.168.1.11", roles: ["control-plane"] } }, kubernetes: { distribution: "k3s", version: "v1.36.1+k3s1", ...(dataDir === undefined ? {} : { dataDir }) } });
  const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const want: Want = { homelab: homelab!, machine: homelab!.machines["cp1"]!, cluster: { machines: {}, governedBy: undefined }, valueOf: () => undefined, checksumOf: () => undefined };
  return undoK3s.decide({ ...BARE_DEBIAN, kubernetes: { k3s, kubeadm: undefined, others: [] } }, want);
}

describe("whose k3s is taken away", () => {
  it("leaves a machine without k3s, and a program alone", async () => {
    expect(await decided(undefined)).toEqual([]);
    expect(await decided({ role: "server", isOurs: false, hasData: false, hasJoined: false })).toEqual([]);
  });

  it.each([["server", "k3s-uninstall.sh"], ["agent", "k3s-agent-uninstall.sh"]] as const)("refuses somebody's %s, and names %s", async (role, uninstall) => {
    const decision = await decided({ role, isOurs: false, hasData: true, hasJoined: true });
    expect(isRefusal(decision) && decision.hint).toMatch(new RegExp(`^${uninstall}`));
  });

  it("takes ours, as what destroys, from where the file says its data is", async () => {
    const decision = await decided({ role: "server", isOurs: true, hasData: true, hasJoined: true }, "/srv/k3s");
    expect(decision).toMatchObject([{ summary: "take k3s away, with its pods and /srv/k3s", risk: "destroys" }]);
    expect(JSON.stringify(decision)).not.toContain("/var/lib/rancher/k3s");
  });

  it("comes before what is shared with kubeadm, in each stage of reset", () => {
    for (const { steps } of resetWork({} as never, []).stages) expect(steps.map(({ id }) => id).slice(0, 3)).toEqual(["settle-reverts", "undo-k3s", "undo-kubernetes"]);
  });
});

describe("links to k3s", () => {
  it("go with it, and are not taken for kubeadm's programs or for containerd", () => {
    const link = { kind: "file", mode: "0755", owner: "root:root", sizeBytes: 1, mtimeSeconds: 1, content: undefined, linkTo: "/usr/local/bin/k3s" } as const;
    const files = { "/usr/local/bin/kubectl": link, "/usr/local/bin/ctr": link };
    const facts = { ...BARE_DEBIAN, files, kubernetes: { k3s: { role: "agent", isOurs: true, hasData: true, hasJoined: true }, kubeadm: undefined, others: [] } } as const;
    const want = { homelab: { kubernetes: { endpoint: { by: "machine" } } } } as Want;
    for (const step of [undoKubernetes, undoContainerRuntime]) {
      expect(step.decide(facts, want)).toEqual([]);
      // The same as programs of their own are taken away.
      expect(step.decide({ ...facts, files: Object.fromEntries(Object.keys(files).map((path) => [path, { ...link, linkTo: undefined }])) as unknown as typeof files }, want)).toMatchObject([{ step: step.id, risk: "destroys" }]);
    }
  });
});

describe("its script", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "undo-k3s-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, text = "x"): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  /** Every absolute path that it names is below the directory; what reaches further is only noted. */
  const run = (dataDir = "/srv/k3s"): string => {
    for (const name of ["systemctl", "ip", "umount", "kill", "pgrep"]) {
      put(`fake/${name}`, `#!/bin/sh\necho "${name} $*" >>${root}/calls\n`);
      chmodSync(join(root, "fake", name), 0o755);
    }
    put("proc/mounts", `overlay ${root}/run/k3s/a overlay rw 0 0\noverlay ${root}/run/k3s/a/b overlay rw 0 0\n/dev/sda1 ${root}/home ext4 rw 0 0\n/dev/sdb1 ${root}/srv/k3s ext4 rw 0 0\n`);
    const script = undoK3sScript(dataDir).replaceAll(/\/(?=(?:usr|etc|run|var|srv|proc)\/)/g, `${root}/`);
    execFileSync("sh", ["-eu", "-c", `kill() { command ${root}/fake/kill "$@"; }\n${script}`], { env: { PATH: `${root}/fake:/usr/bin:/bin` } });
    return readFileSync(join(root, "calls"), "utf8").replaceAll(root, "");
  };

  it("removes what is k3s', and leaves the rest", () => {
    for (const path of ["usr/local/bin/k3s", "usr/local/bin/helm", "usr/local/bin/ctr", "etc/rancher/k3s/config.yaml", "etc/rancher/node/password", "etc/rancher/rke2/config.yaml", "etc/systemd/system/k3s.service", "etc/systemd/system/ssh.service", "run/k3s/containerd/socket", "srv/k3s/server/token", "srv/other"]) put(path);
    symlinkSync("k3s", join(root, "usr/local/bin/kubectl"));
    run();
    const there = (path: string): boolean => existsSync(join(root, path));
    expect(["usr/local/bin/k3s", "usr/local/bin/kubectl", "etc/rancher/k3s", "etc/rancher/node", "etc/systemd/system/k3s.service", "run/k3s", "srv/k3s"].filter(there)).toEqual([]);
    // ctr is a file of somebody's own, not a link to k3s.
    expect(["usr/local/bin/helm", "usr/local/bin/ctr", "etc/rancher/rke2/config.yaml", "etc/systemd/system/ssh.service", "srv/other"].filter((path) => !there(path))).toEqual([]);
  });

  it("leaves no empty directory that was made for it", () => {
    for (const path of ["etc/rancher/k3s/config.yaml", "srv/k3s/server/token", "var/lib/rancher/k3s/server/token"]) put(path);
    run("/var/lib/rancher/k3s");
    expect(["etc/rancher", "var/lib/rancher"].filter((path) => existsSync(join(root, path)))).toEqual([]);
    // Where the file says that its data is may be a disk of the person's.
    run("/srv/k3s");
    expect(existsSync(join(root, "srv"))).toBe(true);
  });

  it("lets go of mounts below its own directories, the innermost first, and of no disk of the person's", () => {
    expect(run().split("\n").filter((call) => call.startsWith("umount"))).toEqual(["umount /run/k3s/a/b", "umount /run/k3s/a"]);
  });

  it("ends the pods of its own containerd, and no other process", () => {
    put("proc/41/x");
    symlinkSync(join(root, "srv/k3s/data/abc/bin/containerd-shim-runc-v2"), join(root, "proc/41/exe"));
    put("proc/42/x");
    symlinkSync("/usr/local/bin/containerd-shim-runc-v2", join(root, "proc/42/exe"));
    expect(run().split("\n").filter((call) => call.startsWith("kill"))).toEqual(["kill -9 41"]);
  });

  it("can be run again when all is gone", () => {
    run();
    expect(run()).toContain("systemctl daemon-reload");
  });
});
