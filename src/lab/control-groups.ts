/**
 * Control groups of the lab's processes: where they are, and the shell that joins, empties and removes them. They are the lab's only register of
 * processes: whatever is in them was started by the lab, and nothing else is.
 */
import { shellQuote, shellWords } from "../lib/shell-quote.ts";

export interface Hierarchy {
  /** Mount point, such as `/sys/fs/cgroup/memory`. */
  readonly path: string;
  readonly version: 1 | 2;
  /** `cpu`, `cpuacct`, `name=systemd`; empty for version 2. */
  readonly controllers: readonly string[];
}

/** From `/proc/self/mountinfo`. A hierarchy that is mounted twice is named once. */
export function parseHierarchies(mountinfo: string): readonly Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountinfo.split("\n")) {
    const [before, after] = line.split(" - ");
    if (after === undefined) continue;
    const path = before!.split(" ")[4]!;
    const [type, , superOptions = ""] = after.split(" ");
    if (type === "cgroup2") found.set("2", found.get("2") ?? { path, version: 2, controllers: [] });
    if (type !== "cgroup") continue;
    const controllers = superOptions.split(",").filter((option) => !["rw", "ro", "xattr", "clone_children", "cpuset_v2_mode", "noprefix"].includes(option) && !option.startsWith("release_agent="));
    const key = controllers.join(",");
    found.set(key, found.get(key) ?? { path, version: 1, controllers });
  }
  return [...found.values()];
}

/** The hierarchy that is asked which processes are there: version 2, or systemd's own. */
export function registerOf(hierarchies: readonly Hierarchy[]): Hierarchy | undefined {
  return hierarchies.find((one) => one.version === 2) ?? hierarchies.find((one) => one.controllers.includes("name=systemd")) ?? hierarchies[0];
}

/** True where controllers are on version 1: there Kubernetes from 1.35 needs to be told. */
export function isVersion1(hierarchies: readonly Hierarchy[]): boolean {
  return hierarchies.some((one) => one.version === 1 && !one.controllers.some((controller) => controller.startsWith("name=")));
}

export function groupPath(hierarchy: Hierarchy, group: string): string {
  return `${hierarchy.path}/${group}`;
}

/** The group of everything of one lab. */
export function labGroup(lab: string): string {
  return `kubernest-lab/${lab}`;
}

/** sh that puts the shell itself, and so all it starts, into the group in every hierarchy. */
export function joinScript(hierarchies: readonly Hierarchy[], group: string): string {
  const lines = [`mkdir -p ${shellWords(hierarchies.map((one) => groupPath(one, group)))}`];
  const levels = group.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
  for (const one of hierarchies) {
    // A new cpuset of version 1 is empty and takes no process; version 2 hands a controller down only where it is told to.
    if (one.controllers.includes("cpuset")) {
      lines.push(`for group in ${shellWords(levels.map((level) => groupPath(one, level)))}; do for part in cpus mems; do [ -n "$(cat "$group/cpuset.$part")" ] || cat "\${group%/*}/cpuset.$part" >"$group/cpuset.$part"; done; done`);
    }
    if (one.version === 2) {
      const above = [one.path, ...levels.slice(0, -1).map((level) => groupPath(one, level))];
      lines.push(`for group in ${shellWords(above)}; do for controller in $(cat "$group/cgroup.controllers"); do echo "+$controller" >"$group/cgroup.subtree_control" 2>/dev/null || :; done; done`);
    }
  }
  lines.push(`for group in ${shellWords(hierarchies.map((one) => groupPath(one, group)))}; do echo $$ >"$group/cgroup.procs"; done`);
  return `${lines.join("\n")}\n`;
}

/** sh that prints the ids of all processes in the group and below it, one a line. */
export function processesScript(register: Hierarchy, group: string): string {
  const path = shellQuote(groupPath(register, group));
  return `[ ! -d ${path} ] || find ${path} -name cgroup.procs -exec cat {} + 2>/dev/null || :\n`;
}

/** sh that ends every process of the group and removes it everywhere. Bounded by its loops; fails where something stays. */
export function removeScript(hierarchies: readonly Hierarchy[], register: Hierarchy, group: string): string {
  const paths = shellWords(hierarchies.map((one) => groupPath(one, group)));
  return `processes() { ${processesScript(register, group).trim()}; }
round=0
while found=$(processes | grep -vx "$$" | sort -u) && [ -n "$found" ]; do
  [ $round -lt 200 ] || { echo "still there:" $found >&2; exit 1; }
  kill -s KILL $found 2>/dev/null || :
  round=$((round + 1)); sleep 0.05
done
round=0
while :; do
  left=
  for group in ${paths}; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || left=$group
  done
  [ -n "$left" ] || break
  [ $round -lt 100 ] || { echo "$left cannot be removed" >&2; exit 1; }
  round=$((round + 1)); sleep 0.05
done
`;
}
