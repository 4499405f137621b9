/**
 * A secrets file that only an installed `sops` opens: for PGP keys, cloud key services, age plugins. It is read with `sops decrypt`; changes
 * are kept and written with `sops set` and `sops unset`, values on standard input, never in arguments.
 */
import { isMap, isScalar, parseDocument } from "yaml";
import { assert } from "../lib/assert.ts";
import type { SecretEnvironment } from "../ports/secret-environment.ts";
import { formatOf, METADATA_KEY } from "./layout.ts";
import type { OpenSecrets } from "./open-secrets.ts";
import { SecretsFailed } from "./secrets-failed.ts";

/** A person may have to type a passphrase or touch a token. */
const SOPS_DEADLINE_MS = 5 * 60_000;

/** Undefined when sops is not installed. */
export async function openBySops(file: string, environment: SecretEnvironment): Promise<SecretsBySops | undefined> {
  const format = formatOf(file);
  const result = await environment.runProgram(["sops", "decrypt", "--input-type", format, "--output-type", "json", file], { deadlineMs: SOPS_DEADLINE_MS });
  if (result === undefined) return undefined;
  if (result.code !== 0) throw new SecretsFailed(/MAC mismatch|AES_GCM/.test(result.stderr) ? "tampered" : "no-key", `${file}: sops cannot open it: ${lastLine(result.stderr)}`, `See what it says:  sops decrypt ${file}`);
  // JSON is YAML; read with positions it keeps its order, and numbers keep their digits.
  const root = parseDocument(Buffer.from(result.stdout).toString("utf8")).contents;
  assert(isMap(root), "sops prints an object");
  const values = new Map<string, string | undefined>();
  for (const { key, value } of root.items) {
    const isText = isScalar(value) && value.value !== null;
    values.set(String((key as { value: unknown }).value), isText ? (typeof value.value === "string" ? value.value : value.source) : undefined);
  }
  return new SecretsBySops(file, values);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

export class SecretsBySops implements OpenSecrets {
  readonly file: string;
  readonly #values: Map<string, string | undefined>;
  readonly #changed = new Set<string>();

  constructor(file: string, values: Map<string, string | undefined>) {
    this.file = file;
    this.#values = values;
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: string): boolean {
    if (name === METADATA_KEY) throw new SecretsFailed("value-invalid", `${METADATA_KEY} is SOPS's own key`, "Take another name.");
    if (this.#values.get(name) === value) return false;
    this.#values.set(name, value);
    this.#changed.add(name);
    return true;
  }

  delete(name: string): boolean {
    if (!this.#values.delete(name)) return false;
    this.#changed.add(name);
    return true;
  }

  ensure(name: string, make: () => string): string {
    const kept = this.#values.get(name);
    if (kept !== undefined && kept !== "") return kept;
    const made = make();
    this.set(name, made);
    return made;
  }

  async save(environment: SecretEnvironment): Promise<void> {
    for (const name of [...this.#changed]) {
      const index = `[${JSON.stringify(name)}]`;
      const value = this.#values.get(name);
      const command = value === undefined ? ["sops", "unset", this.file, index] : ["sops", "set", "--value-stdin", this.file, index];
      const result = await environment.runProgram(command, { deadlineMs: SOPS_DEADLINE_MS, ...(value === undefined ? {} : { input: JSON.stringify(value) }) });
      if (result?.code !== 0) throw new SecretsFailed("no-key", `${this.file}: sops could not write ${name}: ${lastLine(result?.stderr ?? "it is no longer installed")}`, `Try it by hand:  sops edit ${this.file}`);
      this.#changed.delete(name);
    }
  }
}
