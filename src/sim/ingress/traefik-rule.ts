/** Traefik's rule language: Host(`a.example`) && (PathPrefix(`/api`) || Header(`x`, `y`)), with ! and parentheses. */
import type { HttpRequest } from "../kubelet/behaviour/process.ts";

export interface TraefikRule {
  matches(request: HttpRequest): boolean;
  /** Hosts that the rule names. */
  hosts: readonly string[];
  /** A request that asks for none of these, in small letters, does not match; undefined: the host alone excludes none. */
  onlyHosts: readonly string[] | undefined;
  /** Longer rules are asked first unless a priority is given. */
  length: number;
}

interface Matcher {
  matches(request: HttpRequest): boolean;
  onlyHosts: readonly string[] | undefined;
}

const cache = new Map<string, TraefikRule | undefined>();
const CACHE_SIZE_MAX = 2_000;

/** Undefined for a rule that Traefik would refuse. */
export function parseTraefikRule(text: string): TraefikRule | undefined {
  if (cache.has(text)) return cache.get(text);
  if (cache.size >= CACHE_SIZE_MAX) cache.clear();
  const rule = parse(text);
  cache.set(text, rule);
  return rule;
}

class RuleError extends Error {
  override name = "RuleError";
}

function parse(text: string): TraefikRule | undefined {
  const hosts: string[] = [];
  let at = 0;
  const skip = (): void => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const take = (token: string): boolean => {
    skip();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const or = (): Matcher => {
    const parts = [and()];
    while (take("||")) parts.push(and());
    if (parts.length === 1) return parts[0]!;
    const onlyHosts = parts.every((part) => part.onlyHosts !== undefined) ? parts.flatMap((part) => part.onlyHosts!) : undefined;
    return { matches: (request) => parts.some((part) => part.matches(request)), onlyHosts };
  };
  const and = (): Matcher => {
    const parts = [not()];
    while (take("&&")) parts.push(not());
    if (parts.length === 1) return parts[0]!;
    return { matches: (request) => parts.every((part) => part.matches(request)), onlyHosts: parts.find((part) => part.onlyHosts !== undefined)?.onlyHosts };
  };
  const not = (): Matcher => {
    if (take("!")) {
      const inner = not();
      return { matches: (request) => !inner.matches(request), onlyHosts: undefined };
    }
    if (take("(")) {
      const inner = or();
      if (!take(")")) throw new RuleError(text);
      return inner;
    }
    return call();
  };
  const call = (): Matcher => {
    skip();
    const name = /^[A-Za-z]+/.exec(text.slice(at))?.[0];
    if (name === undefined) throw new RuleError(text);
    at += name.length;
    if (!take("(")) throw new RuleError(text);
    const values: string[] = [];
    do {
      skip();
      const quoted = /^(?:`([^`]*)`|"((?:[^"\\]|\\.)*)"|'([^']*)')/.exec(text.slice(at));
      if (quoted === null) throw new RuleError(text);
      at += quoted[0].length;
      values.push(quoted[1] ?? quoted[2] ?? quoted[3] ?? "");
    } while (take(","));
    if (!take(")")) throw new RuleError(text);
    if (name === "Host") hosts.push(...values);
    return { matches: matcher(name, values), onlyHosts: name === "Host" ? values.map((value) => value.toLowerCase()) : undefined };
  };
  try {
    const { matches, onlyHosts } = or();
    skip();
    if (at < text.length) return undefined;
    return { matches, hosts, onlyHosts, length: text.length };
  } catch (error) {
    if (error instanceof RuleError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function hostOf(request: HttpRequest): string {
  return request.host.replace(/:\d+$/, "").replace(/\.$/, "").toLowerCase();
}

export function pathOf(request: HttpRequest): string {
  return request.path.split("?")[0]!;
}

function matcher(name: string, values: readonly string[]): (request: HttpRequest) => boolean {
  const [first = "", second = ""] = values;
  switch (name) {
    case "Host":
      return (request) => values.some((value) => value.toLowerCase() === hostOf(request));
    case "HostRegexp": {
      const patterns = values.map((value) => new RegExp(value));
      return (request) => patterns.some((pattern) => pattern.test(hostOf(request)));
    }
    case "Path":
      return (request) => values.includes(pathOf(request));
    case "PathPrefix":
      return (request) => values.some((value) => pathOf(request).startsWith(value));
    case "PathRegexp": {
      const pattern = new RegExp(first);
      return (request) => pattern.test(pathOf(request));
    }
    case "Method":
      return (request) => values.includes(request.method);
    case "Header":
    case "Headers":
      return (request) => request.headers[first.toLowerCase()] === second;
    case "HeaderRegexp":
    case "HeadersRegexp": {
      const pattern = new RegExp(second);
      return (request) => pattern.test(request.headers[first.toLowerCase()] ?? "");
    }
    case "Query":
      return (request) => {
        const query = new URLSearchParams(request.path.split("?")[1] ?? "");
        return values.length > 1 ? query.get(first) === second : values.every((value) => query.get(value.split("=")[0]!) === (value.split("=")[1] ?? ""));
      };
    case "ClientIP":
      return (request) => values.some((value) => value.split("/")[0] === request.remoteAddress);
    default:
      throw new RuleError(name);
  }
}
