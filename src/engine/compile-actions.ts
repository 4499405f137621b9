/** Actions of one machine as one POSIX sh script: each announces itself, its output is told line by line, and the first that fails ends the script. */
import { createHash } from "node:crypto";
import { unreachable } from "../lib/assert.ts";
import { shellQuote } from "../lib/shell-quote.ts";
import type { Action, CopyArtifact, Guarded, WriteFile } from "../steps/change.ts";
import { ORIGINAL_FILES, ORIGINALS } from "../steps/originals.ts";
import { forgetRevert, REVERT_LINK, REVERT_UNIT, REVERT_UNIT_TEXT, revertText, REVERTS } from "../steps/reverts.ts";
import { mtimeOfDigest } from "../steps/artifact-stamp.ts";

/** Exit codes of our own that an action can end with. */
export const CHANGED_MEANWHILE = 75;
export const WAITED_IN_VAIN = 76;
export const CHECKSUM_DIFFERS = 77;

/** What a script can say to us, after the nonce of the run. */
export type Mark = { kind: "begin"; index: number } | { kind: "ok"; index: number } | { kind: "failed"; index: number; code: number } | { kind: "waiting"; index: number; seconds: number; last: string };

export function parseMark(line: string, nonce: string): Mark | undefined {
  if (!line.startsWith(`${nonce} `)) return undefined;
  const [kind, index = "", number = "", ...rest] = line.slice(nonce.length + 1).split(" ");
  if (kind === "begin" || kind === "ok") return { kind, index: Number(index) };
  if (kind === "failed") return { kind, index: Number(index), code: Number(number) };
  if (kind === "waiting") return { kind, index: Number(index), seconds: Number(number), last: rest.join(" ") };
  return undefined;
}

/** Everything but reboots, which are the engine's, and copies, which have an input of their own: `compileCopy`. */
export type ScriptAction = Exclude<Action, { do: "reboot" } | { do: "copy" }>;

/**
 * `fill` puts values into a text. A lost connection must not end an action in the middle: broken pipes are ignored, output is read to its end whoever listens, and only
 * between two actions does the script notice that nobody does.
 */
export function compileActions(actions: readonly ScriptAction[], nonce: string, fill: (text: { text: string; values?: readonly string[] }) => string): string {
  const parts = actions.map((action, index) => framed(index, nonce, bodyOf(action, nonce, index, fill)));
  return `trap "" PIPE
kubernest_say() { while IFS= read -r line || [ -n "$line" ]; do case $line in "${nonce} exit "*) return "\${line##* }";; esac; printf "%s\\n" "$line" 2>/dev/null || :; done; return 74; }
${parts.join("")}`;
}

function framed(index: number, nonce: string, body: string): string {
  return `printf "%s\\n" "${nonce} begin ${index}" || exit 99
( ( set -e
${body}
) </dev/null; printf "\\n%s\\n" "${nonce} exit $?" ) 2>&1 | kubernest_say
c=$?; [ $c = 0 ] || { printf "%s\\n" "${nonce} failed ${index} $c"; exit 1; }
printf "%s\\n" "${nonce} ok ${index}" || exit 99
`;
}

type Fill = (text: { text: string; values?: readonly string[] }) => string;

