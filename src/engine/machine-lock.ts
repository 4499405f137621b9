/** One operation at a time on a machine. The lock lives in memory of the machine and with the session that took it: neither a reboot nor a lost computer leaves it behind. */
import { shellQuote } from "../lib/shell-quote.ts";

const LOCK = "/run/kubernest/lock";

/**
 * Exit code 73 and the owner's line when another holds it. `owner` is for people: who, from where, doing what. `token`, a word, is the run's: a session of the same run takes the
 * lock over from one that was cut off, which may live on without knowing.
 */
export function takeLockScript(owner: string, token: string): string {
  // $$ in a subshell is the session's own process: while that lives, somebody is at work.
  return `mkdir -p /run/kubernest
line="$$ $(cut -d. -f1 /proc/uptime) ${token} "${shellQuote(owner)}
take() { (set -C; printf "%s\\n" "$line" >${LOCK}) 2>/dev/null; }
take && exit 0
read -r pid since token who <${LOCK} || exit 0
if [ "$pid" = "$$" ]; then exit 0; fi
if [ "$token" = "${token}" ]; then printf "%s\\n" "$line" >${LOCK}.new; mv -f ${LOCK}.new ${LOCK}; exit 0; fi
if [ -d "/proc/$pid" ]; then printf "%s\\n" "$(( $(cut -d. -f1 /proc/uptime) - since )) $who"; exit 73; fi
rm -f ${LOCK}; take || exit 73`;
}

export const RELEASE_LOCK_SCRIPT = `if [ -e ${LOCK} ]; then read -r pid rest <${LOCK}; [ "$pid" != "$$" ] || rm -f ${LOCK}; fi`;

export const LOCKED = 73;

/** `40 marie on laptop: up` → a sentence. */
export function lockedText(said: string): { ageSeconds: number; owner: string } {
  const [age = "0", ...owner] = said.trim().split(" ");
  return { ageSeconds: Number(age) || 0, owner: owner.join(" ") };
}
