/** Short host names become full ones. */

/** `blog` is `blog.DOMAIN`, `@` is the domain, a name with a dot is already full. Without a domain a short name stays as it is. */
export function fullHost(host: string, domain: string | undefined): string {
  if (domain === undefined) return host;
  if (host === "@") return domain;
  // A domain of one word, such as lan: what ends in it is full.
  if (host === domain || host.endsWith(`.${domain}`)) return host;
  return host.replace(/^\*\./, "").includes(".") ? host : `${host}.${domain}`;
}

/** Whether a host needs the homelab's domain to be full. */
export function needsDomain(host: string): boolean {
  return host === "@" || !host.replace(/^\*\./, "").includes(".");
}
