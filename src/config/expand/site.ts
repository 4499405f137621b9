/** Site parts: short forwards become long ones. */
import type { z } from "zod";
import type { Forward, SitePart } from "../homelab.ts";
import type { sitePart as sitePartSchema } from "../schema/site-part.ts";
import { duration, mapNamed, optionalQuantity, type Expansion } from "./expansion.ts";
import { expandDisks } from "./machine.ts";

type SitePartInput = z.input<typeof sitePartSchema>;

export function expandSite(site: Readonly<Record<string, SitePartInput>> | undefined, e: Expansion): Record<string, SitePart> {
  return mapNamed(site, (name, input) => ({
    name,
    kind: input.kind,
    address: input.address,
    connects: input.connects ?? [],
    powers: input.powers ?? [],
    runs: input.runs ?? [],
    forwards: expandForwards(input.forwards, ["site", name, "forwards"], e),
    arpExpiry: input.arpExpiry === undefined ? undefined : duration(input.arpExpiry),
    holds: input.holds === undefined ? undefined : duration(input.holds),
    exports: input.exports ?? [],
    s3: input.s3,
    cpu: optionalQuantity(input.cpu),
    memory: optionalQuantity(input.memory),
    disks: expandDisks(input.disks, undefined, "", ["site", name], e),
  }));
}

function expandForwards(written: SitePartInput["forwards"], path: readonly string[], e: Expansion): Forward[] {
  if (Array.isArray(written)) {
    return written.map((forward, index) => {
      const { to, port } = splitTarget(forward.to);
      return {
        port: forward.port,
        protocol: e.or<"tcp" | "udp">([...path, index, "protocol"], forward.protocol, "tcp", "what the web runs on"),
        to,
        toPort: forward.toPort ?? port ?? e.or([...path, index, "toPort"], undefined, forward.port, "the same port"),
      };
    });
  }
  return Object.entries(written ?? {}).map(([key, target], index) => {
    const [number = "", protocol] = key.split("/");
    const { to, port } = splitTarget(target);
    e.comesFrom([...path, index], [...path, key]);
    return { port: Number(number), protocol: protocol === "udp" ? "udp" : "tcp", to, toPort: port ?? Number(number) };
  });
}

/** `pi1:8443` is machine and port. */
function splitTarget(target: string): { to: string; port: number | undefined } {
  const [to = "", port] = target.split(":");
  const number = Number(port);
  return { to, port: port !== undefined && number >= 1 && number <= 65_535 ? number : undefined };
}
