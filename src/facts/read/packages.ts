/**
 * Versions of installed packages. dpkg's own program reads its whole book for each answer, five times as long as finding the entries in it; it is asked only where
 * the book has loose leaves, because dpkg was interrupted.
 */
import { shellWords } from "../../lib/shell-quote.ts";
import { FactUnreadable } from "../fact.ts";
import type { Reads } from "../readings.ts";

/** dpkg writes an entry's fields in a fixed order: at most 13 lines stand between the name and the version. */
const LINES_TO_VERSION = 14;

export function packagesScript(reads: Reads): string {
  const entries = reads.packages.map((name) => `-e ${shellWords([`Package: ${name}`])}`).join(" ");
  return `set -- /var/lib/dpkg/updates/[0-9]*
if [ -e "$1" ]; then dpkg-query -W -f 'Package: \${Package}\\nStatus: \${Status}\\nVersion: \${Version}\\n' ${shellWords(reads.packages)}
elif [ -e /var/lib/dpkg/status ]; then grep -hFx -A ${LINES_TO_VERSION} ${entries} /var/lib/dpkg/status
elif [ -x /usr/bin/pacman ]; then pacman -Q ${shellWords(reads.packages)}; fi`;
}

/** dpkg: fields, a line each, in entries that begin with the name; pacman: `NAME VERSION`. */
export function parsePackages(output: string): Record<string, string> {
  const packages: Record<string, string> = {};
  let name: string | undefined;
  let isInstalled = false;
  for (const line of output.split("\n")) {
    const [, field, value] = /^([A-Z][A-Za-z-]*): (.*)$/.exec(line) ?? [];
    if (field === "Package") {
      if (isInstalled) throw new FactUnreadable(`read packages: dpkg's entry of ${name} has no version where it belongs`);
      name = value;
    } else if (field === "Status") {
      // Wanted, whether broken, and the state itself: `install ok installed`, `deinstall ok config-files`.
      isInstalled = value!.endsWith(" installed");
    } else if (field === "Version" && isInstalled) {
      packages[name!] = value!;
      isInstalled = false;
    } else if (/^[a-z0-9@._+-]+ \S+$/.test(line)) {
      const [own, version] = line.split(" ");
      packages[own!] = version!;
    }
  }
  return packages;
}
