/**
 * What runs at the far end of a session: a loop of POSIX sh that takes one framed script after the other from its standard input. Scripts and their input come through
 * the pipe only, so that neither shows in a process list. No quote, backslash or exclamation mark stands in it: login shells differ in what they make of those.
 */

/** `nonce` marks our own lines; what a script prints cannot know it. */
export function dispatcherScript(nonce: string): string {
  // `read` takes one byte at a time from a pipe and `head -c` no more than it is told: nothing of the next frame is lost. An input is drained to its end, whatever
  // the script reads of it. The x keeps newlines at the end of a script.
  return `export LC_ALL=C KUBERNEST_SSH_CONNECTION="$1"; umask 022; cd /; echo "${nonce} ready $$"; while IFS=" " read -r n m; do s=$(head -c "$n"; echo x); s=\${s%x}; if [ "$m" = 0 ]; then ( eval "$s" ) </dev/null; c=$?; else head -c "$m" | ( ( eval "$s" ); c=$?; cat >/dev/null; exit $c ); c=$?; fi; echo; echo "${nonce} end $c"; echo "${nonce} end" >&2; done`;
}

/** The command line given to a login shell. `sudo` asks for its password, where it needs one, by a prompt that holds the nonce. */
export function remoteCommand(nonce: string, sudo: "none" | "root" | "passwordless" | "password"): string {
  const script = dispatcherScript(nonce);
  const prefix = sudo === "passwordless" ? "sudo -n -- " : sudo === "password" ? `sudo -S -p "${nonce} password" -- ` : "";
  return `exec ${prefix}sh -c '${script}' kubernest "$SSH_CONNECTION"`;
}

export function frame(script: Uint8Array, inputSize: number): Uint8Array {
  return Buffer.concat([Buffer.from(`${script.length} ${inputSize}\n`), script]);
}
