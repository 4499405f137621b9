/** What was on a machine before us, and where it is kept until `reset` puts it back. Nothing else reads it. */

/** Files under their own path. */
export const ORIGINALS = "/var/lib/kubernest/originals";
/** What is kept: `kept PATH` for a file that was there, `absent PATH` where there was none, in the order in which they were first changed. */
export const ORIGINAL_FILES = `${ORIGINALS}/files`;
/** `name=value` lines, as `sysctl -p` reads them; the first value that was seen of each name. */
export const ORIGINAL_SYSCTLS = `${ORIGINALS}/sysctls.conf`;
/** Units that we stopped for good, one a line. */
export const ORIGINAL_UNITS = `${ORIGINALS}/units`;

/** Its name. */
export const ORIGINAL_TIME_ZONE = `${ORIGINALS}/time-zone`;

export interface OriginalFile {
  readonly path: string;
  /** False: there was none, and putting back means taking ours away. */
  readonly wasThere: boolean;
}

/** An interruption may have noted a file twice: it is one. */
export function parseOriginalFiles(text: string): OriginalFile[] {
  const found = new Map<string, OriginalFile>();
  for (const line of text.split("\n")) {
    const [, kind, path] = /^(kept|absent) (\/.+)$/.exec(line) ?? [];
    if (path !== undefined && !found.has(path)) found.set(path, { path, wasThere: kind === "kept" });
  }
  return [...found.values()];
}

/** A line of script that notes a setting once, before it is changed. */
export function keepSysctl(name: string): string {
  return `mkdir -p ${ORIGINALS}; grep -qs '^${name}=' ${ORIGINAL_SYSCTLS} || echo "${name}=$(sysctl -n ${name} | tr '\\t' ' ')" >>${ORIGINAL_SYSCTLS}`;
}

export function keepUnit(unit: string): string {
  return `mkdir -p ${ORIGINALS}; grep -qxs '${unit}' ${ORIGINAL_UNITS} || echo '${unit}' >>${ORIGINAL_UNITS}`;
}

export function keepTimeZone(): string {
  return `mkdir -p ${ORIGINALS}; [ -e ${ORIGINAL_TIME_ZONE} ] || timedatectl show --property=Timezone --value >${ORIGINAL_TIME_ZONE}`;
}
