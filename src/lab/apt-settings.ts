/**
 * Where machines get packages: from where this computer gets its own, if it runs the same Debian, so that a mirror or proxy that works here is what
 * machines use. Otherwise from where debootstrap fetches by default.
 */

export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

export interface AptSettings {
  /** For debootstrap; undefined for its own default. */
  readonly mirror: string | undefined;
  /** `/etc/apt/sources.list` of the machines; undefined to keep what debootstrap wrote. */
  readonly sources: string | undefined;
  /** A file for `/etc/apt/apt.conf.d`. */
  readonly configuration: string;
}

/** Settings of apt that say how packages are reached; nothing else of this computer's is taken over. */
const REACHING = /^Acquire::(?:(?:http|https)::Proxy(?:::[^ ]+)?|Check-Valid-Until|Check-Date|ForceIPv4|ForceIPv6) "[^"]*";$/;

/** `lists`: texts of `/etc/apt/sources.list` and of `sources.list.d`, by path. `dump`: what `apt-config dump` prints. */
export function aptSettings(suite: string, lists: Readonly<Record<string, string>>, dump: string, mirror?: string): AptSettings {
  const known = new RegExp(`^${suite}(?:-updates|-security)?$`);
  const sources = Object.entries(lists)
    .flatMap(([path, text]) => (path.endsWith(".sources") ? parseDeb822(text) : parseSourcesList(text)))
    .filter((source) => known.test(source.suite) && source.components.includes("main") && /^https?:/.test(source.uri));
  const own = mirror ?? sources.find((source) => source.suite === suite)?.uri;
  const used = mirror === undefined ? sources : [{ uri: mirror, suite, components: ["main"] }];
  const lines = used.map((source) => `deb ${source.uri} ${source.suite} ${source.components.join(" ")}\n`);
  const reaching = dump.split("\n").filter((line) => REACHING.test(line));
  return {
    mirror: own,
    sources: own === undefined ? undefined : [...new Set(lines)].join(""),
    // Looking for SRV records takes ten seconds where a resolver does not answer them.
    configuration: ['Acquire::EnableSrvRecords "false";', ...reaching].map((line) => `${line}\n`).join(""),
  };
}

/** The older format, one source a line: `deb [options] URI SUITE COMPONENT…` */
export function parseSourcesList(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    return match === null ? [] : [{ uri: match[1]!, suite: match[2]!, components: match[3]!.trim().split(/\s+/) }];
  });
}

/** Paragraphs of fields; every URI with every suite. */
export function parseDeb822(text: string): AptSource[] {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const field = (name: string): string[] => (new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, "im").exec(paragraph)?.[1] ?? "").trim().split(/\s+/).filter((word) => word !== "");
      if (!field("Types").includes("deb") || field("Enabled")[0]?.toLowerCase() === "no") return [];
      return field("URIs").flatMap((uri) => field("Suites").map((suite) => ({ uri, suite, components: field("Components") })));
    });
}
