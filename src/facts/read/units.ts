/** State of systemd units, by one `systemctl show`. Where systemd is not what runs the machine, there are none. */
import { shellWords } from "../../lib/shell-quote.ts";
import { FactUnreadable } from "../fact.ts";
import type { UnitFact } from "../machine-facts.ts";
import type { Reads } from "../readings.ts";

const PROPERTIES = ["Names", "LoadState", "ActiveState", "SubState", "UnitFileState", "NeedDaemonReload", "ActiveEnterTimestampMonotonic"];

export function unitsScript(reads: Reads): string {
  return `[ ! -d /run/systemd/system ] || systemctl show -p ${PROPERTIES.join(",")} -- ${shellWords(reads.units)}`;
}

/** One block for each unit, in the order they were asked for. */
export function parseUnits(output: string, asked: readonly string[]): Record<string, UnitFact> {
  if (output.trim() === "") return {};
  const blocks = output.trim().split("\n\n");
  if (blocks.length !== asked.length) throw new FactUnreadable(`read units: asked for ${asked.length}, \`systemctl show\` answered ${blocks.length}`);
  return Object.fromEntries(asked.map((name, index) => [name, parseUnit(name, blocks[index]!)]));
}

function parseUnit(name: string, block: string): UnitFact {
  const values = new Map(
    block.split("\n").map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
  const value = (property: string): string => {
    const found = values.get(property);
    if (found === undefined) throw new FactUnreadable(`read unit ${name}: \`systemctl show\` does not say ${property}`);
    return found;
  };
  if (!value("Names").split(" ").includes(name)) throw new FactUnreadable(`read unit ${name}: \`systemctl show\` answered of ${value("Names")}`);
  return {
    load: value("LoadState"),
    active: value("ActiveState"),
    sub: value("SubState"),
    enabled: value("UnitFileState"),
    needsReload: value("NeedDaemonReload") === "yes",
    activeSinceUs: Number(value("ActiveEnterTimestampMonotonic")),
  };
}
