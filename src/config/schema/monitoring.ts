/** Metrics, dashboards, logs, and whom to tell. */
import { z } from "zod";
import { duration, host, memory, nonEmpty, oneOf, secretRef } from "./scalars.ts";
import { structure } from "./structure.ts";

export const notification = structure(
  z.strictObject({
    kind: oneOf(["discord", "slack", "matrix", "telegram", "email", "webhook"]).describe("How it is sent."),
    webhook: secretRef.optional().describe("The webhook's URL, in the secrets file."),
    to: nonEmpty.optional().describe("An address, a room or a channel."),
  }),
  (value, report) => {
    if (typeof value["kind"] !== "string") return;
    if (value["kind"] === "email") {
      if (value["to"] === undefined) report([], "an email notification needs to", "Add to: the address to write to.");
    } else if (value["webhook"] === undefined) {
      report([], `a ${value["kind"]} notification needs webhook`, "Add webhook: { secret: NAME }.");
    }
  },
);

const store = z.union([
  z.boolean(),
  z.strictObject({
    retention: duration.optional().describe("How long it is kept."),
    size: memory.optional().describe("The volume's size."),
  }),
]);

export const monitoring = z.union([
  z.boolean(),
  z.strictObject({
    prometheus: store.optional().describe("Metrics."),
    grafana: z
      .union([
        z.boolean(),
        z.strictObject({
          host: host.optional().describe("Where it answers."),
          password: secretRef.optional().describe("The administrator's password."),
        }),
      ])
      .optional()
      .describe("Dashboards."),
    loki: store.optional().describe("Logs."),
    alerts: z.array(notification).optional().describe("Whom to tell."),
  }),
]);
