/** Monitoring: `true` is all of it. */
import type { z } from "zod";
import type { Monitoring, Notification } from "../homelab.ts";
import type { monitoring as monitoringSchema, notification as notificationSchema } from "../schema/monitoring.ts";
import { duration, quantity, type Expansion } from "./expansion.ts";
import { fullHost } from "./host.ts";

type MonitoringInput = z.input<typeof monitoringSchema>;
type StoreInput = boolean | { retention?: string | undefined; size?: string | undefined } | undefined;

export function expandMonitoring(written: MonitoringInput | undefined, domain: string | undefined, e: Expansion): Monitoring {
  const path = ["platform", "monitoring"];
  const input = written === undefined || written === false ? {} : written === true ? { prometheus: true, grafana: true, loki: true } : written;
  if (written === true) for (const part of ["prometheus", "grafana", "loki"]) e.note([...path, part], true, "platform.monitoring is true");
  const store = (field: "prometheus" | "loki", value: StoreInput, retention: string, size: string) => {
    if (value === undefined || value === false) return undefined;
    const own = value === true ? {} : value;
    return {
      retention: duration(e.or([...path, field, "retention"], own.retention, retention, "enough to compare a week with the one before")),
      size: quantity(e.or([...path, field, "size"], own.size, size, "enough for a home")),
    };
  };
  const grafana = input.grafana === true ? {} : input.grafana;
  return {
    prometheus: store("prometheus", input.prometheus, "15d", "10Gi"),
    grafana:
      grafana === undefined || grafana === false
        ? undefined
        : { host: hostOf(grafana.host, "grafana", domain, [...path, "grafana", "host"], e), password: grafana.password },
    loki: store("loki", input.loki, "15d", "10Gi"),
    alerts: expandNotifications(input.alerts),
  };
}

export function expandNotifications(written: readonly z.input<typeof notificationSchema>[] | undefined): readonly Notification[] {
  return (written ?? []).map(({ kind, webhook, to }) => ({ kind, webhook, to }));
}

/** A component's host: its own, or its name in the domain. Undefined where there is no domain. */
export function hostOf(written: string | undefined, name: string, domain: string | undefined, path: readonly string[], e: Expansion): string | undefined {
  if (written !== undefined) return fullHost(written, domain);
  return e.or(path, undefined, domain === undefined ? undefined : `${name}.${domain}`, "its name in the domain");
}
