/** What the lab must know of the computer it runs on: read once, by one script. The tricks that a machine needs follow from it. */
import type { Computer } from "../ports/computer.ts";
import { type Hierarchy, parseHierarchies } from "./control-groups.ts";
import { LabFailed } from "./lab-failed.ts";

export interface ComputerFacts {
  readonly hierarchies: readonly Hierarchy[];
  /** Whether a process may give itself a better place before the kernel's out-of-memory killer: needs CAP_SYS_RESOURCE. */
  readonly mayLowerOomScore: boolean;
  readonly hasKmsg: boolean;
  /** `/lib/modules/VERSION`, where the kernel has loadable modules. */
  readonly modules: string | undefined;
  readonly inotifyInstancesMax: number;
  readonly nfConntrackMax: number | undefined;
  /** `/sys/class/dmi/id/product_uuid`: the same in all machines unless the lab gives each its own. */
  readonly hasProductUuid: boolean;
}

const CAP_SYS_RESOURCE = 24n;
const WITHIN_MS = 10_000;

const SCRIPT = `
grep ^CapBnd /proc/self/status
[ ! -e /dev/kmsg ] || echo kmsg
[ ! -d "/lib/modules/$(uname -r)" ] || echo "modules /lib/modules/$(uname -r)"
echo "inotify $(cat /proc/sys/fs/inotify/max_user_instances)"
[ ! -e /proc/sys/net/netfilter/nf_conntrack_max ] || echo "conntrack $(cat /proc/sys/net/netfilter/nf_conntrack_max)"
[ ! -e /sys/class/dmi/id/product_uuid ] || echo product-uuid
echo mounts
cat /proc/self/mountinfo
`;

export async function gatherComputerFacts(computer: Computer): Promise<ComputerFacts> {
  const { code, stdout, stderr } = await computer.run({ argv: ["sh", "-c", SCRIPT], deadlineMs: WITHIN_MS });
  if (code !== 0) throw new LabFailed("computer-unfit", `this computer cannot be looked at: ${stderr.trim()}`, "The lab runs on Linux with /proc and /sys.");
  return parseComputerFacts(stdout);
}

export function parseComputerFacts(text: string): ComputerFacts {
  const [head = "", mounts = ""] = text.split(/^mounts\n/m);
  const value = (name: string): string | undefined => new RegExp(`^${name}(?:$|:?\\s+(.*)$)`, "m").exec(head)?.slice(1).map((one) => one ?? "")[0];
  const conntrack = value("conntrack");
  return {
    hierarchies: parseHierarchies(mounts),
    mayLowerOomScore: ((BigInt(`0x${value("CapBnd") ?? "0"}`) >> CAP_SYS_RESOURCE) & 1n) === 1n,
    hasKmsg: value("kmsg") !== undefined,
    modules: value("modules"),
    inotifyInstancesMax: Number(value("inotify") ?? 0),
    nfConntrackMax: conntrack === undefined ? undefined : Number(conntrack),
    hasProductUuid: value("product-uuid") !== undefined,
  };
}
