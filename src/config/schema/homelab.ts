/** The whole file: the one source of what is valid, of the JSON Schema, and of the type that `defineHomelab` takes. */
import { z } from "zod";
import { app } from "./app.ts";
import { kubernetes } from "./kubernetes.ts";
import { machine, machineDefaults } from "./machine.ts";
import { chart, ownObject, patch } from "./own-objects.ts";
import { artifacts } from "./artifacts.ts";
import { platform, registry, secretStore } from "./platform.ts";
import { cidr, domainName, name, oneOrMore, registryHost, serviceName, timeZone } from "./scalars.ts";
import { needsDomain } from "../expand/host.ts";
import { sitePart } from "./site-part.ts";
import { isMap, structure, type Report } from "./structure.ts";

export const homelabSchema = structure(
  z.strictObject({
    name: name.describe("The homelab's name."),
    domain: domainName.optional().describe("The domain of its apps."),
    timeZone: timeZone.optional().describe("The time zone of schedules."),
    lan: oneOrMore(cidr).optional().describe("The home network's own ranges; the cluster's may not overlap them."),
    machines: z.record(name, machine).describe("The computers, by name."),
    machineDefaults: machineDefaults.optional().describe("What every machine has unless it says otherwise."),
    site: z.record(name, sitePart).optional().describe("What machines depend on, and so what fails together."),
    kubernetes: kubernetes.optional().describe("The cluster."),
    platform: platform.optional().describe("What the cluster needs to serve apps."),
    registries: z.record(registryHost, registry).optional().describe("Container registries: logins and mirrors."),
    artifacts: artifacts.optional().describe("Where binaries and images come from, when not from the release sites."),
    secrets: secretStore.optional().describe("Where secret values are kept."),
    apps: z.record(serviceName, app).optional().describe("What you deploy, by name."),
    objects: z.array(ownObject).optional().describe("Kubernetes objects of your own."),
    charts: z.record(name, chart).optional().describe("Helm charts of your own choice."),
    patches: z.array(patch).optional().describe("Changes to the objects that Kubernest makes."),
  }),
  (value, report) => {
    if (isMap(value["machines"]) && Object.keys(value["machines"]).length === 0) report(["machines"], "machines is empty", "Add a machine: it may be planned, without an address.");
    if (value["domain"] === undefined) reportShortHosts(value, report);
  },
).meta({ title: "Homelab", description: "A homelab: its machines, its cluster and its apps." });

/** What the user writes: short forms allowed. */
export type HomelabInput = z.input<typeof homelabSchema>;

/** Short host names stand in the homelab's domain: without one they stand nowhere. */
function reportShortHosts(value: Record<string, unknown>, report: Report): void {
  const look = (host: unknown, path: (string | number)[]) => {
    if (typeof host === "string" && needsDomain(host)) report(path, `${host} is no full host name, and the homelab has no domain`, "Add domain: at the top, or write the host in full.");
  };
  const lookIn = (service: unknown, path: (string | number)[]) => {
    if (!isMap(service)) return;
    if (Array.isArray(service["host"])) service["host"].forEach((host, index) => look(host, [...path, "host", index]));
    else look(service["host"], [...path, "host"]);
    if (Array.isArray(service["routes"])) service["routes"].forEach((route, index) => isMap(route) && look(route["host"], [...path, "routes", index, "host"]));
  };
  for (const [name, app] of isMap(value["apps"]) ? Object.entries(value["apps"]) : []) {
    lookIn(app, ["apps", name]);
    const services = isMap(app) ? app["services"] : undefined;
    for (const [service, one] of isMap(services) ? Object.entries(services) : []) lookIn(one, ["apps", name, "services", service]);
  }
  const platform = isMap(value["platform"]) ? value["platform"] : {};
  const monitoring = isMap(platform["monitoring"]) ? platform["monitoring"] : {};
  if (isMap(monitoring["grafana"])) look(monitoring["grafana"]["host"], ["platform", "monitoring", "grafana", "host"]);
  if (isMap(platform["gitops"])) look(platform["gitops"]["host"], ["platform", "gitops", "host"]);
  if (!isMap(platform["git"])) return;
  if (platform["git"]["host"] === undefined) report(["platform", "git"], "the git forge has no host, and the homelab has no domain", "Add host, in full.");
  else look(platform["git"]["host"], ["platform", "git", "host"]);
}
