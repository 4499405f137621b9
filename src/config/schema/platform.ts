/** What the cluster needs to serve apps: ingress, certificates, load balancer, storage, backups, monitoring, GitOps. */
import { z } from "zod";
import { backupPlan } from "./backup-plan.ts";
import { gitForge, gitOps, imageUpdates } from "./delivery.ts";
import { monitoring } from "./monitoring.ts";
import { storage } from "./storage.ts";
import {
  addressSpan,
  duration,
  line,
  name,
  nonEmpty,
  oneOf,
  oneOrMore,
  port,
  secretRef,
  text,
  url,
  wholeNumber,
} from "./scalars.ts";
import { isMap, structure } from "./structure.ts";

export const SECURITY_LEVELS = ["privileged", "baseline", "restricted"] as const;

const ingress = z.union([
  oneOf(["traefik", "none"]),
  z.strictObject({
    by: oneOf(["traefik", "none"]).optional().describe("The ingress controller."),
    routing: oneOf(["traefik", "ingress", "gateway-api"]).optional().describe("What a route becomes: Traefik's IngressRoute, an Ingress, or a Gateway API HTTPRoute."),
    className: name.optional().describe("The IngressClass, or the name of the Gateway."),
    replicas: wholeNumber(1, 50).optional().describe("Copies of the controller."),
    exposure: oneOf(["load-balancer", "host-ports"]).optional().describe("Whether clients reach it by a load balancer's address or by the nodes' own ports."),
    httpPort: port.optional().describe("The port of http."),
    httpsPort: port.optional().describe("The port of https."),
  }),
]);

