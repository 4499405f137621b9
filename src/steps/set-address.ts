/**
 * The static addresses that the file gives, told to whoever keeps this machine's. Never one that it would not be reached by afterwards: SSH must come in by an address that
 * stays. Put back by the machine itself unless a new connection says that all is well.
 */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { addressKeeper, DHCPCD, INTERFACES, NETPLAN, networkManagerFile, NETWORKD } from "./address-keepers.ts";
import { REVERT_AFTER_MS } from "./open-firewall.ts";
import { putBack } from "./set-resolvers.ts";
import type { Decision, Step, Want } from "./step.ts";
import { contentOf, fileChange } from "./wanted-file.ts";

const STEP = "set-address";
const MAIN_NAMES = ["eth0", "end0", "enp1s0", "eno1", "host0"];

const bare = (address: string): string => address.split("/")[0]!;

/** The one that the file names, else the one that SSH came in by, else that of the default route. */
function interfaceOf(facts: MachineFacts, want: Want): string | undefined {
  const { interfaces, session, defaultRoutes } = facts.network;
  return want.machine.network.interface ?? interfaces.find(({ addresses }) => session !== undefined && addresses.some((address) => bare(address) === session.to))?.name ?? defaultRoutes[0]?.interface;
}

export const setAddress: Step = {
  id: STEP,
  summary: "gives the machine the addresses that the file gives it",
  concerns: ({ machine }) => machine.network.addresses.length > 0,
  questions: ({ machine }) => ({ files: [INTERFACES, DHCPCD, NETPLAN, NETWORKD, ...[machine.network.interface, ...MAIN_NAMES].filter((name) => name !== undefined).map(networkManagerFile)], directories: ["/etc/network/interfaces.d"] }),
  decide(facts, want): Decision {
    const { machine } = want;
    const { addresses, gateway } = machine.network;
    const { network } = facts;
    const name = interfaceOf(facts, want);
    const own = network.interfaces.find((one) => one.name === name);
    const field = `machines.${machine.name}.network`;
    if (name === undefined || own === undefined) return { refused: `it has no interface ${name ?? "with a default route"}`, hint: `set ${field}.interface to one of ${network.interfaces.filter(({ isVirtual }) => !isVirtual).map((one) => one.name).join(", ")}` };
    const has = addresses.every((address) => own.addresses.includes(address)) && (gateway === undefined || network.defaultRoutes.some((route) => route.gateway === gateway));
    const keeper = addressKeeper(facts, { interface: name, addresses, gateway });
    if (keeper === undefined) {
      // Somebody sees to it: a computer underneath, or a hand.
      if (has) return [];
      return { refused: `nobody that is known here keeps its addresses, and ${name} has ${own.addresses.join(", ") || "none"}`, hint: "ifupdown, NetworkManager, systemd-networkd, dhcpcd and netplan are known: set the address by one of them, or take network.addresses from the file" };
    }
    // Written by hand and static already: another hand would only say the same in other words.
    if (has && isStaticByHand(facts, name, addresses)) return [];
    const others = facts.directories["/etc/network/interfaces.d"] ?? [];
    if (network.configuredBy === "ifupdown" && others.length > 0 && !new RegExp(`^\\s*iface\\s+${name}\\s`, "m").test(contentOf(facts, INTERFACES)))
      return { refused: `${name} is set up in /etc/network/interfaces.d (${others.join(", ")}), which is left alone`, hint: `write the address there, or move it into ${INTERFACES}` };
    const change = fileChange(facts, keeper.file, want);
    if (change === undefined && has) return [];
    const { session } = network;
    const isThisWay = session !== undefined && own.addresses.some((address) => bare(address) === session.to);
    if (isThisWay && !addresses.some((address) => bare(address) === session.to))
      return { refused: `SSH reaches it at ${session.to}, and the file gives ${name} ${addresses.join(", ")}: it would be lost on the way`, hint: `write ${session.to} into ${field}.addresses; to move it, add the new address beside the old one, then reach it there (machines.${machine.name}.address), then take the old one away` };
    const scriptShown = keeper.apply.split("\n").join("; ");
    return [
      {
        step: STEP,
        summary: `give ${name} ${addresses.join(", ")}`,
        why: has ? `${keeper.file.path} ${change?.why}` : `it has ${own.addresses.join(", ") || "none"}${gateway === undefined ? "" : `, and leaves by ${network.defaultRoutes[0]?.gateway ?? "nobody"}`}`,
        risk: "disrupts",
        run: [
          {
            do: "guarded",
            run: [...(change === undefined ? [] : [change.action]), { do: "script", script: { text: keeper.apply }, shown: scriptShown, deadlineMs: 60_000, hint: `look at ${keeper.file.path} on the machine` }],
            revert: [...(change === undefined ? [] : [putBack(change.action)]), keeper.apply].join("\n"),
            revertAfterMs: REVERT_AFTER_MS,
            whatIf: "the machine was not to be reached at its new address",
          },
        ],
      },
    ];
  },
};

/** ifupdown's and dhcpcd's own files tell; the others have many places. */
function isStaticByHand(facts: MachineFacts, name: string, addresses: readonly string[]): boolean {
  const text = facts.network.configuredBy === "ifupdown" ? contentOf(facts, INTERFACES) : facts.network.configuredBy === "dhcpcd" ? contentOf(facts, DHCPCD) : "";
  const words = text.split("\n").filter((line) => !line.startsWith("#")).join("\n");
  if (new RegExp(`^\\s*iface\\s+${name}\\s+inet\\s+dhcp`, "m").test(words)) return false;
  return addresses.every((address) => new RegExp(`(?:address\\s+|ip6?_address=)${address.replaceAll(".", "\\.")}(?:\\s|$)`, "m").test(words));
}
