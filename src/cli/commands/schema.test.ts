import { expect, it } from "vitest";
import { runCommand } from "../testing/run-command.ts";
import { schemaCommand } from "./schema.ts";

it.each([
  [[], "https://kubernest.dev/schema/homelab.schema.json"],
  [["homelab"], "https://kubernest.dev/schema/homelab.schema.json"],
  [["scenario"], "https://kubernest.dev/schema/scenario.schema.json"],
])("schema %j prints %s", async (args, id) => {
  const { code, stdout } = await runCommand(schemaCommand, args, {});
  expect([code, (JSON.parse(stdout) as { $id: string }).$id]).toEqual([0, id]);
});
