/** Whether this computer can have machines at all: tried, not guessed, before anything is made that would have to be taken away. */
import { dirname } from "node:path";
import { shellQuote, shellWords } from "../lib/shell-quote.ts";
import { groupPath } from "./control-groups.ts";
import type { Lab } from "./lab.ts";
import { LabFailed } from "./lab-failed.ts";

const WITHIN_MS = 20_000;

/** sh that tries each thing, says the first that is refused, and leaves nothing. */
export function trialScript(lab: Pick<Lab, "facts" | "paths">): string {
  const state = shellQuote(dirname(lab.paths.root));
  const groups = shellWords(lab.facts.hierarchies.map((one) => groupPath(one, "kubernest-lab-trial-")));
  return `refused() { echo "$1"; exit 1; }
for group in ${groups}; do mkdir "$group$$" 2>&1 && rmdir "$group$$" || refused "control groups cannot be made in \${group%/*}"; done
unshare --mount --net --propagation private true 2>&1 || refused "namespaces for mounts and networks are refused"
unshare --net ip link add trial type bridge 2>&1 || refused "the kernel makes no bridges"
unshare --net sh -c 'ip link add one type veth peer name other && nft add table ip trial' 2>&1 || refused "the kernel makes no virtual cables or no nftables"
[ -c /dev/net/tun ] || refused "/dev/net/tun is not there"
mkdir -p ${state} && directory=$(mktemp -d ${state}/.trial-XXXXXX) || refused "${state} cannot be written to"
mkdir "$directory/lower" "$directory/upper" "$directory/work" "$directory/root"
code=0
unshare --mount --propagation private sh -c 'cd "$1" && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root && touch root/tried' sh "$directory" 2>&1 || code=1
rm -rf "$directory"
rmdir ${state} 2>/dev/null
[ $code -eq 0 ] || refused "no overlay can be written in ${state}; another directory (--state) may be on a filesystem that takes one, such as ext4"
`;
}

export async function assertComputerFits(lab: Lab): Promise<void> {
  const { code, stdout } = await lab.computer.run({ argv: ["sh", "-c", trialScript(lab)], deadlineMs: WITHIN_MS });
  if (code === 0) return;
  const lines = stdout.trim().split("\n");
  throw new LabFailed("computer-unfit", `this computer gives root no machines: ${lines.at(-1)}${lines.length > 1 ? ` (${lines.slice(0, -1).join("; ")})` : ""}`, "The lab runs on a Linux computer or virtual machine of your own; most containers are too narrow for it.");
}
