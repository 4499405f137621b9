/** The contract of a rule about real machines: as `Check`, but it looks at what they said. `check --live` adds these to what the file alone shows. */
import type { Severity } from "../../config/finding.ts";
import type { Homelab } from "../../config/homelab.ts";
import type { MachineFacts } from "../../facts/machine-facts.ts";
import type { CheckResult } from "../check.ts";

/** What was tried on a machine beyond reading it. */
export interface Tried {
  /** Names of machines whose SSH port answered from this one, and of those whose did not. */
  readonly reached: readonly string[];
  readonly unreached: readonly string[];
  /** Seconds that each small synchronous write took, where etcd will live; empty where that was not tried. */
  readonly syncSeconds: readonly number[];
}

export interface Unreached {
  readonly machine: string;
  /** `sudo-refused`, `host-key-unknown`, … */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface LiveContext {
  readonly homelab: Homelab;
  readonly facts: Readonly<Record<string, MachineFacts>>;
  readonly unreached: readonly Unreached[];
  readonly tried: Readonly<Record<string, Tried>>;
  /** Addresses of each public host name, as this computer resolves it; empty when it does not. */
  readonly addressesOf: Readonly<Record<string, readonly string[]>>;
}

export interface LiveCheck {
  /** Kebab-case, the file's name, and API (`--ignore ID`). */
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly why: string;
  check(context: LiveContext): readonly CheckResult[];
}
