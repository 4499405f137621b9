/** The file that kubectl reads to reach the embedded cluster. */
import { stringify } from "yaml";
import type { KeyPair } from "../ports/certificate-issuer.ts";

export interface KubeconfigOptions {
  /** Name of cluster, user and context. */
  name: string;
  server: string;
  authority: string;
  client: KeyPair;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

export function renderKubeconfig({ name, server, authority, client }: KubeconfigOptions): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster: { server, "certificate-authority-data": base64(authority) } }],
      users: [{ name, user: { "client-certificate-data": base64(client.certificate), "client-key-data": base64(client.key) } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    { lineWidth: 0 },
  );
}
