/** Databases of an app: a CloudNativePG Cluster or a MariaDB, each with its scheduled backup to the homelab's object storage. */
import type { ICluster } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster";
import type { IScheduledBackup } from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/ScheduledBackup";
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { App, Backups, Database, Homelab } from "../../config/homelab.ts";
import type { MariaDB, MariaDBBackup } from "../kinds/mariadb.ts";
import { databaseName, databaseSecretName, objectLabels, objectName } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { retentionDays } from "./backup-plan.ts";
import { DATABASE_SECRET_KEYS } from "./env.ts";
import { renderResources } from "./pod.ts";
import { SECRET_SOURCE_ANNOTATION } from "./secret.ts";

/** From this many instances on a MariaDB runs as a Galera cluster: fewer members have no majority. */
const GALERA_INSTANCES = 3;

/** Credentials of the object storage, in each namespace that has a backup. */
export const BACKUP_SECRET = "backup-s3";
export const BACKUP_SECRET_KEYS = { accessKey: "ACCESS_KEY_ID", secretKey: "SECRET_ACCESS_KEY" };

/** A directory for each thing that is backed up, so that two never share one. */
export function backupPrefix(backups: Backups, app: App, what: string): string {
  return [backups.s3.path.replace(/^\/+|\/+$/g, ""), app.name, what].filter((part) => part !== "").join("/");
}

/** PostgreSQL's identifiers: a name that needs no quoting. */
function identifier(name: string): string {
  const text = name.replace(/[^A-Za-z0-9_]/g, "_").toLowerCase();
  return /^[a-z_]/.test(text) ? text : `db_${text}`;
}

export function renderBackupSecret(app: App, backups: Backups): RenderedObject {
  const { accessKey, secretKey } = backups.s3;
  return rendered<ISecret>(["platform", "backups", "s3"], {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: objectName(app, BACKUP_SECRET), namespace: app.namespace, labels: objectLabels(app),
      annotations: { [SECRET_SOURCE_ANNOTATION]: `${accessKey.secret},${secretKey.secret}` },
    },
    type: "Opaque",
    stringData: { [BACKUP_SECRET_KEYS.accessKey]: "", [BACKUP_SECRET_KEYS.secretKey]: "" },
  }, [
    { key: BACKUP_SECRET_KEYS.accessKey, secret: accessKey.secret, form: "value" },
    { key: BACKUP_SECRET_KEYS.secretKey, secret: secretKey.secret, form: "value" },
  ]);
}

export function renderDatabase(homelab: Homelab, app: App, database: Database): RenderedObject[] {
  return database.engine === "postgres" ? renderPostgres(homelab, app, database) : renderMariadb(homelab, app, database);
}

function renderPostgres(homelab: Homelab, app: App, database: Database): RenderedObject[] {
  const at = ["apps", app.name, "databases", database.name];
  const name = databaseName(app, database.name);
  const labels = objectLabels(app, objectName(app, database.name));
  const plan = database.backup;
  const backups = plan === undefined ? undefined : homelab.platform.backups;
  const secret = objectName(app, BACKUP_SECRET);
  const owner = identifier(database.name);
  const objects = [rendered<ICluster>(at, {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace: app.namespace, labels },
    spec: {
      instances: database.instances,
      imageName: `ghcr.io/cloudnative-pg/postgresql:${database.version}`,
      inheritedMetadata: { labels: { "app.kubernetes.io/part-of": app.name } },
      bootstrap: { initdb: { database: owner, owner } },
      storage: { size: database.size.text, storageClass: database.storageClass },
      resources: renderResources(database.resources),
      affinity: { enablePodAntiAffinity: true, topologyKey: "kubernetes.io/hostname", podAntiAffinityType: "preferred" },
      // With one instance a budget would only block drains.
      enablePDB: database.instances > 1,
      ...(backups === undefined || plan === undefined ? {} : {
        backup: {
          barmanObjectStore: {
            destinationPath: `s3://${backups.s3.bucket}/${backupPrefix(backups, app, database.name)}`,
            endpointURL: backups.s3.endpoint,
            s3Credentials: {
              accessKeyId: { name: secret, key: BACKUP_SECRET_KEYS.accessKey },
              secretAccessKey: { name: secret, key: BACKUP_SECRET_KEYS.secretKey },
            },
            wal: { compression: "gzip" },
            data: { compression: "gzip" },
          },
          retentionPolicy: `${retentionDays(plan)}d`,
        },
      }),
    },
  })];
  if (plan !== undefined && backups !== undefined) {
    objects.push(rendered<IScheduledBackup>([...at, "backup"], {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ScheduledBackup",
      metadata: { name, namespace: app.namespace, labels },
      // The operator's cron has a field for seconds in front.
      spec: { cluster: { name }, schedule: `0 ${plan.schedule}`, backupOwnerReference: "self", method: "barmanObjectStore" },
    }));
  }
  return objects;
}

