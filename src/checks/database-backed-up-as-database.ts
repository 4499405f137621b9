/** A database is not backed up by copying its files. */
import type { Check, CheckResult } from "./check.ts";
import { parseImage } from "./derived/image.ts";
import { mountedVolumes, servicesOf } from "./derived/workloads.ts";

const ENGINES = /(?:^|[/_-])(postgres|postgresql|pgvector|timescaledb|mariadb|mysql|percona|mongo|mongodb|redis|valkey|influxdb|couchdb|clickhouse|elasticsearch|opensearch|cassandra)(?:$|[/_-])/;

export const databaseBackedUpAsDatabase: Check = {
  id: "database-backed-up-as-database",
  severity: "warning",
  summary: "The volume of a database server is not backed up by copying it.",
  why: "A copy of files that change while they are read is not a database: such backups were lost when they were needed. The operators dump, or archive the write-ahead log.",
  examples: {
    good: `
      platform:
        backups: { s3: { endpoint: "http://192.168.1.5:9000", bucket: home, accessKey: { secret: s3-key }, secretKey: { secret: s3-secret } } }
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          databases: { main: { engine: postgres, size: 5Gi, backup: week } }`,
    bad: `
      platform:
        backups: { s3: { endpoint: "http://192.168.1.5:9000", bucket: home, accessKey: { secret: s3-key }, secretKey: { secret: s3-secret } } }
      apps:
        shop:
          image: docker.io/library/postgres:17.5
          port: 5432
          volumes:
            data: # ✗
              size: 5Gi
              path: /var/lib/postgresql/data
              backup: week`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ app, item }) => {
      const engine = ENGINES.exec(parseImage(item.image).repository)?.[1];
      if (engine === undefined) return [];
      return mountedVolumes(app, item).flatMap(({ volume }): CheckResult[] => {
        if (volume.backup === undefined) return [];
        const hasOperator = /postgres|pgvector|timescale/.test(engine) ? "postgres" : /mariadb|mysql|percona/.test(engine) ? "mariadb" : undefined;
        return [
          {
            path: ["apps", app.name, "volumes", volume.name],
            at: "key",
            value: volume.name,
            message: `the volume ${volume.name} of ${engine} is backed up by copying its files while they change`,
            expected: hasOperator === undefined ? "a dump" : `databases: { main: { engine: ${hasOperator} } }`,
            fix: hasOperator === undefined ? "Add a cron job that dumps it into a second volume, and back that up instead." : `Declare it under databases (engine: ${hasOperator}): its operator makes backups that can be restored.`,
          },
        ];
      });
    });
  },
};
