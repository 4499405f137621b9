/** CEL expressions, parsed once and remembered. */
export function compileProblem(_expression: string, _variables: readonly string[]): string | undefined {
  return undefined;
}
