/**
 * How a command enters a lab: in the lab's network, with the lab's SSH settings, names and resolvers in the place of the user's. A mount namespace of the
 * command's own does it, so that the user's files are neither read nor changed.
 */
import { shellQuote } from "../lib/shell-quote.ts";
import { groupPath } from "./control-groups.ts";
import type { PlannedLab } from "./lab.ts";
import { inNetwork, visitorsGroup } from "./lab-network.ts";

export interface Visitor {
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  /** By the user database: that is where ssh looks, whatever HOME says. */
  readonly home: string;
}

/** Set for what runs in a lab; the SSH adapter gives the configuration to `ssh -F`. */
export function visitorEnv(lab: PlannedLab, visitor: Visitor, isRoot: boolean): Readonly<Record<string, string>> {
  const own = { KUBERNEST_LAB: lab.name, KUBERNEST_SSH_CONFIG: lab.paths.sshConfig };
  return isRoot ? own : { ...own, HOME: visitor.home, USER: visitor.user, LOGNAME: visitor.user };
}

/** Program and arguments that run `argv` in the lab. */
export function enterCommand(lab: PlannedLab, holder: string, visitor: Visitor, argv: readonly string[]): readonly string[] {
  const { paths } = lab;
  const ssh = shellQuote(`${visitor.home}/.ssh`);
  const group = shellQuote(groupPath(lab.register, visitorsGroup(lab.name)));
  const script = `set -e
mkdir -p ${group}
echo $$ >${group}/cgroup.procs
[ -d ${ssh} ] || { mkdir -m 700 ${ssh}; chown ${visitor.uid}:${visitor.gid} ${ssh}; }
mount --bind ${shellQuote(paths.ssh)} ${ssh}
mount --bind ${shellQuote(paths.sshConfig)} /etc/ssh/ssh_config
mount --bind ${shellQuote(paths.hosts)} /etc/hosts
[ ! -s ${shellQuote(paths.resolvers)} ] || mount --bind ${shellQuote(paths.resolvers)} /etc/resolv.conf
exec "$@"
`;
  const drop = visitor.uid === 0 ? [] : ["setpriv", `--reuid=${visitor.uid}`, `--regid=${visitor.gid}`, "--init-groups", "--"];
  return inNetwork(holder, ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", ...drop, ...argv]);
}
