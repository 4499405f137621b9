/** Where a machine keeps what was there before us and is no file of its own: read by `reset` only. */

/** `name=value` lines, as `sysctl -p` reads them; the first value that was seen of each name. */
export const ORIGINAL_SYSCTLS = "/var/lib/kubernest/originals/sysctls.conf";
/** Units that we stopped for good, one a line. */
export const ORIGINAL_UNITS = "/var/lib/kubernest/originals/units";

/** A line of script that notes a setting once, before it is changed. */
export function keepSysctl(name: string): string {
  return `mkdir -p ${ORIGINAL_SYSCTLS.slice(0, ORIGINAL_SYSCTLS.lastIndexOf("/"))}; grep -qs '^${name}=' ${ORIGINAL_SYSCTLS} || echo "${name}=$(sysctl -n ${name} | tr '\\t' ' ')" >>${ORIGINAL_SYSCTLS}`;
}

export function keepUnit(unit: string): string {
  return `mkdir -p ${ORIGINAL_UNITS.slice(0, ORIGINAL_UNITS.lastIndexOf("/"))}; grep -qxs '${unit}' ${ORIGINAL_UNITS} || echo '${unit}' >>${ORIGINAL_UNITS}`;
}
