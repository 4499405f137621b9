import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubeadmShim, MACHINE_NUMBER_FILE, prepareScript, runcShim, SHIM_DIRECTORY } from "./shims.ts";
import { needsUserland } from "../../test/userland.ts";

needsUserland();

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shims-"));
  mkdirSync(join(directory, "shims"));
  mkdirSync(join(directory, "bin"));
  writeFileSync(join(directory, "number"), "3\n");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs the shim with a program behind it that prints its arguments, one a line. */
function run(name: string, shim: string, args: readonly string[], hasProgram = true): { code: number | null; lines: string[]; stderr: string } {
  const install = (path: string, text: string): void => {
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };
  install(join(directory, "shims", name), shim.replaceAll(SHIM_DIRECTORY, join(directory, "shims")).replaceAll(MACHINE_NUMBER_FILE, join(directory, "number")));
  if (hasProgram) install(join(directory, "bin", name), `#!/bin/sh\nprintf '%s\\n' "$@"\n`);
  const { status, stdout, stderr } = spawnSync(name, args, { env: { PATH: `${join(directory, "shims")}:${join(directory, "bin")}:/usr/bin:/bin` }, encoding: "utf8" });
  return { code: status, lines: stdout.trimEnd().split("\n"), stderr };
}

describe("the kubeadm shim", () => {
  const flag = "--ignore-preflight-errors=SystemVerification";

  it.each([
    [["init", "--config", "a b"], true],
    [["join", "--config", "x"], true],
    [["init", "phase", "preflight"], true],
    [["init", "phase", "certs", "all"], false],
    [["join", "phase", "control-plane-join", "etcd"], false],
    [["version"], false],
    [["config", "images", "list"], false],
  ])("passes %j on, with the flag only where kubeadm looks at the system", (args, isAdded) => {
    expect(run("kubeadm", kubeadmShim(), args).lines).toEqual(isAdded ? [...args, flag] : args);
  });

  it("is not there for whoever looks for kubeadm before it is installed", () => {
    expect(run("kubeadm", kubeadmShim(), ["version"], false)).toMatchObject({ code: 127, stderr: "kubeadm: not found\n" });
  });
});

describe("the runc shim", () => {
  const process = (args: readonly string[]): object => ({
    user: { uid: 0, gid: 0, additionalGids: [0] },
    args,
    capabilities: { bounding: ["CAP_CHOWN", "CAP_DAC_OVERRIDE"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"] },
    oomScoreAdj: -997,
  });

  function after(config: object, mayLowerOomScore = false): { process: Record<string, unknown>; mounts?: { source: string }[] } {
    const bundle = join(directory, "bundle");
    mkdirSync(bundle);
    writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
    expect(run("runc", runcShim({ mayLowerOomScore }), ["--root", "/run/x", "create", "--bundle", bundle, "id"]).lines.at(-1)).toBe("id");
    return JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
  }

  it("gives up a better place before the out-of-memory killer where that is refused", () => {
    expect(after({ process: process(["/app"]) }).process).toEqual({ ...process(["/app"]), oomScoreAdj: 0 });
  });

  it("keeps it where it is allowed", () => {
    expect(after({ process: process(["/app"]) }, true).process).toEqual(process(["/app"]));
  });

  it.each(["kube-apiserver", "/usr/local/bin/kube-controller-manager", "kube-scheduler"])("runs %s as another user with root's capabilities", (program) => {
    const all = ["CAP_CHOWN", "CAP_DAC_OVERRIDE"];
    expect(after({ process: process([program, "--v=2"]) }).process).toMatchObject({
      user: { uid: 64_003, gid: 0 },
      capabilities: { bounding: all, effective: all, inheritable: all, permitted: all, ambient: all },
    });
  });

  it("leaves the connection table alone in kube-proxy's configuration, in a copy", () => {
    const source = join(directory, "config-map");
    mkdirSync(source);
    const text = "conntrack:\n  maxPerCore: null\n  min: null\n";
    writeFileSync(join(source, "config.conf"), text);
    const mounts = [{ destination: "/proc", type: "proc", source: "proc" }, { destination: "/var/lib/kube-proxy", type: "bind", source, options: ["rbind", "ro"] }];
    const copy = after({ process: process(["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf"]), mounts }).mounts![1]!.source;
    expect(readFileSync(join(copy, "config.conf"), "utf8")).toBe("conntrack:\n  maxPerCore: 0\n  min: null\n");
    expect(readFileSync(join(source, "config.conf"), "utf8")).toBe(text);
  });

  it("brings what is run in a container later into line too", () => {
    const file = join(directory, "process.json");
    writeFileSync(file, JSON.stringify(process(["kube-apiserver"])));
    run("runc", runcShim({ mayLowerOomScore: false }), ["exec", "--process", file, "id"]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ ...process(["kube-apiserver"]), oomScoreAdj: 0 });
  });

  it("passes other verbs on as they are", () => {
    expect(run("runc", runcShim({ mayLowerOomScore: false }), ["--version"]).lines).toEqual(["--version"]);
  });
});

describe("the script that prepares a machine", () => {
  it("is POSIX sh", () => {
    expect(() => execFileSync("sh", ["-n"], { input: prepareScript() })).not.toThrow();
  });
});
