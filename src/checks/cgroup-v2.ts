/** From Kubernetes 1.35 machines boot with cgroup v2. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Machine } from "../config/homelab.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes } from "./derived/machines.ts";

/** The first release of each system that boots with cgroup v2 alone. Arch and NixOS have no old releases to run. */
const FIRST_WITH_V2: Readonly<Record<Machine["os"]["name"], number | undefined>> = {
  debian: 11,
  "raspberry-pi-os": 11,
  ubuntu: 21.1,
  arch: undefined,
  nixos: 21.05,
};

/** Names that stand for a release. */
const RELEASES: Readonly<Record<string, number>> = { stretch: 9, buster: 10, bullseye: 11, bookworm: 12, trixie: 13, bionic: 18.04, focal: 20.04, jammy: 22.04, noble: 24.04 };

export const cgroupV2: Check = {
  id: "cgroup-v2",
  severity: "error",
  summary: "From Kubernetes 1.35 on nodes run a system with cgroup v2.",
  why: "The kubelet of 1.35 refuses to start on cgroup v1 unless failCgroupV1 is false (KEP-5573); support goes altogether later.",
  examples: {
    good: `
      kubernetes: { version: v1.36.1+k3s1 }
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], os: { name: debian, version: 12 } }`,
    bad: `
      kubernetes: { version: v1.36.1+k3s1 }
      machines:
        pi1:
          address: 192.168.1.11
          roles: [control-plane, worker]
          os: { name: debian, version: 10 } # ✗`,
  },
  check({ homelab, facts }) {
    const minor = parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? 0;
    if (minor < 35) return [];
    const allowed = [...homelab.kubernetes.extraArgs.kubelet];
    return nodes(homelab).flatMap((machine): CheckResult[] => {
      const isAllowed = facts?.[machine.name]?.toleratesCgroupV1 === true || [...allowed, ...machine.kubeletArgs].some((argument) => argument.name === "fail-cgroupv1" && argument.value === "false");
      const seen = facts?.[machine.name]?.cgroupVersion;
      const release = releaseNumber(machine.os.version);
      const first = FIRST_WITH_V2[machine.os.name];
      const isOld = seen === undefined ? release !== undefined && first !== undefined && release < first : seen === 1;
      if (!isOld || isAllowed) return [];
      return [
        {
          path: ["machines", machine.name, "os", "version"],
          value: machine.os.version,
          message: `${machine.name} ${seen === undefined ? `(${machine.os.name} ${machine.os.version ?? ""}) boots with` : "runs"} cgroup v1, and the kubelet of 1.${minor} refuses it`,
          expected: first === undefined ? "cgroup v2" : `${machine.os.name} ${first === 21.1 ? "22.04" : first} or newer`,
          fix: "Upgrade the system; or boot with systemd.unified_cgroup_hierarchy=1 and check that `stat -fc %T /sys/fs/cgroup` prints cgroup2fs.",
        },
      ];
    });
  },
};

function releaseNumber(version: string | undefined): number | undefined {
  if (version === undefined) return undefined;
  const named = RELEASES[version.toLowerCase()];
  if (named !== undefined) return named;
  const match = /^(\d+)(?:\.(\d+))?/.exec(version);
  return match === null ? undefined : Number(`${match[1]}.${match[2] ?? "0"}`);
}
