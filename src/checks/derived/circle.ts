/** Ways that lead back to where they begin. */

/** The way from a name back to itself, or undefined. */
export function circle(start: string, next: (name: string) => readonly string[]): string[] | undefined {
  const seen = new Set<string>();
  const walk = (name: string, way: string[]): string[] | undefined => {
    for (const other of next(name)) {
      if (other === start) return way;
      if (seen.has(other)) continue;
      seen.add(other);
      const found = walk(other, [...way, other]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(start, [start]);
}
