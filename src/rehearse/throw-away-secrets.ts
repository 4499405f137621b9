/** Values for a rehearsal's Secrets: random, used nowhere else, so that no key is needed and nothing real is ever in the embedded cluster. */
import { cloneJson } from "../lib/json.ts";
import type { SecretValue } from "../manifests/rendered.ts";
import type { Random } from "../ports/random.ts";
import type { KubeObject } from "../objects/kube-object.ts";

const LENGTH = 20;

/** The Secret with each slot filled. */
export function withThrowAwayValues(object: KubeObject, slots: readonly SecretValue[], random: Random): KubeObject {
  const filled = cloneJson(object) as KubeObject & { stringData?: Record<string, string> };
  for (const { key, secret, form } of slots) {
    const value = `rehearsal-${random.fork(secret).suffix(LENGTH)}`;
    filled.stringData ??= {};
    if (form === "registry-password") {
      const config = JSON.parse(filled.stringData[key] ?? Buffer.from((filled["data"]?.[key] as string | undefined) ?? "e30=", "base64").toString("utf8")) as { auths?: Record<string, { username?: string; password?: string; auth?: string }> };
      for (const entry of Object.values(config.auths ?? {})) {
        entry.password = value;
        entry.auth = Buffer.from(`${entry.username ?? ""}:${value}`).toString("base64");
      }
      filled.stringData[key] = JSON.stringify(config);
    } else {
      filled.stringData[key] = value;
    }
  }
  return filled;
}
