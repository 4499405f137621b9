/** Questions in the terminal, on standard error: what a command prints stays data. Never asked where nobody can answer. */

/** No is the answer of whoever only presses return, or does not want to say. */
export async function askYes(message: string): Promise<boolean> {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

/** Undefined when the person does not want to say it. */
export async function askHidden(message: string): Promise<string | undefined> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message, output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}

/** What cannot be undone is asked for by a name, not by a key that is pressed in passing. `what`: `the machine's name`. */
export async function askName(what: string, name: string): Promise<boolean> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message: `This destroys data. Write ${what} (${name}) to go on`, output: process.stderr });
  return !isCancel(answer) && answer.trim() === name;
}
