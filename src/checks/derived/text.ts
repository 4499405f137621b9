/** Small phrases that messages share. */

export function bytesText(bytes: number): string {
  const mib = bytes / (1024 * 1024);
  return mib >= 1024 ? `${trim(mib / 1024)}Gi` : `${trim(mib)}Mi`;
}

export function coresText(cores: number): string {
  return cores >= 1 ? trim(cores) : `${Math.round(cores * 1000)}m`;
}

/** `a, b and c`; beyond five, the first four and how many more. */
export function listed(words: readonly string[]): string {
  if (words.length > 5) return `${words.slice(0, 4).join(", ")} and ${words.length - 4} more`;
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

function trim(value: number): string {
  return String(Math.floor(value * 10) / 10);
}

/** A site part as one would say it: `switch attic`, and `the switch` where it is only called so. */
export function partText(part: { readonly kind: string; readonly name: string }): string {
  return part.kind === part.name ? `the ${part.kind}` : `${part.kind} ${part.name}`;
}
