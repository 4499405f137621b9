/**
 * A run that ended between a guarded change and its confirmation left the machine with a timer that will undo what this run takes for settled. A new connection
 * confirms it now; if there is none, it is all put back, as it would have been.
 */
import { REVERT_AFTER_MS } from "./open-firewall.ts";
import { FORGET_UNIT, REVERTS } from "./reverts.ts";
import type { Step } from "./step.ts";

const SCRIPT = /^kubernest-revert-[a-z0-9]+-\d+\.(?:sh|held)$/;

export const settleReverts: Step = {
  id: "settle-reverts",
  summary: "confirms what an interrupted run changed, or puts it back",
  concerns: () => true,
  questions: () => ({ directories: [REVERTS] }),
  decide(facts) {
    const scripts = (facts.directories[REVERTS] ?? []).filter((name) => SCRIPT.test(name));
    if (scripts.length === 0) return [];
    // Its timer must not fire in between; the script waits under another name.
    const hold = scripts.filter((name) => name.endsWith(".sh")).map((name) => name.slice(0, -3));
    return [
      {
        step: "settle-reverts",
        summary: "confirm what an interrupted run changed",
        why: "it would be put back by its timer, as nobody confirmed it",
        risk: "safe",
        run: [
          {
            do: "guarded",
            run: hold.length === 0 ? [] : [{ do: "script", script: { text: hold.map((unit) => `systemctl stop ${unit}.timer 2>/dev/null || :\n[ ! -e ${REVERTS}/${unit}.sh ] || mv -f ${REVERTS}/${unit}.sh ${REVERTS}/${unit}.held`).join("\n") }, shown: `systemctl stop ${hold.map((unit) => `${unit}.timer`).join(" ")}`, deadlineMs: 20_000 }],
            revert: scripts.map((name) => `${REVERTS}/${name.replace(/\.sh$/, ".held")}`).map((path) => `[ ! -e ${path} ] || { sh ${path}; rm -f ${path}; }`).join("\n"),
            revertAfterMs: REVERT_AFTER_MS,
            whatIf: "the machine was not to be reached with what an interrupted run had changed",
          },
          { do: "script", script: { text: `rm -f ${REVERTS}/*.held\n${FORGET_UNIT}` }, shown: `rm -r ${REVERTS}`, deadlineMs: 20_000 },
        ],
      },
    ];
  },
};
