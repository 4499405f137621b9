/** The kinds of the MariaDB operator (k8s.mariadb.com/v1alpha1) as far as we write them. Source: its API reference, release 26.6. */
interface Meta {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
}

interface SecretKey {
  name: string;
  key: string;
  generate?: boolean;
}

export interface MariaDB {
  apiVersion: "k8s.mariadb.com/v1alpha1";
  kind: "MariaDB";
  metadata: Meta;
  spec: {
    image: string;
    replicas: number;
    rootPasswordSecretKeyRef: SecretKey;
    database: string;
    username: string;
    passwordSecretKeyRef: SecretKey;
    connection: {
      secretName: string;
      secretTemplate: { format: string; key: string; usernameKey: string; passwordKey: string; hostKey: string; portKey: string; databaseKey: string };
    };
    storage: { size: string; storageClassName: string };
    replication?: { enabled: boolean; primary: { autoFailover: boolean } };
    galera?: { enabled: boolean };
    resources: { requests?: Record<string, string>; limits?: Record<string, string> };
    affinity?: { antiAffinityEnabled: boolean };
    podDisruptionBudget?: { maxUnavailable: number };
    inheritMetadata?: { labels: Record<string, string> };
    metrics?: { enabled: boolean };
  };
}

export interface MariaDBBackup {
  apiVersion: "k8s.mariadb.com/v1alpha1";
  kind: "Backup";
  metadata: Meta;
  spec: {
    mariaDbRef: { name: string };
    schedule: { cron: string; suspend: boolean };
    maxRetention: string;
    compression: "none" | "gzip" | "bzip2";
    storage: {
      s3: {
        bucket: string;
        prefix: string;
        /** Without a scheme. */
        endpoint: string;
        region: string;
        accessKeyIdSecretKeyRef: SecretKey;
        secretAccessKeySecretKeyRef: SecretKey;
        tls?: { enabled: boolean };
      };
    };
  };
}
