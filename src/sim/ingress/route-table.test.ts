import { expect, test } from "vitest";
import { seededRandom } from "../../lib/seeded-random.ts";
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import { RouteTable } from "./route-table.ts";
import type { Route } from "./route.ts";
import { parseTraefikRule } from "./traefik-rule.ts";

const RULES = [
  "Host(`A.example`)",
  "Host(`a.example`) && PathPrefix(`/api`)",
  "Host(`a.example`) || Host(`b.example`)",
  "PathPrefix(`/api`) && (Host(`b.example`) || Host(`c.example`))",
  "Host(`c.example`) || PathPrefix(`/api`)",
  "!Host(`a.example`)",
  "PathPrefix(`/`)",
  "HostRegexp(`^.+\\.example$`) && Path(`/x`)",
  "Host(`a.example`) && !PathPrefix(`/api`)",
];

const routeOf = (match: string, priority: number, schemes: ReadonlySet<"http" | "https">): Route => {
  const rule = parseTraefikRule(match)!;
  return { source: { apiVersion: "v1", kind: "Route", metadata: { name: match } }, matches: (request) => rule.matches(request), onlyHosts: rule.onlyHosts, schemes, priority, middlewares: [], backends: [] };
};

test("the route found by host is the one that asking all in turn finds", () => {
  const random = seededRandom("routes");
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
  let foundCount = 0;
  for (let trial = 0; trial < 300; trial++) {
    const routes = Array.from({ length: 1 + random.below(8) }, () => routeOf(pick(RULES), random.below(3), pick([new Set(["http"] as const), new Set(["https"] as const), new Set(["http", "https"] as const)])));
    const table = new RouteTable(routes);
    for (const host of ["a.example", "B.example:8443", "c.example.", "d.example", "d.other"]) {
      const request: HttpRequest = { method: "GET", host, path: pick(["/", "/api/x", "/x"]), scheme: pick(["http", "https"] as const), headers: {} };
      const inTurn = [...routes].sort((a, b) => b.priority - a.priority).find((route) => route.schemes.has(request.scheme) && route.matches(request));
      expect(table.find(request)).toBe(inTurn);
      if (inTurn !== undefined) foundCount++;
    }
  }
  expect(foundCount).toBeGreaterThan(300);
});
