/** Text as one word of POSIX sh, whatever it holds. */
export function shellQuote(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text;
  // An apostrophe among words: the shell takes nothing else in them for its own.
  return /^[A-Za-z0-9_./:=@%+,' -]+$/.test(text) && text.includes("'") ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function shellWords(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
