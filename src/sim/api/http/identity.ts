/** Who a request comes from: a client certificate, a bearer token, or nobody. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../../ports/clock.ts";
import type { Store } from "../../store/store.ts";
import type { UserInfo } from "../registry/request.ts";
import { unauthorized } from "../status.ts";

export interface PeerCertificate {
  commonName: string;
  organisations: readonly string[];
  /** Of the whole certificate, in lower-case hexadecimal digits. */
  sha256: string;
}

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

interface Claims {
  iss: string;
  sub: string;
  aud: string[];
  exp: number;
  iat: number;
  nbf: number;
  jti: string;
  "kubernetes.io": { namespace: string; serviceaccount: { name: string; uid: string }; pod?: { name: string; uid: string }; node?: { name: string; uid: string } };
}

/** Issues and checks service account tokens, and knows the fixed tokens the cluster was started with. */
export class Identities {
  readonly #key: Buffer;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #fixed = new Map<string, UserInfo>();
  static readonly issuer = "https://kubernetes.default.svc.cluster.local";

  /** `key`: real randomness from outside, so that no token can be guessed from a seed. */
  constructor(key: Buffer, store: Store, clock: Clock) {
    this.#key = key;
    this.#store = store;
    this.#clock = clock;
  }

  addToken(token: string, user: UserInfo): void {
    this.#fixed.set(token, user);
  }

  /** Throws Unauthorized for a token that is not good; anonymous without any credentials. */
  identify(authorization: string | undefined, certificate: PeerCertificate | undefined): UserInfo {
    if (certificate !== undefined) return { name: certificate.commonName, groups: [...certificate.organisations, "system:authenticated"], extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${certificate.sha256}`] } };
    if (authorization === undefined) return ANONYMOUS;
    const match = /^Bearer +(\S+)$/i.exec(authorization);
    if (match === null) throw unauthorized();
    const user = this.review(match[1]!);
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** The user a token stands for; undefined when it is not valid (any more). */
  review(token: string): UserInfo | undefined {
    const fixed = this.#fixed.get(token);
    if (fixed !== undefined) return fixed;
    const claims = this.#verify(token);
    if (claims === undefined) return undefined;
    const { namespace, serviceaccount, pod } = claims["kubernetes.io"];
    const account = this.#store.get("serviceaccounts", `${namespace}/${serviceaccount.name}`);
    if (account === undefined || account.metadata.uid !== serviceaccount.uid) return undefined;
    if (pod !== undefined) {
      const bound = this.#store.get("pods", `${namespace}/${pod.name}`);
      if (bound === undefined || bound.metadata.uid !== pod.uid) return undefined;
    }
    return {
      name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      uid: serviceaccount.uid,
      extra: {
        "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`],
        ...(pod ? { "authentication.kubernetes.io/pod-name": [pod.name], "authentication.kubernetes.io/pod-uid": [pod.uid] } : {}),
      },
    };
  }

  issue(subject: { namespace: string; name: string; uid: string; pod?: { name: string; uid: string }; node?: { name: string; uid: string } }, audiences: readonly string[], seconds: number, id: string): { token: string; expiresAtMs: number } {
    const nowSeconds = Math.floor(this.#clock.now() / 1000);
    const claims: Claims = {
      aud: [...audiences],
      exp: nowSeconds + seconds,
      iat: nowSeconds,
      iss: Identities.issuer,
      jti: id,
      "kubernetes.io": {
        namespace: subject.namespace,
        ...(subject.node ? { node: subject.node } : {}),
        ...(subject.pod ? { pod: subject.pod } : {}),
        serviceaccount: { name: subject.name, uid: subject.uid },
      },
      nbf: nowSeconds,
      sub: `system:serviceaccount:${subject.namespace}:${subject.name}`,
    };
    const head = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT" })).toString("base64url");
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return { token: `${head}.${body}.${this.#sign(`${head}.${body}`)}`, expiresAtMs: claims.exp * 1000 };
  }

  #verify(token: string): Claims | undefined {
    const [head, body, signature] = token.split(".");
    if (head === undefined || body === undefined || signature === undefined) return undefined;
    const expected = Buffer.from(this.#sign(`${head}.${body}`));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Claims;
    return claims.exp * 1000 > this.#clock.now() ? claims : undefined;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}
