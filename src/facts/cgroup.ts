/** Control groups: which version is mounted, and the controllers that a kubelet could use. */
import type { Fact } from "./fact.ts";
import type { CgroupFact } from "./machine-facts.ts";
import { line, lines } from "./readings.ts";

const V2 = "/sys/fs/cgroup/cgroup.controllers";
/** systemd's own tree beside the old ones. */
const HYBRID = "/sys/fs/cgroup/unified/cgroup.controllers";

export const cgroupFact: Fact<CgroupFact> = {
  id: "cgroup",
  reads: () => ({ texts: [V2, "/proc/cgroups"], paths: [V2, HYBRID] }),
  parse({ texts, paths }) {
    if (paths[V2] !== undefined) return { version: "v2", controllers: (line(texts[V2]) ?? "").split(" ").filter((name) => name !== "") };
    return {
      version: paths[HYBRID] === undefined ? "v1" : "hybrid",
      // Name, hierarchy, count of groups, enabled.
      controllers: lines(texts["/proc/cgroups"])
        .map((row) => row.split("\t"))
        .filter((columns) => columns[3] === "1")
        .map((columns) => columns[0]!),
    };
  },
};
