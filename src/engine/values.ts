/** Values that stand as `${NAME}` in texts: secrets of the store, and what a run obtained. In memory only. */
import { SECRET_ALIASES } from "../steps/made-secrets.ts";
import type { Text } from "../steps/change.ts";

const QUOTED = "JSON:";

export class Values {
  readonly #values = new Map<string, string>();
  /** Secrets of the store that went out to a machine: it may say them aloud. */
  readonly #used = new Map<string, string>();
  readonly #secret: (name: string) => string | undefined;

  /** `secret` reads the store: a name without `SECRET:`. */
  constructor(secret: (name: string) => string | undefined = () => undefined) {
    this.#secret = secret;
  }

  /** `JSON:NAME`: the same value as it stands between the double quotes of JSON, of YAML and of systemd's environment files. */
  get(name: string): string | undefined {
    if (name.startsWith(QUOTED)) {
      const value = this.get(name.slice(QUOTED.length));
      return value === undefined ? undefined : JSON.stringify(value).slice(1, -1);
    }
    const alias = SECRET_ALIASES[name];
    return this.#values.get(name) ?? (alias !== undefined ? this.#secret(alias) : name.startsWith("SECRET:") ? this.#secret(name.slice("SECRET:".length)) : undefined);
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** The names of a text that have no value yet. */
  missing(text: Text): string[] {
    return (text.values ?? []).filter((name) => this.get(name) === undefined);
  }

  /** Only the names that the text declares; every one must have a value. */
  fill(text: Text): string {
    let filled = text.text;
    for (const name of text.values ?? []) {
      const value = this.get(name);
      if (value === undefined) throw new ValueMissing(name);
      const plain = name.startsWith(QUOTED) ? name.slice(QUOTED.length) : name;
      this.#used.set(plain, this.get(plain) ?? value);
      filled = filled.replaceAll(`\${${name}}`, () => value);
    }
    return filled;
  }

  /** A line of output without any value in it, raw or encoded: for logs and messages. */
  redact(line: string): string {
    let clean = line;
    for (const [name, value] of [...this.#values, ...this.#used]) clean = redactOne(clean, name, value);
    return clean;
  }
}

/** Short values are words of the language: replacing them would say more than it hides. */
const REDACTED_LENGTH_MIN = 6;

export function redactOne(line: string, name: string, value: string): string {
  if (value.length < REDACTED_LENGTH_MIN) return line;
  let clean = line;
  for (const form of [value, Buffer.from(value).toString("base64"), JSON.stringify(value).slice(1, -1)]) clean = clean.replaceAll(form, `‹${name}›`);
  return clean;
}

export class ValueMissing extends Error {
  override name = "ValueMissing";
  readonly value: string;
  constructor(value: string) {
    super(`${value} has no value yet`);
    this.value = value;
  }
}
