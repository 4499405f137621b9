/** A database of one instance is gone with its machine: with a replica it is promoted in seconds. */
import type { AdviceRule } from "./advice-rule.ts";

export const DATABASE_REPLICA: AdviceRule = {
  id: "database-replica",
  propose: ({ app, cause }) =>
    Object.values(app.databases)
      .filter(({ name, instances }) => instances === 1 && cause.includes(name))
      .map(({ name }) => ({ text: `a replica of the database ${name}`, ways: [[`apps.${app.name}.databases.${name}.instances=2`], [`apps.${app.name}.databases.${name}+={instances: 2}`]] })),
};
