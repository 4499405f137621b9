/** Values that a run makes for itself, new each time, and those that it reads from machines. In memory; machines get them by their sessions. */
import type { Homelab } from "../config/homelab.ts";
import type { Values } from "../engine/values.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { K3S_CA_HASH } from "../steps/k3s-files.ts";
import { governedBy } from "./observe.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** kubeadm's forms: `[a-z0-9]{6}.[a-z0-9]{16}`, and 32 bytes in hex. `randomHex` gives as many bytes as asked. */
export function makeRunValues(values: Values, randomHex: (bytes: number) => string): void {
  const word = (length: number): string => {
    let text = "";
    // Bytes beyond the last whole multiple of 36 would favour the first letters.
    while (text.length < length) for (const byte of Buffer.from(randomHex(length * 2), "hex")) if (byte < 252 && text.length < length) text += LETTERS[byte % LETTERS.length];
    return text;
  };
  const [id, secret] = [word(6), word(16)];
  values.set("BOOTSTRAP_TOKEN_ID", id);
  values.set("BOOTSTRAP_TOKEN_SECRET", secret);
  values.set("BOOTSTRAP_TOKEN", `${id}.${secret}`);
  values.set("CERTIFICATE_KEY", randomHex(32));
}

/** The hash of the cluster's authority, by which machines that join know that they join the right cluster. */
export function readClusterValues(homelab: Homelab, values: Values, facts: Readonly<Record<string, MachineFacts>>): void {
  const governing = governedBy(homelab, facts);
  const hash = governing === undefined ? undefined : facts[governing]?.kubernetes.kubeadm?.caHash;
  if (hash !== undefined) values.set("CA_CERT_HASH", `sha256:${hash}`);
  const k3sHash = governing === undefined ? undefined : facts[governing]?.kubernetes.k3s?.caHash;
  if (k3sHash !== undefined) values.set(K3S_CA_HASH, k3sHash);
}
