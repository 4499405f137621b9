/**
 * State of systemd units, by one `systemctl show` of those that are there. systemd takes more than two milliseconds to tell of a unit, also of one that does not
 * exist; so what is nowhere is not asked for. Where systemd is not what runs the machine, there are no units.
 */
import { shellQuote } from "../../lib/shell-quote.ts";
import { FactUnreadable } from "../fact.ts";
import type { UnitFact } from "../machine-facts.ts";
import type { Reads } from "../readings.ts";

const PROPERTIES = ["Names", "LoadState", "ActiveState", "SubState", "UnitFileState", "NeedDaemonReload", "ActiveEnterTimestampMonotonic"];

/** Where unit files and their other names lie. */
const DIRECTORIES = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/usr/local/lib/systemd/system", ...["system", "transient", "generator", "generator.early", "generator.late"].map((name) => `/run/systemd/${name}`)];

/** systemd keeps this link as long as the unit is not inactive, also when its file is gone. */
export function activityMark(unit: string): string {
  return `/run/systemd/units/invocation:${unit}`;
}

export function unitsScript(reads: Reads): string {
  if (reads.units.length === 0) return "";
  return `[ -d /run/systemd/system ] || exit 0
set --
u() {
for d in ${DIRECTORIES.join(" ")}; do
if [ -e "$d/$2" ] || [ -h "${activityMark("$1")}" ]; then w="$w $1"; break; fi
done
}
w=
${reads.units.map((unit) => `u ${shellQuote(unit)} ${shellQuote(fileOf(unit))}`).join("\n")}
[ -z "$w" ] || exec systemctl show -p ${PROPERTIES.join(",")} -- $w`;
}

/** An instance has its template's file. */
function fileOf(unit: string): string {
  return unit.replace(/@.+(\.[a-z]+)$/, "@$1");
}

/** One block for each unit that is there. */
export function parseUnits(output: string, asked: readonly string[]): Record<string, UnitFact> {
  const units: Record<string, UnitFact> = {};
  for (const block of output.trim().split("\n\n")) {
    if (block === "") continue;
    const values = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    const value = (property: string): string => {
      const found = values.get(property);
      if (found === undefined) throw new FactUnreadable(`read units: \`systemctl show\` does not say ${property}`);
      return found;
    };
    const unit: UnitFact = {
      load: value("LoadState"),
      active: value("ActiveState"),
      sub: value("SubState"),
      enabled: value("UnitFileState"),
      needsReload: value("NeedDaemonReload") === "yes",
      activeSinceUs: Number(value("ActiveEnterTimestampMonotonic")),
    };
    for (const name of value("Names").split(" ")) if (asked.includes(name)) units[name] = unit;
  }
  return units;
}
