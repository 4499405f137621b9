/**
 * The SSH server takes keys only, where the file says so. That we are here shows that a key is taken: a password is never typed. What sshd makes of its files is asked
 * of sshd itself before it reads them anew, and all is put back unless a new connection comes in.
 */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { REVERT_AFTER_MS } from "./open-firewall.ts";
import { putBack } from "./set-resolvers.ts";
import type { Decision, Step, Want } from "./step.ts";
import { contentOf, fileChange, isThere, type WantedFile } from "./wanted-file.ts";

const STEP = "harden-ssh";
const MAIN = "/etc/ssh/sshd_config";
/** sshd keeps the first value that it reads: before what images bring (`50-cloud-init.conf`). */
export const HARDENED_SSHD = "/etc/ssh/sshd_config.d/00-kubernest.conf";
/** Debian's and Arch's names of it. */
const UNITS = ["ssh.service", "sshd.service"];
const SOCKETS = ["ssh.socket", "sshd.socket"];

/** Words of sshd_config(5), OpenSSH 8.7 and later. */
function settings({ machine }: Pick<Want, "machine">): readonly (readonly [word: string, value: string])[] {
  return [
    ["PasswordAuthentication", "no"],
    ["KbdInteractiveAuthentication", "no"],
    ["PermitEmptyPasswords", "no"],
    ["PermitRootLogin", machine.ssh.user === "root" ? "prohibit-password" : "no"],
    ["X11Forwarding", "no"],
    ["LoginGraceTime", "30"],
  ];
}

/** Ours in the main file, before it reads any other: sshd would keep those. Undefined where it reads none at all. */
function saidBefore(text: string, words: readonly string[]): readonly string[] | undefined {
  const said: string[] = [];
  for (const row of text.split("\n").map((line) => line.trim())) {
    const [word = ""] = row.split(/[\s=]+/);
    if (/^include$/i.test(word) && row.includes("/etc/ssh/sshd_config.d/")) return said;
    if (/^match$/i.test(word)) return undefined;
    if (words.some((ours) => ours.toLowerCase() === word.toLowerCase())) said.push(row);
  }
  return undefined;
}

/** `sshd -T` prints small letters, and `without-password` for what was renamed later. */
function checks(want: Pick<Want, "machine">): string {
  return settings(want)
    .map(([word, value]) => `sshd -T | grep -qixE '${word} ${value === "prohibit-password" ? "(prohibit|without)-password" : value}' || { echo "another file of sshd's says $(sshd -T | grep -i '^${word} ')"; exit 1; }`)
    .join("\n");
}

export const hardenSsh: Step = {
  id: STEP,
  summary: "lets the SSH server take keys only",
  concerns: ({ machine }) => machine.ssh.hardened,
  questions: () => ({ files: [MAIN, HARDENED_SSHD], units: [...UNITS, ...SOCKETS] }),
  decide(facts, want): Decision {
    const field = `machines.${want.machine.name}.ssh.hardened`;
    if (!isThere(facts, MAIN)) return { refused: `${MAIN} is not there: its SSH server is not OpenSSH`, hint: `take ${field} from the file` };
    const said = saidBefore(contentOf(facts, MAIN), settings(want).map(([word]) => word));
    if (said === undefined) return { refused: `${MAIN} does not read /etc/ssh/sshd_config.d`, hint: "make this its first line: Include /etc/ssh/sshd_config.d/*.conf" };
    if (said.length > 0) return { refused: `${MAIN} says ${said.join(", ")} before it reads any other file, and sshd keeps what it reads first`, hint: "move its Include line to the top" };
    const file: WantedFile = { path: HARDENED_SSHD, content: { text: `# kubernest\n${settings(want).map(([word, value]) => `${word} ${value}\n`).join("")}` }, mode: "0644" };
    const change = fileChange(facts, file, want);
    if (change === undefined) return [];
    // Started for each connection, or at the first one, it reads its files then.
    const unit = UNITS.find((name) => isActive(facts, name));
    if (unit === undefined && !SOCKETS.some((name) => isActive(facts, name))) return { refused: "neither ssh.service nor sshd.service runs, and yet it is reached over SSH", hint: `take ${field} from the file, or let OpenSSH's own unit run it` };
    const reload = unit === undefined ? undefined : `systemctl reload ${unit}`;
    // Somebody may have given it another port in its files, and not told it yet.
    const { session } = facts.network;
    const port = unit === undefined || session === undefined ? "" : `\nsshd -T | grep -qx 'port ${session.port}' || { echo "its files give it another port than ${session.port}, where it is reached"; exit 1; }`;
    return [
      {
        step: STEP,
        summary: "let SSH take keys only",
        why: `${HARDENED_SSHD} ${change.why}`,
        risk: "safe",
        run: [
          {
            do: "guarded",
            run: [
              change.action,
              { do: "script", script: { text: `mkdir -p -m 0755 /run/sshd\nsshd -t\n${checks(want)}${port}` }, shown: "sshd -t && sshd -T", deadlineMs: 20_000, hint: "look at what sshd -T says on the machine: the first file that names a setting wins" },
              ...(reload === undefined ? [] : [{ do: "script" as const, script: { text: reload }, shown: reload, deadlineMs: 20_000 }]),
            ],
            revert: [putBack(change.action), ...(unit === undefined ? [] : [`systemctl reload-or-restart ${unit}`])].join("\n"),
            revertAfterMs: REVERT_AFTER_MS,
            whatIf: "the machine was not to be reached with its new SSH settings",
          },
        ],
      },
    ];
  },
};

function isActive(facts: MachineFacts, unit: string): boolean {
  return facts.units[unit]?.active === "active";
}
