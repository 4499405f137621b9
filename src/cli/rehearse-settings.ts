/** What `kubernest rehearse` was asked for, read and judged before anything is started. */
import type { Ports } from "../rehearse/rehearsal.ts";

export interface RehearseSettings {
  file: string;
  isOnce: boolean;
  isVirtual: boolean;
  isWatching: boolean;
  output: "table" | "json";
  kubeconfig: string;
  /** Where asked for; others are chosen. */
  ports: Readonly<Partial<Ports>>;
  factor: number;
  seed: string;
  snapshot: string | undefined;
  events: string | undefined;
  /** By name, or a file. */
  scenario: string | undefined;
}

export const FACTOR_DEFAULT = 30;
const FACTOR_MAX = 10_000;
const PORT_MAX = 65_535;
/** What has no meaning without a socket and real time. */
const SERVED_ONLY = ["port", "http-port", "https-port", "speed", "watch"] as const;
export const PORT_FLAGS = { api: "--port", http: "--http-port", https: "--https-port" } as const;
export const KUBECONFIG_DEFAULT = ".kubernest/kubeconfig";

/** The settings, or one line that says what is wrong. */
export function rehearseSettings(given: Readonly<Record<string, unknown>>, file: string): RehearseSettings | string {
  const text = (name: string): string | undefined => given[name] as string | undefined;
  const isVirtual = given["virtual"] === true;
  const isOnce = given["once"] === true;
  if (isVirtual) {
    const useless = [...SERVED_ONLY, "kubeconfig"].find((name) => given[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] !== undefined);
    if (useless !== undefined) return `--virtual opens no socket and waits for nothing, so --${useless} has no meaning with it`;
  }
  if (isOnce && given["watch"] === true) return "--once ends when all is ready, so there is nothing left to --watch";
  const scenario = text("scenario");
  if (scenario !== undefined && isVirtual) return `a scenario in virtual time:  kubernest scenario run ${scenario}`;
  const other = scenario === undefined ? undefined : ["watch", "snapshot"].find((name) => given[name] !== undefined);
  if (other !== undefined) return `--scenario breaks the cluster it begins with, so --${other} has no meaning with it`;
  const factor = Number(text("speed") ?? FACTOR_DEFAULT);
  if (!(factor > 0 && factor <= FACTOR_MAX)) return `--speed takes a number above 0 and up to ${FACTOR_MAX}, not ${text("speed")}`;
  const ports: Partial<Record<keyof Ports, number>> = {};
  for (const [name, asked] of [["api", text("port")], ["http", text("httpPort")], ["https", text("httpsPort")]] as const) {
    if (asked === undefined) continue;
    const port = Number(asked);
    if (asked.trim() === "" || !Number.isInteger(port) || port < 0 || port > PORT_MAX) return `${PORT_FLAGS[name]} takes a port from 1 to ${PORT_MAX} (0 for any free one), not ${asked}`;
    if (port !== 0 && Object.values(ports).includes(port)) return `${PORT_FLAGS[name]} is ${port}, as another; each needs its own`;
    ports[name] = port;
  }
  return {
    file,
    isOnce: isOnce || isVirtual,
    isVirtual,
    isWatching: given["watch"] === true,
    output: text("output") === "json" ? "json" : "table",
    kubeconfig: text("kubeconfig") ?? KUBECONFIG_DEFAULT,
    ports,
    factor,
    seed: text("seed") ?? "1",
    snapshot: text("snapshot"),
    events: text("events"),
    scenario,
  };
}
