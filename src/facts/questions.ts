/** What steps want to know of a machine beyond what is always read: the files, units, packages and kernel settings they care for. */

export interface Questions {
  /** Absolute paths whose type, mode, owner and, for regular files up to a mebibyte, content are read. */
  readonly files: readonly string[];
  /** Absolute paths of large files: only type, size and time of change are read. */
  readonly stamps: readonly string[];
  /** Directories whose entries' names are read, one level. */
  readonly directories: readonly string[];
  /** systemd units, with their suffix. */
  readonly units: readonly string[];
  /** Packages of the system's own package manager. */
  readonly packages: readonly string[];
  /** `net.ipv4.ip_forward` */
  readonly sysctls: readonly string[];
  /** Kernel modules: `br_netfilter`. */
  readonly modules: readonly string[];
  /** TCP and UDP ports that a step wants to know the listener of. */
  readonly ports: readonly number[];
}

export const NO_QUESTIONS: Questions = { files: [], stamps: [], directories: [], units: [], packages: [], sysctls: [], modules: [], ports: [] };

/** Everything that anybody asks, each once, sorted. */
export function mergeQuestions(all: readonly Partial<Questions>[]): Questions {
  const texts = (pick: (questions: Partial<Questions>) => readonly string[] | undefined): string[] => [...new Set(all.flatMap((questions) => pick(questions) ?? []))].sort();
  return {
    files: texts((questions) => questions.files),
    stamps: texts((questions) => questions.stamps),
    directories: texts((questions) => questions.directories),
    units: texts((questions) => questions.units),
    packages: texts((questions) => questions.packages),
    sysctls: texts((questions) => questions.sysctls),
    modules: texts((questions) => questions.modules),
    ports: [...new Set(all.flatMap((questions) => questions.ports ?? []))].sort((a, b) => a - b),
  };
}
