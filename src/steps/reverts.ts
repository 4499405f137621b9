/**
 * What a guarded change is undone by, while no new connection has confirmed it: a script on the machine, run by a timer, or when the machine starts again. Whoever
 * renames the script has decided: it is confirmed, or undone.
 */

export const REVERTS = "/var/lib/kubernest/reverts";

/** `waiting`: for its timer. `undoing`: it runs. `held`: another run is about to confirm it. */
export const REVERT_SUFFIX = { waiting: ".sh", undoing: ".undoing", held: ".held" } as const;

/** There only as long as a script is. */
export const REVERT_UNIT = "/etc/systemd/system/kubernest-revert.service";
export const REVERT_LINK = "/etc/systemd/system/multi-user.target.wants/kubernest-revert.service";

export const REVERT_UNIT_TEXT = `# kubernest: what was not confirmed before the machine went down is undone
[Unit]
Description=Undo what cut this machine off
After=network.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for f in ${REVERTS}/*.sh ${REVERTS}/*.undoing; do if [ -e "$f" ]; then sh "$f"; fi; done'
`;

/** The script's text. */
export function revertText(unit: string, revert: string): string {
  const undoing = `${REVERTS}/${unit}${REVERT_SUFFIX.undoing}`;
  return `#!/bin/sh
mv ${REVERTS}/${unit}.sh ${undoing} 2>/dev/null || [ -e ${undoing} ] || exit 0
${revert}
rm -f ${undoing}
${FORGET_UNIT}
`;
}

/** sh that lets go of a script that waits, and of the unit with the last. Exit code 3: it was undone, or is being undone. */
export function forgetRevert(unit: string): string {
  const kept = `${REVERTS}/${unit}.kept`;
  return `mv ${REVERTS}/${unit}.sh ${kept} 2>/dev/null || exit 3; rm -f ${kept}; ${FORGET_UNIT}`;
}

export const FORGET_UNIT = `if rmdir ${REVERTS} 2>/dev/null; then rm -f ${REVERT_UNIT} ${REVERT_LINK}; fi`;
