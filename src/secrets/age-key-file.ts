/** The user's own age key: made on first need where SOPS looks for it, readable by its owner alone, and never written over. */
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { SecretEnvironment } from "../ports/secret-environment.ts";
import { ageKeyPath, parseAgeIdentities } from "./identities.ts";
import { SecretsFailed } from "./secrets-failed.ts";

export interface OwnAgeKey {
  readonly path: string;
  /** The public half. */
  readonly recipient: string;
  readonly isNew: boolean;
}

/** What a user is told once, when a key was made. */
export function keepItSafe({ path, recipient }: OwnAgeKey): string {
  return `A key for your secrets was made: ${path} (only you can read it).
Its public half: ${recipient}
Keep a copy of that file somewhere safe and off this computer: without it nobody can open the secrets again, and whoever has it can.
`;
}

/** `$SOPS_AGE_KEY` first, then the key file; else a new key file. */
export async function ensureOwnAgeKey(environment: SecretEnvironment): Promise<OwnAgeKey> {
  const inline = environment.variable("SOPS_AGE_KEY");
  const inlineKey = inline === undefined ? undefined : parseAgeIdentities(inline.trim().split(/\s+/).join("\n"), "$SOPS_AGE_KEY")[0];
  if (inlineKey !== undefined) return { path: "$SOPS_AGE_KEY", recipient: await identityToRecipient(inlineKey), isNew: false };
  const path = ageKeyPath(environment);
  const read = async (): Promise<OwnAgeKey | undefined> => {
    const text = await environment.readFile(path);
    if (text === undefined) return undefined;
    const identity = parseAgeIdentities(text, path)[0];
    if (identity === undefined) throw new SecretsFailed("key-invalid", `${path} is there and holds no key`, `It is never written over. Move it away, or put a key into it:  age-keygen >> ${path}`);
    return { path, recipient: await identityToRecipient(identity), isNew: false };
  };
  const there = await read();
  if (there !== undefined) return there;
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const created = new Date(environment.now()).toISOString().replace(/\.\d+Z$/, "Z");
  if (await environment.createPrivateFile(path, `# created: ${created}\n# public key: ${recipient}\n${identity}\n`)) return { path, recipient, isNew: true };
  // Another run made one in the meantime: that one is the key.
  const theirs = await read();
  if (theirs === undefined) throw new SecretsFailed("key-invalid", `${path} could not be made`, "Look at the directory's owner and mode.");
  return theirs;
}
