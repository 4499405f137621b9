/**
 * A run that ended between a guarded change and its confirmation left the machine with a timer that will undo what this run takes for settled. A new connection
 * confirms it now; if there is none, it is all put back, as it would have been.
 */
import type { Action } from "./change.ts";
import { REVERT_AFTER_MS } from "./open-firewall.ts";
import { FORGET_UNIT, REVERTS } from "./reverts.ts";
import type { Step } from "./step.ts";

const SCRIPT = /^(kubernest-revert-[a-z0-9]+-\d+)\.(sh|undoing|held)$/;
const UNDONE_WITHIN_MS = 90_000;

export const settleReverts: Step = {
  id: "settle-reverts",
  summary: "confirms what an interrupted run changed, or puts it back",
  concerns: () => true,
  questions: () => ({ directories: [REVERTS] }),
  decide(facts) {
    const scripts = (facts.directories[REVERTS] ?? []).flatMap((name) => {
      const [, unit, state] = SCRIPT.exec(name) ?? [];
      return unit === undefined ? [] : [{ unit, state }];
    });
    if (scripts.length === 0) return [];
    if (scripts.some(({ state }) => state === "undoing")) {
      const wait: Action = { do: "wait", until: { text: `! ls ${REVERTS}/*.undoing >/dev/null 2>&1` }, whatFor: "the machine has put back what nobody confirmed", deadlineMs: UNDONE_WITHIN_MS, intervalMs: 500, hint: `look at the scripts in ${REVERTS} on the machine` };
      return [{ step: "settle-reverts", summary: "wait until what nobody confirmed is put back", why: "the machine is putting it back", risk: "safe", run: [wait] }];
    }
    const path = (unit: string, state: string): string => `${REVERTS}/${unit}.${state}`;
    // Its timer must not fire in between: the script waits under another name.
    const waiting = scripts.filter(({ state }) => state === "sh").map(({ unit }) => unit);
    const hold: Action[] = waiting.length === 0 ? [] : [{ do: "script", script: { text: waiting.map((unit) => `systemctl stop ${unit}.timer 2>/dev/null || :\nmv -f ${path(unit, "sh")} ${path(unit, "held")}`).join("\n") }, shown: `systemctl stop ${waiting.map((unit) => `${unit}.timer`).join(" ")}`, deadlineMs: 20_000 }];
    return [
      {
        step: "settle-reverts",
        summary: "confirm what an interrupted run changed",
        why: "it would be put back by its timer, as nobody confirmed it",
        risk: "safe",
        run: [
          {
            do: "guarded",
            run: hold as [],
            revert: scripts.map(({ unit }) => `if mv ${path(unit, "held")} ${path(unit, "undoing")} 2>/dev/null; then sh ${path(unit, "undoing")}; fi`).join("\n"),
            revertAfterMs: REVERT_AFTER_MS,
            whatIf: "the machine was not to be reached with what an interrupted run had changed",
          },
          { do: "script", script: { text: `rm -f ${REVERTS}/*.held\n${FORGET_UNIT}` }, shown: `rm -r ${REVERTS}`, deadlineMs: 20_000 },
        ],
      },
    ];
  },
};