function bodyOf(action: ScriptAction, nonce: string, index: number, fill: Fill): string {
  switch (action.do) {
    case "write-file":
      return writeFile(action, fill(action.content));
    case "remove-file":
      return removeFile(action.path, action.restoresOriginal);
    case "make-directory":
      return `mkdir -p -- ${shellQuote(action.path)}\nchown ${action.owner} -- ${shellQuote(action.path)}\nchmod ${action.mode} -- ${shellQuote(action.path)}`;
    case "make-link":
      return `mkdir -p -- ${shellQuote(directoryOf(action.path))}\nln -sfn -- ${shellQuote(action.to)} ${shellQuote(action.path)}`;
    case "script":
      return fill(action.script);
    case "obtain":
      return fill(action.script);
    case "wait":
      return waitUntil(fill(action.until), action.deadlineMs, action.intervalMs, nonce, index);
    case "guarded":
      return guarded(action, nonce, index, fill);
    default:
      return unreachable(action);
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Text as the input of a command: as it is where a here-document can carry it, else in base64. Never an argument. */
export function heredoc(command: string, text: string): string {
  const mark = `END_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  const isPlain = text === "" || (text.endsWith("\n") && !/[\0\r]/.test(text));
  if (isPlain) return `${command} <<'${mark}'\n${text}${mark}`;
  return `base64 -d <<'${mark}' | ${command}\n${Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\n")}\n${mark}`;
}

function writeFile(action: WriteFile, content: string): string {
  const path = shellQuote(action.path);
  const temporary = shellQuote(`${action.path}.kubernest-new`);
  const guard =
    action.before === undefined ? ""
    : action.before === "absent" ? `[ ! -e ${path} ] || { echo "${action.path} appeared since it was looked at"; exit ${CHANGED_MEANWHILE}; }\n`
    : `[ "$(sha256sum <${path})" = "${action.before}  -" ] || { echo "${action.path} was changed since it was looked at"; exit ${CHANGED_MEANWHILE}; }\n`;
  return `${guard}mkdir -p -- ${shellQuote(directoryOf(action.path))}
${action.keepsOriginal ? keepOriginal(action.path) : ""}umask 077
${leavesNothing([temporary])}
${heredoc(`cat >${temporary}`, content)}
chown ${action.owner} -- ${temporary}
chmod ${action.mode} -- ${temporary}
sync -- ${temporary} 2>/dev/null || sync
mv -f -- ${temporary} ${path}`;
}

/** A full disk leaves no half of a file behind, not beside its place either. */
function leavesNothing(quotedPaths: readonly string[]): string {
  return `trap "rm -rf -- ${quotedPaths.join(" ")}" EXIT`;
}

/** Once: what we wrote ourselves later is no original. A mark says that there was nothing. Noted first, so that nothing is kept that nobody knows of. */
function keepOriginal(path: string): string {
  const kept = shellQuote(`${ORIGINALS}${path}`);
  const absent = shellQuote(`${ORIGINALS}${path}.absent`);
  return `if [ ! -e ${kept} ] && [ ! -L ${kept} ] && [ ! -e ${absent} ]; then
  (umask 077; mkdir -p -- ${shellQuote(directoryOf(`${ORIGINALS}${path}`))})
  if [ -e ${shellQuote(path)} ] || [ -L ${shellQuote(path)} ]; then printf "%s\\n" ${shellQuote(`kept ${path}`)} >>${ORIGINAL_FILES}; cp -a -- ${shellQuote(path)} ${kept}.new; mv -- ${kept}.new ${kept}
  else printf "%s\\n" ${shellQuote(`absent ${path}`)} >>${ORIGINAL_FILES}; : >${absent}; fi
fi
`;
}

function removeFile(path: string, restoresOriginal: boolean): string {
  const kept = shellQuote(`${ORIGINALS}${path}`);
  const absent = shellQuote(`${ORIGINALS}${path}.absent`);
  if (!restoresOriginal) return `rm -rf -- ${shellQuote(path)}`;
  // With neither, it is back already: a second time must not take it away.
  return `if [ -e ${kept} ] || [ -L ${kept} ]; then cp -a -- ${kept} ${shellQuote(`${path}.kubernest-new`)}; mv -f -- ${shellQuote(`${path}.kubernest-new`)} ${shellQuote(path)}; rm -f -- ${kept}
elif [ -e ${absent} ]; then rm -rf -- ${shellQuote(path)}; rm -f -- ${absent}; fi`;
}

/** Polls on the machine itself, so that each try costs no round trip. The last line that the condition printed is what is told while it waits. */
function waitUntil(condition: string, deadlineMs: number, intervalMs: number, nonce: string, index: number): string {
  const interval = Math.max(0.05, intervalMs / 1000);
  return `set +e
end=$(( $(cut -d. -f1 /proc/uptime) + ${Math.ceil(deadlineMs / 1000) + 1} )); began=$(cut -d. -f1 /proc/uptime); told=$began
while :; do
said=$( ( ${condition}
) 2>&1 ) && exit 0
now=$(cut -d. -f1 /proc/uptime)
said=$(printf "%s" "$said" | tail -n 1)
[ "$now" -lt "$end" ] || { printf "%s\\n" "$said"; exit ${WAITED_IN_VAIN}; }
[ "$now" -lt $((told + 2)) ] || { told=$now; printf "%s\\n" "${nonce} waiting ${index} $((now - began)) $said"; }
sleep ${interval}
done`;
}

/**
 * The timer is set before anything is done, and outlives us (systemd fires timers up to a minute late, unless it is told not to); a machine that loses its power meanwhile undoes it when it starts. `confirmScript` ends both from a new
 * connection. What fails by itself is undone at once, but for a file that is another by now: nothing was written yet.
 */
function guarded(action: Guarded, nonce: string, index: number, fill: Fill): string {
  const unit = guardUnit(nonce, index);
  const path = `${REVERTS}/${unit}.sh`;
  const undo = `sh ${path} >/dev/null 2>&1`;
  const parts = action.run.map((inner, place) => {
    const body = inner.do === "copy" ? unreachable(inner as never, "a copy is never guarded") : bodyOf(inner, nonce, index, fill);
    const undoAfterFailure = place === 0 ? `if [ $c = ${CHANGED_MEANWHILE} ]; then ( ${forgetRevert(unit)} ); else ${undo}; fi` : undo;
    return `( set -e\n${body}\n)\nc=$?\n[ $c = 0 ] || { systemctl stop ${unit}.timer; ${undoAfterFailure}; exit $c; }`;
  });
  return `( umask 077
mkdir -p ${REVERTS}
${heredoc(`cat >${path}`, revertText(unit, action.revert))}
)
${heredoc(`cat >${REVERT_UNIT}`, REVERT_UNIT_TEXT)}
mkdir -p ${directoryOf(REVERT_LINK)}
ln -sfn ${REVERT_UNIT} ${REVERT_LINK}
sync
systemd-run --quiet --collect --unit=${unit} --timer-property=AccuracySec=1s --on-active=${Math.ceil(action.revertAfterMs / 1000)}s sh ${path}
set +e
${parts.join("\n")}
:`;
}

function guardUnit(nonce: string, index: number): string {
  return `kubernest-revert-${nonce.replace(/[^a-z0-9]/g, "")}-${index}`;
}

/** Exit code 3: it was undone already. */
export function confirmScript(nonce: string, index: number): string {
  const unit = guardUnit(nonce, index);
  return `systemctl stop ${unit}.timer 2>/dev/null; ( ${forgetRevert(unit)} )`;
}

/** The artifact comes by standard input; nothing of it is in place before its checksum was computed on the machine. */
export function compileCopy(action: CopyArtifact): string {
  const { as, sha256 } = action;
  const check = (file: string): string => `[ "$(sha256sum <${file})" = "${sha256}  -" ] || { echo "what arrived of ${action.artifact.name} has another checksum"; rm -f -- ${file}; exit ${CHECKSUM_DIFFERS}; }`;
  const stamp = `touch -d @${mtimeOfDigest(sha256)}`;
  if (as.kind === "file") {
    const temporary = shellQuote(`${as.path}.kubernest-new`);
    return `set -e
mkdir -p -- ${shellQuote(directoryOf(as.path))}
${leavesNothing([temporary])}
cat >${temporary}
${check(temporary)}
chown root:root -- ${temporary}; chmod ${as.mode} -- ${temporary}; ${stamp} -- ${temporary}
sync -- ${temporary} 2>/dev/null || sync
mv -f -- ${temporary} ${shellQuote(as.path)}`;
  }
  const scratch = "/var/lib/kubernest/incoming";
  if (as.kind === "tar.gz") {
    const moves = as.members.map(({ member, path, mode }) => {
      const [from, temporary] = [shellQuote(`${scratch}/${member}`), shellQuote(`${path}.kubernest-new`)];
      return `mkdir -p -- ${shellQuote(directoryOf(path))}; cp -- ${from} ${temporary}; chown root:root -- ${temporary}; chmod ${mode} -- ${temporary}; ${stamp} -- ${temporary}; mv -f -- ${temporary} ${shellQuote(path)}`;
    });
    return `set -e
rm -rf -- ${scratch}; mkdir -p -- ${scratch}
${leavesNothing([scratch, `${scratch}.tar.gz`, ...as.members.map(({ path }) => shellQuote(`${path}.kubernest-new`))])}
cat >${scratch}.tar.gz
${check(`${scratch}.tar.gz`)}
tar -xzf ${scratch}.tar.gz -C ${scratch} -- ${as.members.map(({ member }) => shellQuote(member)).join(" ")}
rm -f -- ${scratch}.tar.gz
${moves.join("\n")}
sync`;
  }
  return `set -e
mkdir -p -- /var/lib/kubernest
${leavesNothing([`${scratch}.tar`])}
cat >${scratch}.tar
${check(`${scratch}.tar`)}
if command -v k3s >/dev/null 2>&1; then k3s ctr -n k8s.io images import ${scratch}.tar; else ctr -n k8s.io images import ${scratch}.tar; fi`;
}
