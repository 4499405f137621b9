/** Where news of the cluster goes: the words each tool has for the same places. */
import type { Notification } from "../../config/homelab.ts";
import { dnsName } from "../names.ts";

/** Flux's provider types; what it has no word for is a generic webhook. */
export function fluxProviderType(notification: Notification): string {
  return { discord: "discord", slack: "slack", matrix: "matrix", telegram: "telegram", email: "generic", webhook: "generic" }[notification.kind];
}

/** The Secret that carries a notification's address, in the tool's namespace. */
export function notificationSecret(notification: Notification): string | undefined {
  return notification.webhook === undefined ? undefined : dnsName(notification.webhook.secret);
}
