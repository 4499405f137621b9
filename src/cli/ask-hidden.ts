/** Asks for a password in the terminal. Undefined when the person does not want to say it. */
export async function askHidden(message: string): Promise<string | undefined> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message, output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}
