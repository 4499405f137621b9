/** Connections alone, as `up` makes them: one session to each address, `:` run in each, all at once. `connect.mjs USER ADDRESS…`. */
import { sshConnector } from "../../../src/adapters/ssh-shell.ts";

const DEADLINE_MS = 60_000;

const [user, ...addresses] = process.argv.slice(2) as [string, ...string[]];
const connector = sshConnector({ configFile: process.env["KUBERNEST_SSH_CONFIG"], env: process.env, sudoPassword: async () => undefined, debug: () => undefined });
await Promise.all(
  addresses.map(async (address) => {
    const shell = await connector.connect({ machine: address, address, user, port: 22, key: undefined, jump: undefined, sudo: "passwordless" }, { deadlineMs: DEADLINE_MS });
    const { code } = await shell.run({ script: ":", deadlineMs: DEADLINE_MS });
    if (code !== 0) throw new Error(`${address}: exit code ${code}`);
    await shell.close();
  }),
);
