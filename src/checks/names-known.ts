/** A name that means something of the file means something that is there. */
import type { Path } from "../config/finding.ts";
import type { App, Homelab, Workload } from "../config/homelab.ts";
import { nearestName } from "../lib/nearest-name.ts";
import type { Check, CheckResult } from "./check.ts";
import { databasesOf, jobsOf, cronJobsOf, servicesOf, volumesOf } from "./derived/workloads.ts";

export const namesKnown: Check = {
  id: "names-known",
  severity: "error",
  summary: "Machines, site parts, apps, services, databases, volumes and classes that are named somewhere are in the file.",
  why: "A name that means nothing would do nothing, or make an object that waits for another for ever.",
  examples: {
    good: `
      site:
        switch: { kind: switch, connects: [pi1, pi2, pi3] }`,
    bad: `
      site:
        switch:
          kind: switch
          connects:
            - pi1
            - p2 # ✗
            - pi3`,
  },
  check({ homelab }) {
    return [...ofTheSite(homelab), ...ofTheCluster(homelab), ...ofApps(homelab)];
  },
};

/** One reference: undefined when it is there. */
function unknown(name: string, known: readonly string[], what: string, path: Path): CheckResult[] {
  if (known.includes(name)) return [];
  const didYouMean = nearestName(name, known);
  return [
    {
      path,
      value: name,
      message: `there is no ${what} ${name}`,
      expected: known.length === 0 ? `a ${what}, of which there is none` : `one of ${[...known].sort().join(", ")}`,
      didYouMean,
      fix: didYouMean === undefined ? `Name one that is there, or add ${name}.` : `Write ${didYouMean}, or add ${name}.`,
    },
  ];
}

function all(names: readonly string[], known: readonly string[], what: string, path: Path): CheckResult[] {
  return names.flatMap((name, index) => unknown(name, known, what, [...path, index]));
}

function ofTheSite(homelab: Homelab): CheckResult[] {
  const machines = Object.keys(homelab.machines);
  const things = [...machines, ...Object.keys(homelab.site)];
  return Object.values(homelab.site).flatMap((part) => [
    ...all(part.connects, things, "machine or site part", ["site", part.name, "connects"]),
    ...all(part.powers, things, "machine or site part", ["site", part.name, "powers"]),
    ...all(part.runs, machines, "machine", ["site", part.name, "runs"]),
  ]);
}

function ofTheCluster(homelab: Homelab): CheckResult[] {
  const { endpoint } = homelab.kubernetes;
  const { storage } = homelab.platform;
  const classes = Object.keys(storage.classes);
  const volumes = [...volumesOf(homelab), ...databasesOf(homelab)];
  return [
    ...all(endpoint.on, Object.keys(homelab.machines), "machine", ["kubernetes", "endpoint", "on"]),
    ...unknown(storage.default, classes, "storage class", ["platform", "storage", "default"]),
    ...volumes.filter(({ item }) => item.storageClass !== storage.default).flatMap(({ item, path }) => unknown(item.storageClass, classes, "storage class", [...path, "storageClass"])),
    ...Object.values(storage.classes).flatMap((one) => {
      // An NFS server may be an address or a DNS name of its own: only a bare word is a name of the file.
      if (one.server === undefined || /[.:]/.test(one.server)) return [];
      return unknown(one.server, [...Object.keys(homelab.site), ...Object.keys(homelab.machines)], "site part or machine", ["platform", "storage", "classes", one.name, "server"]);
    }),
  ];
}

function ofApps(homelab: Homelab): CheckResult[] {
  const apps = Object.keys(homelab.apps);
  const things = [...Object.keys(homelab.machines), ...Object.keys(homelab.site)];
  const ofApp = Object.values(homelab.apps).flatMap((app) => [
    ...all(app.network.from, apps, "app", ["apps", app.name, "network", "from"]),
    ...(app.network.egress ?? []).flatMap((rule, index) => (rule.kind === "app" ? unknown(rule.app, apps, "app", ["apps", app.name, "network", "egress", index]) : [])),
    ...(app.promise?.survives ?? []).flatMap((survival, index) => (survival.kind === "named" ? unknown(survival.name, things, "machine or site part", ["apps", app.name, "promise", "survives", index]) : [])),
  ]);
  const ofServices = servicesOf(homelab).flatMap(({ app, item, path }) => [
    ...all(item.after, [...Object.keys(app.services), ...Object.keys(app.databases)], "service or database of this app", [...path, "after"]),
    ...item.routes.flatMap((route, index) => portOf(route.port, item.ports.map((port) => port.port), [...path, "routes", index, "port"])),
  ]);
  const ofWorkloads = [...servicesOf(homelab), ...jobsOf(homelab), ...cronJobsOf(homelab)].flatMap(({ app, item, path }) => ofWorkload(homelab, app, item, path));
  return [...ofApp, ...ofServices, ...ofWorkloads];
}

function ofWorkload(homelab: Homelab, app: App, item: Workload, path: Path): CheckResult[] {
  const services = Object.keys(app.services);
  return [
    ...(item.placement.machines.length === 0 ? [] : all(item.placement.machines, Object.keys(homelab.machines), "machine", [...path, "placement", "machines"])),
    ...all(item.placement.near, services, "service of this app", [...path, "placement", "near"]),
    ...all(item.placement.apart, services, "service of this app", [...path, "placement", "apart"]),
    ...Object.entries(item.env).flatMap(([name, value]) => (value.kind === "database" ? unknown(value.database, Object.keys(app.databases), "database of this app", [...path, "env", name]) : [])),
    ...item.mounts.flatMap((mount, index) => {
      const at = [...path, "mounts", index];
      if (mount.source === "volume") return unknown(mount.name, Object.keys(app.volumes), "volume of this app", at);
      if (mount.source === "config-file") return unknown(mount.name, Object.keys(app.configFiles), "configuration file of this app", at);
      return [];
    }),
  ];
}

function portOf(port: number, known: readonly number[], path: Path): CheckResult[] {
  if (known.includes(port)) return [];
  return [{ path, value: String(port), message: `the route leads to port ${port}, which the service does not have`, expected: known.join(" or "), fix: "Name a port of the service, or add it to ports." }];
}
