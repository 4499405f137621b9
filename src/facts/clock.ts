/** How far the machine's time is from ours, and what keeps it. */
import type { Fact } from "./fact.ts";
import type { ClockFact } from "./machine-facts.ts";
import { isActive, unitMarks } from "./read/unit-marks.ts";
import { line, type Readings } from "./readings.ts";

/** The names differ from system to system; the first that runs is it. */
const KEEPERS: readonly (readonly [unit: string, name: string])[] = [
  ["chrony.service", "chrony"],
  ["chronyd.service", "chrony"],
  ["ntpsec.service", "ntpsec"],
  ["ntp.service", "ntp"],
  ["ntpd.service", "ntp"],
  ["openntpd.service", "openntpd"],
  ["systemd-timesyncd.service", "systemd-timesyncd"],
];

/** Its time is that of the last answer from a time server, and it is there from the first one on. */
const TIMESYNCD = "/run/systemd/timesync/synchronized";

export const clockFact: Fact<ClockFact> = {
  id: "clock",
  reads: () => ({ texts: ["/etc/timezone"], paths: [TIMESYNCD, "/etc/localtime", ...unitMarks(KEEPERS.map(([unit]) => unit)).paths] }),
  // `timedatectl` would start a daemon for its answer; chrony has to be asked, and only it.
  script: () => `for s in /run/chrony/chronyd.sock /var/run/chrony/chronyd.sock; do [ ! -S "$s" ] || { chronyc -n -c tracking; break; }; done`,
  parse(readings) {
    const keptBy = KEEPERS.find(([unit]) => isActive(readings, unit))?.[1];
    return {
      // It looked at its clock somewhere between the two moments that we know.
      offsetMs: Math.round(readings.machineNowMs - (readings.sentAtMs + readings.answeredAtMs) / 2),
      isSynchronised: isSynchronised(keptBy, readings),
      timeZone: timeZoneOf(readings),
      keptBy,
    };
  },
};

function isSynchronised(keptBy: string | undefined, { paths, output }: Readings): boolean | undefined {
  if (keptBy === "systemd-timesyncd") return paths[TIMESYNCD] !== undefined;
  // The last column: `Normal`, `Insert second`, `Delete second` or `Not synchronised`.
  if (keptBy === "chrony" && output.includes(",")) return output.trim().split(",").at(-1) !== "Not synchronised";
  return undefined;
}

function timeZoneOf({ texts, paths }: Readings): string | undefined {
  return /zoneinfo\/(.+)$/.exec(paths["/etc/localtime"]?.linkTo ?? "")?.[1] ?? line(texts["/etc/timezone"]);
}
