/** The DNS servers that the file gives, where the system keeps them: systemd-resolved, NetworkManager, dhcpcd, or /etc/resolv.conf itself. Put back by the machine if it is lost by it. */
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { WriteFile } from "./change.ts";
import { REVERT_AFTER_MS } from "./open-firewall.ts";
import type { Step, Want } from "./step.ts";
import { contentOf, fileChange, type WantedFile } from "./wanted-file.ts";

const RESOLV_CONF = "/etc/resolv.conf";
const RESOLVED = "/etc/systemd/resolved.conf.d/50-kubernest.conf";
const NETWORK_MANAGER = "/etc/NetworkManager/conf.d/50-kubernest.conf";
/** dhcpcd's hook puts this before what it was told. */
const DHCPCD_HEAD = "/etc/resolv.conf.head";

interface Place {
  readonly file: WantedFile;
  /** Makes it hold. */
  readonly apply: string | undefined;
}

function placeOf(facts: MachineFacts, want: Want): Place {
  const { resolvers, search } = want.machine.network;
  const plain = `# kubernest\n${resolvers.map((server) => `nameserver ${server}\n`).join("")}${search.length === 0 ? "" : `search ${search.join(" ")}\n`}`;
  const place = (path: string, text: string, apply?: string): Place => ({ file: { path, content: { text }, mode: "0644" }, apply });
  if (facts.units["systemd-resolved.service"]?.active === "active")
    // Without a `~.` the servers of each link would be asked beside them.
    return place(RESOLVED, `# kubernest\n[Resolve]\nDNS=${resolvers.join(" ")}\nDomains=${[...search, "~."].join(" ")}\n`, "systemctl restart systemd-resolved");
  if (facts.network.configuredBy === "networkmanager") return place(NETWORK_MANAGER, `# kubernest\n${search.length === 0 ? "" : `[global-dns]\nsearches=${search.join(",")}\n`}[global-dns-domain-*]\nservers=${resolvers.join(",")}\n`, "nmcli general reload");
  if (facts.network.configuredBy === "dhcpcd") return place(DHCPCD_HEAD, plain, "systemctl restart dhcpcd");
  return place(RESOLV_CONF, plain);
}

/** What was there, written again; nothing is executed but that. */
export function putBack({ path, previous, mode }: WriteFile): string {
  if (previous === undefined) return `rm -f '${path}'`;
  return `cat >'${path}' <<'KUBERNEST_END'\n${previous.endsWith("\n") || previous === "" ? previous : `${previous}\n`}KUBERNEST_END\nchmod ${mode} '${path}'`;
}

export const setResolvers: Step = {
  id: "set-resolvers",
  summary: "asks the DNS servers that the file gives",
  concerns: ({ machine }) => machine.network.resolvers.length > 0,
  questions: () => ({ files: [RESOLV_CONF, RESOLVED, NETWORK_MANAGER, DHCPCD_HEAD], units: ["systemd-resolved.service"] }),
  decide(facts, want) {
    const { resolvers, search } = want.machine.network;
    const isAsking = resolvers.every((server, index) => facts.network.resolvers[index] === server) && search.every((domain) => facts.network.search.includes(domain));
    const { file, apply } = placeOf(facts, want);
    // However it came to be: by hand in other words, or by DHCP that says the same.
    const isOthers = contentOf(facts, file.path) === "" || file.path === RESOLV_CONF;
    if (isAsking && isOthers && facts.network.resolvers.length === resolvers.length) return [];
    const there = facts.files[file.path];
    if (there?.kind === "link" || (there?.kind === "file" && there.linkTo !== undefined))
      return { refused: `${file.path} is a link${there.kind === "file" ? ` to ${there.linkTo}` : ""}: another program writes the DNS servers, and it is none that is known here`, hint: `take resolvers from machines.${want.machine.name}.network, or make ${file.path} a file` };
    const change = fileChange(facts, file, want);
    if (change === undefined && (isAsking || apply === undefined)) return [];
    return [
      {
        step: "set-resolvers",
        summary: `ask ${resolvers.join(", ")} for names`,
        why: isAsking ? `${file.path} ${change?.why ?? ""}` : `it asks ${facts.network.resolvers.join(", ") || "nobody"}`,
        risk: "safe",
        run: [
          {
            do: "guarded",
            run: [...(change === undefined ? [] : [change.action]), ...(apply === undefined ? [] : [{ do: "script" as const, script: { text: apply }, shown: apply, deadlineMs: 60_000 }])],
            revert: [...(change === undefined ? [] : [putBack(change.action)]), ...(apply === undefined ? [] : [apply])].join("\n") || ":",
            revertAfterMs: REVERT_AFTER_MS,
            whatIf: "the machine was not to be reached with its new DNS servers",
          },
        ],
      },
    ];
  },
};
