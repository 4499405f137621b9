import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseComputerFacts } from "./computer-facts.ts";
import { isVersion1, joinScript, parseHierarchies, registerOf, removeScript } from "./control-groups.ts";

// /proc/self/mountinfo of two computers, as printed there: Debian 12 in a virtual machine whose platform mounts version 1; and Debian 12 as installed.
const HYBRID = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 24 0:26 / /sys/fs/cgroup rw,relatime - tmpfs cgroup rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 30 0:29 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
39 30 0:35 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
40 30 0:36 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
const UNIFIED = "35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";

describe("control groups", () => {
  it("are found where they are mounted", () => {
    expect(parseHierarchies(HYBRID)).toEqual([
      { path: "/sys/fs/cgroup/cpu", version: 1, controllers: ["cpu"] },
      { path: "/sys/fs/cgroup/cpuset", version: 1, controllers: ["cpuset"] },
      { path: "/sys/fs/cgroup/systemd", version: 1, controllers: ["name=systemd"] },
      { path: "/sys/fs/cgroup/unified", version: 2, controllers: [] },
    ]);
    expect(parseHierarchies(UNIFIED)).toEqual([{ path: "/sys/fs/cgroup", version: 2, controllers: [] }]);
    expect(parseHierarchies(`${UNIFIED}${UNIFIED.replace(" /sys/fs/cgroup ", " /other ")}`)).toHaveLength(1);
  });

  it("are on version 1 only where controllers are", () => {
    expect(isVersion1(parseHierarchies(HYBRID))).toBe(true);
    expect(isVersion1(parseHierarchies(UNIFIED))).toBe(false);
    expect(isVersion1([{ path: "/sys/fs/cgroup/systemd", version: 1, controllers: ["name=systemd"] }])).toBe(false);
  });

  it("are asked for processes where every process is in one", () => {
    expect(registerOf(parseHierarchies(HYBRID))?.path).toBe("/sys/fs/cgroup/unified");
    expect(registerOf(parseHierarchies(HYBRID).filter((one) => one.version === 1))?.path).toBe("/sys/fs/cgroup/systemd");
    expect(registerOf([])).toBeUndefined();
  });

  it("fill an empty cpuset from above on version 1, and hand controllers down on version 2", () => {
    const script = joinScript(parseHierarchies(HYBRID), "kubernest-lab/x/y");
    expect(script).toContain("for group in /sys/fs/cgroup/cpuset/kubernest-lab /sys/fs/cgroup/cpuset/kubernest-lab/x /sys/fs/cgroup/cpuset/kubernest-lab/x/y; do for part in cpus mems");
    expect(script).toContain("for group in /sys/fs/cgroup/unified /sys/fs/cgroup/unified/kubernest-lab /sys/fs/cgroup/unified/kubernest-lab/x; do for controller");
  });

  it("are handled by POSIX sh", () => {
    const hierarchies = parseHierarchies(HYBRID);
    for (const script of [joinScript(hierarchies, "a/b"), removeScript(hierarchies, hierarchies[3]!, "a/b")]) expect(() => execFileSync("sh", ["-n"], { input: script })).not.toThrow();
  });
});

describe("facts of the computer", () => {
  const text = (capabilities: string, more = ""): string => `CapBnd:\t${capabilities}\n${more}inotify 128\nmounts\n${HYBRID}`;

  it("are read from one script's output", () => {
    expect(parseComputerFacts(text("000001fffeffffff", "kmsg\n"))).toMatchObject({ mayLowerOomScore: false, hasKmsg: true, modules: undefined, inotifyInstancesMax: 128, nfConntrackMax: undefined, hasProductUuid: false });
    expect(parseComputerFacts(text("000001ffffffffff", "modules /lib/modules/6.1.0-31-amd64\nconntrack 262144\nproduct-uuid\n"))).toMatchObject({
      mayLowerOomScore: true,
      hasKmsg: false,
      modules: "/lib/modules/6.1.0-31-amd64",
      nfConntrackMax: 262_144,
      hasProductUuid: true,
    });
    expect(parseComputerFacts(text("0")).hierarchies).toHaveLength(4);
  });
});
