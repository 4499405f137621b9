/** The time zone that the file gives to the machine's clock and logs. Schedules of the cluster have their own. */
import { keepTimeZone } from "./originals.ts";
import type { Step } from "./step.ts";

/** Names of the zone that a machine without any has. */
const UTC = /^(?:Etc\/)?(?:UTC|UCT|Zulu|Universal|GMT|GMT[-+]?0|Greenwich)$/;

/** Debian 12's timedatectl leaves this one behind. */
export function noteZone(zone: string): string {
  return `[ ! -e /etc/timezone ] || echo ${zone} >/etc/timezone`;
}

export const setTimeZone: Step = {
  id: "set-time-zone",
  summary: "sets the time zone that the file gives",
  concerns: ({ machine }) => machine.timeZone !== undefined,
  decide(facts, { machine }) {
    const wanted = machine.timeZone!;
    const has = facts.clock.timeZone ?? "UTC";
    if (has === wanted || (UTC.test(has) && UTC.test(wanted))) return [];
    return [
      {
        step: "set-time-zone",
        summary: `set the time zone to ${wanted}`,
        why: `it is ${has}`,
        risk: "safe",
        run: [
          {
            do: "script",
            script: { text: `[ -e /usr/share/zoneinfo/${wanted} ] || { echo "/usr/share/zoneinfo/${wanted} is not there"; exit 1; }\n${keepTimeZone()}\ntimedatectl set-timezone ${wanted}\n${noteZone(wanted)}` },
            shown: `timedatectl set-timezone ${wanted}`,
            deadlineMs: 30_000,
            hint: "zones come with the package tzdata; Debian 13 and Ubuntu 24.04 keep old names in tzdata-legacy",
          },
        ],
      },
    ];
  },
};
