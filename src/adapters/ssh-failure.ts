/** What OpenSSH and sudo say when a session does not come about, as a failure with a way out. */
import { ShellFailed, type ShellTarget } from "../ports/shell.ts";

/** First match wins. Texts are those of OpenSSH 8 to 10 and sudo 1.9, in the C locale where they have one. */
const SAYINGS: readonly { readonly pattern: RegExp; readonly code: ShellFailed["code"]; /** In place of a shouted line. */ inOurWords?(target: ShellTarget): string; hint(target: ShellTarget): string }[] = [
  { pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/, code: "host-key-changed", inOurWords: ({ address }) => `${address} shows another host key than the known one`, hint: ({ machine }) => `another machine answers at this address, or ${machine} was installed anew: if you know why, run kubernest trust ${machine} --replace` },
  { pattern: /Host key verification failed|No [A-Z0-9-]+ host key is known/, code: "host-key-unknown", hint: ({ machine }) => `compare its fingerprint and accept it: kubernest trust ${machine}` },
  { pattern: /Permission denied|Too many authentication failures/, code: "login-refused", hint: ({ machine, user }) => `no key of yours opens ${user}'s account: put one in with kubernest ssh-key ${machine}, or load the right one into ssh-agent` },
  { pattern: /is not in the sudoers file|not allowed to (?:run|execute)/, code: "sudo-refused", hint: ({ machine, user }) => `give ${user} sudo on ${machine} (as root: usermod -aG sudo ${user})` },
  { pattern: /a password is required|no password was provided|terminal is required/, code: "sudo-refused", hint: ({ machine }) => `${machine} wants a password for sudo: write \`sudo: password\` at machines.${machine}, or allow sudo without one` },
  { pattern: /Sorry, try again|incorrect password/, code: "sudo-password-wrong", hint: () => "run the same command again, and type it anew" },
  { pattern: /sudo: (?:command )?not found|sudo: No such file/, code: "sudo-refused", hint: ({ machine }) => `install sudo on ${machine}, or log in as root (machines.${machine}.ssh.user)` },
  { pattern: /Connection refused/, code: "unreachable", hint: ({ address, port }) => `something answers at ${address}, but no SSH server on port ${port}: is sshd on, is the port right?` },
  { pattern: /timed out|No route to host|Network is unreachable|Host is down/, code: "unreachable", hint: ({ address }) => `is it on, and at ${address}? try: ping ${address}` },
  { pattern: /Could not resolve hostname|Name or service not known/, code: "unreachable", hint: ({ address }) => `${address} is no name that this computer knows: write an address, or mend DNS` },
  { pattern: /Bad configuration option|terminating, \d+ bad configuration/, code: "unreachable", hint: () => "your SSH configuration has a mistake: try ssh itself" },
];

/** `said`: all that came on standard error before the session was ready. */
export function sshFailure(target: ShellTarget, said: string, exit: string): ShellFailed {
  const lines = said.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !/^@+$|^\*\*|^Warning: Permanently added/.test(line));
  for (const { pattern, code, inOurWords, hint } of SAYINGS) {
    const line = lines.find((text) => pattern.test(text));
    if (line !== undefined) return new ShellFailed(code, target.machine, `${target.machine}: ${inOurWords?.(target) ?? line.replace(/^@\s*|\s*@$/g, "")}`, hint(target));
  }
  const last = lines.at(-1);
  return new ShellFailed(last === undefined ? "unreachable" : "no-shell", target.machine, `${target.machine}: no session: ${last ?? `ssh ended (${exit})`}`, `try: ssh ${target.user}@${target.address}`);
}
