/** What the machine calls itself. The full name is what its own hosts file says: asking the network could wait for a resolver that is not there. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { NamesFact } from "./machine-facts.ts";
import { line, lines } from "./readings.ts";

export const namesFact: Fact<NamesFact> = {
  id: "names",
  reads: () => ({ texts: ["/proc/sys/kernel/hostname", "/etc/hosts"] }),
  parse({ texts }) {
    const hostname = line(texts["/proc/sys/kernel/hostname"]);
    if (hostname === undefined) throw new FactUnreadable("read the hostname: /proc/sys/kernel/hostname is not there");
    const fqdn = lines(texts["/etc/hosts"])
      .map((entry) => entry.replace(/#.*/, "").trim().split(/\s+/).slice(1))
      .find((names) => names.includes(hostname))?.[0];
    return { hostname, fqdn: fqdn?.includes(".") === true ? fqdn : undefined };
  },
};
