/** The whole file: the one source of what is valid, of the JSON Schema, and of the type that `defineHomelab` takes. */
import { z } from "zod";
import { app } from "./app.ts";
import { kubernetes } from "./kubernetes.ts";
import { machine, machineDefaults } from "./machine.ts";
import { chart, ownObject, patch } from "./own-objects.ts";
import { platform, registry, secretStore } from "./platform.ts";
import { cidr, domainName, name, oneOrMore, registryHost, serviceName, timeZone } from "./scalars.ts";
import { sitePart } from "./site-part.ts";

export const homelabSchema = z
  .strictObject({
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
    secrets: secretStore.optional().describe("Where secret values are kept."),
    apps: z.record(serviceName, app).optional().describe("What you deploy, by name."),
    objects: z.array(ownObject).optional().describe("Kubernetes objects of your own."),
    charts: z.record(name, chart).optional().describe("Helm charts of your own choice."),
    patches: z.array(patch).optional().describe("Changes to the objects that Kubernest makes."),
  })
  .meta({ title: "Homelab", description: "A homelab: its machines, its cluster and its apps." });

/** What the user writes: short forms allowed. */
export type HomelabInput = z.input<typeof homelabSchema>;
