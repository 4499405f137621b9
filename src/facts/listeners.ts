/** Who listens on the ports that steps ask for. The kernel's tables tell whether anybody does; only then a program is asked who, for that looks through all processes. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { ListenerFact } from "./machine-facts.ts";
import { lines } from "./readings.ts";

export const listenersFact: Fact<readonly ListenerFact[]> = {
  id: "listeners",
  reads: () => ({}),
  script({ ports }) {
    if (ports.length === 0) return "";
    const numbers = ports.map((port) => port.toString(16).toUpperCase().padStart(4, "0")).join("|");
    // Local port, nobody on the other side, and state 0A (listening) for TCP, 07 for UDP.
    return `grep -qE '^ *[0-9]+: [0-9A-F]+:(${numbers}) 0+:0000 (0A|07) ' /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 || exit 0
exec ss -Hlntup '${ports.map((port) => `sport = :${port}`).join(" or ")}'`;
  },
  parse: ({ output }, { ports }) =>
    lines(output)
      .map(parseListener)
      .filter((listener) => ports.includes(listener.port))
      .sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0) || (a.address < b.address ? -1 : 1)),
};

/** `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))` */
function parseListener(row: string): ListenerFact {
  const [protocol, , , , local] = row.trim().split(/\s+/);
  const match = /^(.*):(\d+)$/.exec(local ?? "");
  if ((protocol !== "tcp" && protocol !== "udp") || match === null) throw new FactUnreadable("read listeners: `ss` answered a line of another shape");
  return { protocol, address: match[1]!.replace(/%.*$/, "").replaceAll(/[[\]]/g, ""), port: Number(match[2]), program: /users:\(\("([^"]+)"/.exec(row)?.[1] };
}
