/**
 * The README's first commands on a machine that has Node, npm and a shell, and nothing else: a directory with these alone becomes the root
 * of a clean clone. The network is there for what `npm` installs, and gone for what then runs. Needs root, for chroot, and Linux; else it says that it is skipped.
 *
 *     npm run bare-machine                      # npm ci && npm start -- --once, and the packed tarball, on Node 20.19, 22 and 24
 *     npm run bare-machine -- --node 22 --test  # all of npm test too, on one version
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** The oldest that `engines` admits, and the two lines after it. */
const NODE_VERSIONS = ["20.19", "22", "24"];
/** What npm's scripts and the shebangs of packages call. */
const PROGRAMS = ["sh", "env"];
/** Parts of glibc that are there wherever it is, and that only native packages ask for. */
const LIBC_PARTS = ["librt.so.1", "libpthread.so.0", "libdl.so.2", "libutil.so.1", "libresolv.so.2", "libnss_dns.so.2", "libnss_files.so.2"];
const COMMAND_TIMEOUT_MS = 30 * 60_000;

const { values } = parseArgs({ options: { node: { type: "string", multiple: true }, test: { type: "boolean", default: false } } });
const repository = resolve(import.meta.dirname, "..");

const run = (command: string, args: readonly string[], cwd = repository): string => execFileSync(command, [...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

function whyNot(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  if (process.getuid?.() !== 0) return "it needs root, to give a process another root directory (sudo npm run bare-machine)";
  const missing = ["chroot", "unshare", "ip", "ldd", "git"].find((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  return missing === undefined ? undefined : `it needs ${missing}`;
}

/** Node's own binary, as npm carries it. */
function fetchNode(version: string, directory: string): string {
  const range = /^\d+\.\d+\.\d+$/.test(version) ? version : `~${version}`;
  const wanted = version.includes(".") ? range : `^${version}`;
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--silent", "--json", "--pack-destination", directory, `node-linux-${process.arch}@${wanted}`])) as [{ filename: string }];
  run("tar", ["-xzf", join(directory, filename), "-C", directory]);
  return join(directory, "package/bin/node");
}

/** Copies a program and the libraries it is linked to, each to where it stands here. */
function install(program: string, root: string, target = program): void {
  copy(program, join(root, target));
  for (const library of run("ldd", [program]).match(/\/\S+/g) ?? []) if (existsSync(library)) copy(library, join(root, library));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to, { recursive: true });
}

function makeRoot(root: string, node: string): void {
  for (const directory of ["usr/bin", "usr/lib", "tmp", "proc", "dev", "root", "etc/ssl/certs"]) mkdirSync(join(root, directory), { recursive: true });
  symlinkSync("usr/bin", join(root, "bin"));
  for (const name of PROGRAMS) install(run("sh", ["-c", `command -v ${name}`]).trim(), root, `usr/bin/${name}`);
  install(node, root, "usr/bin/node");
  const libc = /(\/\S+)\/libc\.so\.6/.exec(run("ldd", [node]))?.[1] ?? "/lib";
  for (const name of LIBC_PARTS) if (existsSync(join(libc, name))) copy(join(libc, name), join(root, libc, name));
  const npm = dirname(dirname(realpathSync(run("sh", ["-c", "command -v npm"]).trim())));
  cpSync(npm, join(root, "usr/lib/npm"), { recursive: true });
  for (const name of ["npm", "npx"]) symlinkSync(`../lib/npm/bin/${name}-cli.js`, join(root, "usr/bin", name));
  for (const file of ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"]) if (existsSync(file)) copy(file, join(root, file));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  for (const [name, minor] of [["null", 3], ["zero", 5], ["random", 8], ["urandom", 9]] as const) run("mknod", ["-m", "666", join(root, "dev", name), "c", "1", String(minor)]);
  run("git", ["clone", "--quiet", repository, join(root, "root/kubernest")]);
}

/** In the root directory; all its processes end with it. Throws when it fails. */
function inside(root: string, hasNetwork: boolean, script: string): void {
  const enter = `mount -t proc proc "$1/proc" && ${hasNetwork ? "" : "ip link set lo up && "}exec chroot "$1" /bin/sh -c "cd /root/kubernest && $2"`;
  const environment = { PATH: "/usr/sbin:/sbin:/usr/bin:/bin", HOME: "/root", CI: "true", NODE_EXTRA_CA_CERTS: "/etc/ssl/certs/ca-certificates.crt" };
  const { status } = spawnSync("unshare", ["--mount", "--pid", "--fork", "--kill-child", ...(hasNetwork ? [] : ["--net"]), "sh", "-c", enter, "sh", root, script], { env: environment, stdio: "inherit", timeout: COMMAND_TIMEOUT_MS });
  if (status !== 0) throw new Error(`${script}: ended with ${status ?? "no answer in time"}`);
}

function tryOn(version: string): void {
  const directory = mkdtempSync(join(tmpdir(), "kubernest-bare-"));
  try {
    const root = join(directory, "machine");
    makeRoot(root, fetchNode(version, directory));
    console.log(`\n--- Node ${version}: ${readdirSync(join(root, "usr/bin")).join(", ")}, and a clone`);
    inside(root, true, "node --version && npm ci --no-audit --no-fund");
    inside(root, false, "npm start -- --once");
    inside(root, false, "npx kubernest check -c examples/proxmox/homelab.yaml >/dev/null");
    // The tarball's own dependencies are asked of the registry.
    inside(root, true, "npm run --silent smoke:tarball");
    if (values.test) inside(root, false, "npm test");
    console.log(`--- Node ${version}: ${values.test ? "started, and all tests pass" : "started"}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const reason = whyNot();
if (reason !== undefined) console.log(`skipped: ${reason}`);
else for (const version of values.node ?? NODE_VERSIONS) tryOn(version);