const certificates = structure(
  z.strictObject({
    issuer: oneOf(["letsencrypt", "local-ca"]).optional().describe("Who signs: Let's Encrypt, or an authority of your own in the cluster."),
    by: oneOf(["traefik", "cert-manager"]).optional().describe("What asks for certificates."),
    email: text(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an e-mail address, such as me@maison.example").optional().describe("Where Let's Encrypt writes about expiry."),
    staging: z.boolean().optional().describe("Use Let's Encrypt's test system, whose certificates browsers refuse."),
    dns01: z
      .strictObject({
        provider: text(/^[a-z0-9]+$/, "a DNS provider, such as ovh or cloudflare").describe("The DNS provider."),
        credentials: secretRef.describe("Its API token."),
      })
      .optional()
      .describe("Prove the domain by DNS: for wildcards, and for homes that nobody reaches from outside."),
  }),
  (value, report) => {
    if (value["issuer"] === "local-ca") {
      for (const field of ["staging", "dns01"]) {
        if (value[field] !== undefined) report([field], `${field} is only for letsencrypt`, "Remove it, or use issuer: letsencrypt.");
      }
    }
  },
);

const pool = z.union([
  oneOrMore(addressSpan),
  z.strictObject({
    addresses: oneOrMore(addressSpan).describe("Addresses of the home network that DHCP does not give away."),
    autoAssign: z.boolean().optional().describe("Whether a service gets one without asking for this pool."),
  }),
]);

const loadBalancer = structure(
  z.strictObject({
    by: oneOf(["servicelb", "metallb", "kube-vip", "none"]).optional().describe("What gives LoadBalancer services their address."),
    mode: oneOf(["layer2", "bgp"]).optional().describe("How the address is announced."),
    pools: z.union([oneOrMore(addressSpan), z.record(name, pool)]).optional().describe("Addresses to give out: a span, or named pools."),
  }),
  (value, report) => {
    const by = value["by"];
    if ((by === "servicelb" || by === "none") && value["pools"] !== undefined) {
      report(["pools"], `pools are not for ${by}`, by === "servicelb" ? "servicelb uses the nodes' own addresses: remove pools, or use by: metallb." : "Remove pools.");
    }
    if (by === "servicelb" && value["mode"] !== undefined) report(["mode"], "mode is not for servicelb", "Remove it, or use by: metallb.");
    if (isMap(value["pools"]) && Object.keys(value["pools"]).length === 0) report(["pools"], "pools is empty", "Add a pool, or remove the field.");
  },
);

const backups = z.strictObject({
  s3: z
    .strictObject({
      endpoint: url.describe("Where S3 answers, such as https://nas.maison.example:9000."),
      bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens").describe("The bucket."),
      region: line.optional().describe("The region, where the store asks for one."),
      path: text(/^[^/][^\0]*$/, "a path within the bucket").optional().describe("A folder within the bucket."),
      accessKey: secretRef.describe("The access key's name in the secrets file."),
      secretKey: secretRef.describe("The secret key's name in the secrets file."),
    })
    .describe("An S3 store."),
  volumes: oneOf(["volsync", "none"]).optional().describe("What copies volumes."),
  encryptionKey: secretRef.optional().describe("Password of the volumes' backups (restic)."),
  plan: backupPlan.optional().describe("For databases and volumes that have no plan of their own."),
});

export const platform = z
  .strictObject({
    ingress: ingress.optional().describe("What brings requests to apps."),
    certificates: certificates.optional().describe("TLS certificates of apps."),
    loadBalancer: z.union([oneOf(["servicelb", "metallb", "kube-vip", "none"]), loadBalancer]).optional().describe("Addresses for services outside the cluster."),
    storage: storage.optional().describe("Where volumes live."),
    metrics: z
      .union([z.boolean(), z.strictObject({ enabled: z.boolean().optional(), resolution: duration.optional().describe("How often nodes are asked.") })])
      .optional()
      .describe("metrics-server: kubectl top, and automatic scaling."),
    databases: z
      .strictObject({
        postgres: oneOf(["cloudnative-pg", "none"]).optional().describe("What runs PostgreSQL."),
        mariadb: oneOf(["mariadb-operator", "none"]).optional().describe("What runs MariaDB."),
      })
      .optional()
      .describe("The operators of databases; each is installed when an app has such a database."),
    backups: backups.optional().describe("Where backups go."),
    monitoring: monitoring.optional().describe("Metrics, dashboards, logs and alerts."),
    gitops: gitOps.optional().describe("The cluster follows a git repository."),
    git: gitForge.optional().describe("A git forge in the cluster."),
    imageUpdates: imageUpdates.optional().describe("Who looks for newer images."),
    policies: z
      .strictObject({
        podSecurity: oneOf(SECURITY_LEVELS).optional().describe("The Pod Security level of apps that name none."),
        networkPolicies: z.boolean().optional().describe("Whether apps get a NetworkPolicy."),
      })
      .optional()
      .describe("Rules for all apps."),
  })
  .meta({ id: "Platform", description: "What the cluster needs to serve apps." });

export const registry = structure(
  z.strictObject({
    username: nonEmpty.optional().describe("Who logs in."),
    password: secretRef.optional().describe("The password's or token's name in the secrets file."),
    mirrors: z.array(url).optional().describe("Where images of this registry are looked for first."),
    insecure: z.boolean().optional().describe("Plain http, or a certificate nobody vouches for."),
  }),
  (value, report) => {
    const hasUsername = value["username"] !== undefined;
    if (hasUsername !== (value["password"] !== undefined)) {
      const [given, missing] = hasUsername ? ["username", "password"] : ["password", "username"];
      report([given], `${given} is given without ${missing}`, `Add ${missing}, or remove ${given}.`);
    }
  },
).meta({ id: "Registry", description: "A container registry: login, mirrors." });

export const secretStore = z
  .strictObject({
    by: oneOf(["sops"]).optional().describe("How the file is encrypted."),
    file: line.optional().describe("The encrypted file, beside this one."),
    recipients: z
      .array(text(/^(?:age1[0-9a-z]+|ssh-(?:ed25519|rsa) \S+(?: .*)?|[0-9A-F]{40})$/, "an age or SSH public key, or a PGP fingerprint"))
      .optional()
      .describe("Public keys that can read it."),
  })
  .meta({ id: "SecretStore", description: "Where secret values are kept." });
