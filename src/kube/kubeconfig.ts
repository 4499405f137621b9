/** The current context of a kubeconfig, as far as a connection needs it. Files that it names are not followed: those of clusters that we make hold everything themselves. */
import { parse } from "yaml";

export interface KubeconfigConnection {
  server: string;
  /** PEM. */
  authority: string;
  client: { certificate: string; key: string } | undefined;
  token: string | undefined;
}

export class KubeconfigUnreadable extends Error {
  override name = "KubeconfigUnreadable";
}

interface Entry {
  name?: unknown;
  [key: string]: unknown;
}

export function parseKubeconfig(text: string): KubeconfigConnection {
  const document = parse(text) as Record<string, unknown> | null;
  const list = (key: string): Entry[] => (Array.isArray(document?.[key]) ? (document[key] as Entry[]) : []);
  const named = (key: string, name: unknown): Record<string, unknown> => {
    const entry = list(key).find((candidate) => candidate.name === name);
    const value = entry?.[key.replace(/s$/, "")];
    if (typeof value !== "object" || value === null) throw new KubeconfigUnreadable(`the kubeconfig has no ${key.replace(/s$/, "")} ${String(name)}`);
    return value as Record<string, unknown>;
  };
  const context = named("contexts", document?.["current-context"]);
  const cluster = named("clusters", context["cluster"]);
  const user = named("users", context["user"]);
  const decoded = (value: unknown): string | undefined => (typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined);
  const authority = decoded(cluster["certificate-authority-data"]);
  const server = cluster["server"];
  if (typeof server !== "string" || authority === undefined) throw new KubeconfigUnreadable("the kubeconfig names no server, or no authority to know it by");
  const [certificate, key] = [decoded(user["client-certificate-data"]), decoded(user["client-key-data"])];
  return { server, authority, client: certificate !== undefined && key !== undefined ? { certificate, key } : undefined, token: typeof user["token"] === "string" ? user["token"] : undefined };
}
