/** The first thing that runs: an old Node gets one clear line instead of a syntax error from somewhere inside. */
export const NODE_MIN = [20, 19] as const;

/** Undefined when the version (`v20.19.0`) will do; else what to tell the user. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return undefined;
  return `kubernest needs Node ${NODE_MIN.join(".")} or newer; this is ${version}. Install a current one (https://nodejs.org) and run the command again.`;
}
