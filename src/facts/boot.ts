/** What this boot is, and what the next one is started with. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { BootFact } from "./machine-facts.ts";
import { leadsTo, line } from "./readings.ts";

/**
 * Where a Raspberry Pi's firmware reads the kernel's parameters, the newest place first: where that is, an older one only says that it has moved, or is left over.
 * The first is Ubuntu's since 25.10 (canonical-ubuntu-boards.readthedocs-hosted.com, explanations/piboot-ab).
 */
const PARAMETERS_FILES = ["/boot/firmware/current/cmdline.txt", "/boot/firmware/cmdline.txt", "/boot/cmdline.txt"];

export const bootFact: Fact<BootFact> = {
  id: "boot",
  reads: () => ({
    texts: ["/proc/sys/kernel/random/boot_id", "/proc/cmdline", "/proc/device-tree/model"],
    paths: [...PARAMETERS_FILES, "/run/reboot-required"],
  }),
  // An updated kernel of Arch takes away the modules of the one that runs. A machine without any modules (a container) never had them.
  script: () => `read -r release </proc/sys/kernel/osrelease
set -- /lib/modules/*/
[ -d "/lib/modules/$release" ] || [ ! -d "$1" ] || echo modules-gone`,
  parse({ texts, paths, output }) {
    // The uptime is the host's in a container; this id is not.
    const id = line(texts["/proc/sys/kernel/random/boot_id"]);
    if (id === undefined) throw new FactUnreadable("read the boot id: /proc/sys/kernel/random/boot_id is not there");
    const isRaspberryPi = (line(texts["/proc/device-tree/model"]) ?? "").startsWith("Raspberry Pi");
    return {
      id,
      parameters: parseParameters(line(texts["/proc/cmdline"]) ?? ""),
      parametersFile: isRaspberryPi ? PARAMETERS_FILES.find((path) => leadsTo(paths[path])?.type === "file") : undefined,
      isRebootPending: paths["/run/reboot-required"] !== undefined || output.includes("modules-gone"),
    };
  },
};

/** Words, where double quotes keep blanks together, as the kernel splits them. */
function parseParameters(text: string): string[] {
  return text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
}
