/** What a guarded change is undone by, while no new connection has confirmed it: scripts on the machine, run by a timer each, or all of them when it starts again. */

export const REVERTS = "/var/lib/kubernest/reverts";

/** There only as long as a script is. */
export const REVERT_UNIT = "/etc/systemd/system/kubernest-revert.service";
export const REVERT_LINK = "/etc/systemd/system/multi-user.target.wants/kubernest-revert.service";

export const REVERT_UNIT_TEXT = `# kubernest: what was not confirmed before the machine went down is undone
[Unit]
Description=Undo what cut this machine off
After=network.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for f in ${REVERTS}/*.sh; do sh "$f"; done'
`;

/** sh that lets go of one script, and of the unit with the last. */
export function forgetRevert(path: string): string {
  return `rm -f ${path}; ${FORGET_UNIT}`;
}

export const FORGET_UNIT = `if rmdir ${REVERTS} 2>/dev/null; then rm -f ${REVERT_UNIT} ${REVERT_LINK}; fi`;
