/** The apps when all is done: how many of their pods are ready, and where they answer. */
import type { AppStatus } from "../operations/app-status.ts";
import { textTable } from "./text-table.ts";

export function appTable(apps: readonly AppStatus[]): string {
  const rows = apps.map(({ app, service, ready, replicas, urls }) => [app === service ? app : `${app}/${service}`, `${ready}/${replicas}`, urls.join(" ")]);
  return `\n${textTable([["APP", "READY", "URL"], ...rows])}\n`;
}
