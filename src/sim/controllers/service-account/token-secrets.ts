/** Fills Secrets of type `kubernetes.io/service-account-token` and deletes those whose account is gone (`tokens_controller.go`). */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { keyOf, splitKey, type Reconciler } from "../reconciler.ts";

const TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";

export interface TokenSecretOptions {
  /** PEM. */
  ca: string;
  /** A signed token that does not expire, bound to the Secret's name. */
  issueToken(about: { namespace: string; serviceAccount: string; uid: string; secretName: string }): string;
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

export function tokenSecretController({ ca, issueToken }: TokenSecretOptions): Reconciler {
  const isToken = (secret: KubeObject): boolean => secret["type"] === TYPE && !!secret.metadata.annotations?.[ACCOUNT_NAME];
  return {
    name: "serviceaccount-token-controller",
    watches: [
      { type: "secrets", keys: ({ type, object }) => (type !== "DELETED" && isToken(object) ? [keyOf(object)] : []) },
      {
        type: "serviceaccounts",
        keys: ({ type, object }, { client }) => {
          if (type === "MODIFIED") return [];
          const { namespace, name } = object.metadata;
          return client
            .list("secrets", { namespace })
            .filter((secret) => isToken(secret) && secret.metadata.annotations?.[ACCOUNT_NAME] === name)
            .map(keyOf);
        },
      },
    ],
    sync(key, { client }) {
      const { namespace = "", name } = splitKey(key);
      const secret = client.get("secrets", namespace, name);
      if (secret === undefined || !isToken(secret)) return;
      const annotations = secret.metadata.annotations ?? {};
      const serviceAccount = annotations[ACCOUNT_NAME] ?? "";
      const account = client.get("serviceaccounts", namespace, serviceAccount);
      const uid = account?.metadata.uid;
      if (uid === undefined || (annotations[ACCOUNT_UID] && annotations[ACCOUNT_UID] !== uid)) {
        client.delete("secrets", namespace, name, { preconditions: { uid: secret.metadata.uid } });
        return;
      }
      const data: Record<string, string> = { ...secret["data"] };
      const isComplete = data["ca.crt"] === base64(ca) && !!data["namespace"] && !!data["token"];
      if (isComplete && annotations[ACCOUNT_UID] === uid) return;
      data["ca.crt"] = base64(ca);
      data["namespace"] ||= base64(namespace);
      data["token"] ||= base64(issueToken({ namespace, serviceAccount, uid, secretName: name }));
      client.update("secrets", { ...secret, metadata: { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: uid } }, data });
    },
  };
}
