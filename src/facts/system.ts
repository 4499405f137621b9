/** Which system runs this machine: what os-release says, the architecture of its user space, its kernel, and who is PID 1. */
import type { Fact } from "./fact.ts";
import type { Architecture, SystemFact } from "./machine-facts.ts";
import { leadsTo, line, lines, type Readings } from "./readings.ts";

/** The dynamic loader that programs of an architecture are started with. Where a 64-bit kernel runs a 32-bit system (Raspberry Pi OS), only it tells. */
const LOADERS: readonly (readonly [path: string, architecture: Architecture])[] = [
  ["/lib64/ld-linux-x86-64.so.2", "amd64"],
  ["/lib/ld-linux-aarch64.so.1", "arm64"],
  ["/lib/ld-linux-armhf.so.3", "arm"],
];

const OF_MACHINE: Readonly<Record<string, Architecture>> = { x86_64: "amd64", aarch64: "arm64", armv7l: "arm", armv6l: "arm" };
const OF_DPKG: Readonly<Record<string, Architecture>> = { amd64: "amd64", arm64: "arm64", armhf: "arm" };

export const systemFact: Fact<SystemFact> = {
  id: "system",
  reads: () => ({
    texts: ["/etc/os-release", "/proc/sys/kernel/osrelease", "/proc/1/comm", "/var/lib/dpkg/arch"],
    paths: ["/etc/rpi-issue", ...LOADERS.map(([path]) => path)],
    packages: ["systemd"],
  }),
  // The kernel tells its architecture in /proc only since 6.1.
  script: () => "uname -m",
  parse(readings) {
    const release = parseOsRelease(readings.texts["/etc/os-release"]);
    const machine = readings.output.trim();
    const systemd = /^(?:\d+:)?(\d+)/.exec(readings.packages["systemd"] ?? "")?.[1];
    return {
      id: release.get("ID") ?? "linux",
      idLike: (release.get("ID_LIKE") ?? "").split(" ").filter((word) => word !== ""),
      version: release.get("VERSION_ID"),
      codename: release.get("VERSION_CODENAME"),
      prettyName: release.get("PRETTY_NAME") ?? "Linux",
      isRaspberryPiOs: release.get("ID") === "raspbian" || readings.paths["/etc/rpi-issue"] !== undefined,
      architecture: architectureOf(readings, machine),
      machine,
      kernel: line(readings.texts["/proc/sys/kernel/osrelease"]) ?? "",
      init: line(readings.texts["/proc/1/comm"]) ?? "",
      systemdVersion: systemd === undefined ? undefined : Number(systemd),
    };
  },
};

function architectureOf(readings: Readings, machine: string): Architecture | undefined {
  const found = LOADERS.filter(([path]) => leadsTo(readings.paths[path])?.type === "file").map(([, architecture]) => architecture);
  if (found.length === 1) return found[0];
  // dpkg keeps this list only where there is more than one architecture; its own is the first.
  const native = OF_DPKG[line(readings.texts["/var/lib/dpkg/arch"]) ?? ""];
  return native ?? OF_MACHINE[machine];
}

/** The shell's assignments, as os-release(5) allows them: plain, or in single or double quotes. */
function parseOsRelease(text: string | undefined): Map<string, string> {
  const values = new Map<string, string>();
  for (const assignment of lines(text)) {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(assignment.trim());
    if (match === null) continue;
    const raw = match[2]!;
    const value = /^'.*'$/.test(raw) ? raw.slice(1, -1) : /^".*"$/.test(raw) ? raw.slice(1, -1).replaceAll(/\\(["$`\\])/g, "$1") : raw;
    if (value !== "") values.set(match[1]!, value);
  }
  return values;
}
