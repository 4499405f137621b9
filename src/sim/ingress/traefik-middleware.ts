/** Traefik's Middleware objects: the ones that home systems use. What only limits or compresses passes requests through. */
import ipaddr from "ipaddr.js";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import type { Middleware } from "./route.ts";
import { redirectAnswer, textAnswer } from "./route.ts";
import { hostOf, pathOf } from "./traefik-rule.ts";

export const MIDDLEWARES = "traefik.io/middlewares";

export interface IngressPorts {
  /** Ports that clients use here in place of 80 and 443. */
  http: number;
  https: number;
}

/** One object may hold one middleware or a chain of them. Undefined where Traefik would refuse the route. */
export function traefikMiddlewares(namespace: string, name: string, client: SimClient, ports: IngressPorts, depth = 0): Middleware[] | undefined {
  const object = client.get(MIDDLEWARES, namespace, name);
  if (object === undefined || depth > 5) return undefined;
  const chain = object.spec?.chain?.middlewares as { name: string; namespace?: string }[] | undefined;
  if (chain !== undefined) {
    const all = chain.map((one) => traefikMiddlewares(one.namespace ?? namespace, one.name, client, ports, depth + 1));
    return all.every((one) => one !== undefined) ? all.flat() : undefined;
  }
  return [single(object, ports)];
}

function single({ spec }: KubeObject, ports: IngressPorts): Middleware {
  if (spec?.redirectScheme) return redirectScheme(spec.redirectScheme, ports);
  if (spec?.redirectRegex) {
    const { regex, replacement, permanent } = spec.redirectRegex as { regex: string; replacement: string; permanent?: boolean };
    const pattern = new RegExp(regex);
    return {
      request(request) {
        const url = `${request.scheme}://${request.host}${request.path}`;
        return pattern.test(url) ? { answer: redirectAnswer(request, url.replace(pattern, replacement.replace(/\$\{(\w+)\}/g, "$$$1")), permanent ?? false) } : request;
      },
    };
  }
  if (spec?.stripPrefix) {
    const prefixes = (spec.stripPrefix.prefixes ?? []) as string[];
    return {
      request(request) {
        const prefix = prefixes.find((one) => pathOf(request).startsWith(one));
        if (prefix === undefined) return request;
        const rest = request.path.slice(prefix.length);
        return { ...request, path: rest.startsWith("/") ? rest : `/${rest}`, headers: { ...request.headers, "x-forwarded-prefix": prefix } };
      },
    };
  }
  if (spec?.addPrefix) return { request: (request) => ({ ...request, path: `${spec.addPrefix.prefix}${request.path}` }) };
  if (spec?.replacePath) return { request: (request) => ({ ...request, path: spec.replacePath.path, headers: { ...request.headers, "x-replaced-path": request.path } }) };
  if (spec?.replacePathRegex) {
    const { regex, replacement } = spec.replacePathRegex as { regex: string; replacement: string };
    return { request: (request) => ({ ...request, path: request.path.replace(new RegExp(regex), replacement) }) };
  }
  if (spec?.headers) return headers(spec.headers);
  if (spec?.basicAuth || spec?.digestAuth) {
    const realm = spec.basicAuth?.realm ?? "traefik";
    // Passwords are hashed in their Secret; here any credentials will do, none will not.
    return {
      request: (request) => (request.headers["authorization"] ? request : { answer: textAnswer(401, "401 Unauthorized\n", { "www-authenticate": `Basic realm="${realm}"` }) }),
    };
  }
  const ranges = (spec?.ipAllowList?.sourceRange ?? spec?.ipWhiteList?.sourceRange) as string[] | undefined;
  if (ranges !== undefined) return { request: (request) => (inRanges(request.remoteAddress, ranges) ? request : { answer: textAnswer(403, "Forbidden") }) };
  return {};
}

function redirectScheme(spec: { scheme?: string; port?: string | number; permanent?: boolean }, ports: IngressPorts): Middleware {
  const scheme = spec.scheme === "http" ? "http" : "https";
  return {
    request(request: HttpRequest) {
      if (request.scheme === scheme) return request;
      // A port that the file names for the real router stands for the one that is open here.
      const isStandard = spec.port === undefined || String(spec.port) === (scheme === "https" ? "443" : "80");
      const port = isStandard ? ports[scheme] : Number(spec.port);
      const suffix = port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`;
      return { answer: redirectAnswer(request, `${scheme}://${hostOf(request)}${suffix}${request.path}`, spec.permanent ?? false) };
    },
  };
}

function headers(spec: { customRequestHeaders?: Record<string, string>; customResponseHeaders?: Record<string, string>; stsSeconds?: number; frameDeny?: boolean; contentTypeNosniff?: boolean }): Middleware {
  const change = (before: Readonly<Record<string, string>>, changes: Readonly<Record<string, string>> | undefined): Record<string, string> => {
    const after = { ...before };
    for (const [name, value] of Object.entries(changes ?? {})) {
      // An empty value takes the header away.
      if (value === "") delete after[name.toLowerCase()];
      else after[name.toLowerCase()] = value;
    }
    return after;
  };
  const security: Record<string, string> = {
    ...(spec.stsSeconds ? { "strict-transport-security": `max-age=${spec.stsSeconds}` } : {}),
    ...(spec.frameDeny ? { "x-frame-options": "DENY" } : {}),
    ...(spec.contentTypeNosniff ? { "x-content-type-options": "nosniff" } : {}),
  };
  return {
    request: (request) => ({ ...request, headers: change(request.headers, spec.customRequestHeaders) }),
    response: (response) => ({ ...response, headers: change({ ...response.headers, ...security }, spec.customResponseHeaders) }),
  };
}

function inRanges(address: string | undefined, ranges: readonly string[]): boolean {
  if (address === undefined || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some((range) => {
    const cidr = range.includes("/") ? range : `${range}/${range.includes(":") ? 128 : 32}`;
    if (!ipaddr.isValidCIDR(cidr)) return false;
    const [base, bits] = ipaddr.parseCIDR(cidr);
    return base.kind() === parsed.kind() && parsed.match(base, bits);
  });
}
