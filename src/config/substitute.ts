/** `${VAR}`, `${VAR:-default}` and `$$` in the file's values. Nothing else of a shell: no commands, no nesting. */

export interface SubstitutionProblem {
  readonly kind: "undefined" | "malformed";
  /** The variable's name, or the text that is no substitution. */
  readonly name: string;
  /** Where in the text the `$` stands, from 0. */
  readonly offset: number;
}

export interface Substituted {
  readonly text: string;
  /** Whether a value of the environment went in (a default does not count: it is in the file for all to read). */
  readonly fromEnvironment: boolean;
  readonly problems: readonly SubstitutionProblem[];
}

const SUBSTITUTION = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}\n]*\}?/g;

/**
 * Replaces variables by their values. As in a shell, the default stands for a variable that is unset or empty. A `$` that
 * begins neither `${` nor `$$` stays, so that nginx's `$host` needs no escape.
 */
export function substitute(text: string, env: Readonly<Record<string, string | undefined>>): Substituted {
  if (!text.includes("$")) return { text, fromEnvironment: false, problems: [] };
  const problems: SubstitutionProblem[] = [];
  let fromEnvironment = false;
  const replaced = text.replace(SUBSTITUTION, (match: string, name: string | undefined, fallback: string | undefined, offset: number) => {
    if (match === "$$") return "$";
    if (name === undefined) {
      problems.push({ kind: "malformed", name: match, offset });
      return match;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined && (value !== "" || fallback === undefined)) {
      fromEnvironment = true;
      return value;
    }
    if (fallback !== undefined) return fallback;
    problems.push({ kind: "undefined", name, offset });
    return match;
  });
  return { text: replaced, fromEnvironment, problems };
}
