/** The root filesystem under all machines: bare Debian, made once by debootstrap and kept in a cache under the hash of its recipe. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { shellQuote, shellWords } from "../lib/shell-quote.ts";
import type { Computer } from "../ports/computer.ts";
import { LabFailed } from "./lab-failed.ts";

export const SUITE = "bookworm";

/** What an installed Debian has that its minimal variant leaves out; nothing that Kubernest itself would need. */
const PACKAGES = [
  "ca-certificates", "curl", "dbus", "ifupdown", "iproute2", "iptables", "iputils-ping", "kmod", "libpam-systemd", "netbase", "nftables", "openssh-server", "procps", "sudo", "systemd", "systemd-sysv", "udev",
];

/** What debootstrap takes over from this computer, or makes once where each machine needs its own. */
const AFTERWARDS = `
rm -f etc/hostname etc/resolv.conf etc/hosts etc/ssh/ssh_host_*
: >etc/machine-id
rm -rf var/cache/apt/archives/*.deb var/cache/apt/*.bin var/lib/apt/lists/* var/log/*.log var/log/apt
mkdir -p var/lib/apt/lists/partial
`;

const BUILD_WITHIN_MS = 15 * 60_000;

export function imageKey(architecture: string): string {
  return createHash("sha256").update(JSON.stringify([SUITE, PACKAGES, AFTERWARDS, architecture])).digest("hex").slice(0, 16);
}

/** Where images are kept: `KUBERNEST_LAB_CACHE`, or below the user's cache directory. */
export function imageCache(env: Readonly<Record<string, string | undefined>>): string {
  if (env["KUBERNEST_LAB_CACHE"]) return env["KUBERNEST_LAB_CACHE"];
  return join(env["XDG_CACHE_HOME"] || join(env["HOME"] || "/root", ".cache"), "kubernest", "lab");
}

/** sh that makes the image unless it is there. One at a time: who comes second waits for the first, even where that was interrupted. */
export function buildScript(directory: string, mirror: string | undefined): string {
  const building = `${directory}.building`;
  const bootstrap = shellWords(["debootstrap", "--variant=minbase", `--include=${PACKAGES.join(",")}`, SUITE, building, ...(mirror === undefined ? [] : [mirror])]);
  return `set -e
[ ! -d ${shellQuote(directory)} ] || exit 0
rm -rf ${shellQuote(building)}
${bootstrap} >&2
cd ${shellQuote(building)}
${AFTERWARDS.trim()}
mv ${shellQuote(building)} ${shellQuote(directory)}
`;
}

/** The image's directory, made where it is missing. `onBuild` is called before the minute that this takes. */
export async function ensureImage(computer: Computer, options: { readonly cache: string; readonly mirror: string | undefined; onBuild(): void }): Promise<string> {
  const directory = join(options.cache, `${SUITE}-${imageKey(computer.processor)}`);
  if ((await computer.list(directory)).length > 0) return directory;
  options.onBuild();
  const seconds = String(BUILD_WITHIN_MS / 1000);
  const script = `mkdir -p ${shellQuote(options.cache)} && exec flock --wait ${seconds} ${shellQuote(join(options.cache, ".lock"))} sh -c "$1"`;
  const { code, stderr } = await computer.run({ argv: ["sh", "-c", script, "sh", buildScript(directory, options.mirror)], deadlineMs: BUILD_WITHIN_MS });
  if (code !== 0) {
    const tail = stderr.trim().split("\n").slice(-5).join("\n  ");
    throw new LabFailed("image-failed", `Debian ${SUITE} could not be installed into ${directory}:\n  ${tail}`, "See that this computer reaches its Debian mirror (apt-get update), or name one with --mirror URL.");
  }
  return directory;
}