function renderMariadb(homelab: Homelab, app: App, database: Database): RenderedObject[] {
  const at = ["apps", app.name, "databases", database.name];
  const name = databaseName(app, database.name);
  const labels = objectLabels(app, objectName(app, database.name));
  const plan = database.backup;
  const backups = plan === undefined ? undefined : homelab.platform.backups;
  const secret = objectName(app, BACKUP_SECRET);
  const owner = identifier(database.name);
  const keys = DATABASE_SECRET_KEYS;
  const passwords = `${name}-passwords`;
  const objects = [rendered<MariaDB>(at, {
    apiVersion: "k8s.mariadb.com/v1alpha1",
    kind: "MariaDB",
    metadata: { name, namespace: app.namespace, labels },
    spec: {
      image: `docker.io/library/mariadb:${database.version}`,
      replicas: database.instances,
      // The operator makes both passwords; neither is in our file or in any other.
      rootPasswordSecretKeyRef: { name: passwords, key: "root", generate: true },
      database: owner,
      username: owner,
      passwordSecretKeyRef: { name: passwords, key: "app", generate: true },
      connection: {
        secretName: databaseSecretName(app, database.name),
        secretTemplate: {
          format: "mysql://{{ .Username }}:{{ .Password }}@{{ .Host }}:{{ .Port }}/{{ .Database }}",
          key: keys.uri, usernameKey: keys.user, passwordKey: keys.password, hostKey: keys.host, portKey: keys.port, databaseKey: keys.name,
        },
      },
      storage: { size: database.size.text, storageClassName: database.storageClass },
      resources: renderResources(database.resources) as MariaDB["spec"]["resources"],
      ...(database.instances >= GALERA_INSTANCES ? { galera: { enabled: true } } : {}),
      ...(database.instances > 1 && database.instances < GALERA_INSTANCES ? { replication: { enabled: true, primary: { autoFailover: true } } } : {}),
      ...(database.instances > 1 ? { affinity: { antiAffinityEnabled: true }, podDisruptionBudget: { maxUnavailable: 1 } } : {}),
      inheritMetadata: { labels: { "app.kubernetes.io/part-of": app.name } },
    },
  })];
  if (plan !== undefined && backups !== undefined) {
    const secure = backups.s3.endpoint.startsWith("https://");
    objects.push(rendered<MariaDBBackup>([...at, "backup"], {
      apiVersion: "k8s.mariadb.com/v1alpha1",
      kind: "Backup",
      metadata: { name, namespace: app.namespace, labels },
      spec: {
        mariaDbRef: { name },
        schedule: { cron: plan.schedule, suspend: false },
        // Go's durations have no days.
        maxRetention: `${retentionDays(plan) * 24}h`,
        compression: "gzip",
        storage: {
          s3: {
            bucket: backups.s3.bucket,
            prefix: backupPrefix(backups, app, database.name),
            endpoint: backups.s3.endpoint.replace(/^https?:\/\//, "").replace(/\/+$/, ""),
            region: backups.s3.region,
            accessKeyIdSecretKeyRef: { name: secret, key: BACKUP_SECRET_KEYS.accessKey },
            secretAccessKeySecretKeyRef: { name: secret, key: BACKUP_SECRET_KEYS.secretKey },
            ...(secure ? { tls: { enabled: true } } : {}),
          },
        },
      },
    }));
  }
  return objects;
}
