import { expect, test } from "vitest";
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import { parseTraefikRule } from "./traefik-rule.ts";

const request = (host: string, path: string, extra: Partial<HttpRequest> = {}): HttpRequest => ({ method: "GET", path, host, scheme: "https", headers: {}, ...extra });

test.each<[string, HttpRequest, boolean]>([
  ["Host(`a.example`)", request("A.example:8443", "/"), true],
  ["Host(`a.example`)", request("b.example", "/"), false],
  ["Host(`a.example`, `b.example`)", request("b.example", "/"), true],
  ["Host(`a.example`) && PathPrefix(`/api`)", request("a.example", "/api/x?y=1"), true],
  ["Host(`a.example`) && !PathPrefix(`/api`)", request("a.example", "/api/x"), false],
  ["(Host(`a.example`) || Host(`b.example`)) && Path(`/x`)", request("b.example", "/x"), true],
  ["Method(`POST`)", request("a.example", "/"), false],
  ["Header(`X-Kind`, `new`)", request("a.example", "/", { headers: { "x-kind": "new" } }), true],
  ["HostRegexp(`^.+\\.maison\\.example$`)", request("x.maison.example", "/"), true],
  ["Query(`a`, `1`)", request("a.example", "/?a=1"), true],
])("%s", (rule, asked, expected) => {
  expect(parseTraefikRule(rule)?.matches(asked)).toBe(expected);
});

test.each(["", "Host(a.example)", "Host(`a`) &&", "Nothing(`a`)", "Host(`a`) Host(`b`)", "HostRegexp(`(`)"])("%s is refused", (rule) => {
  expect(parseTraefikRule(rule)).toBeUndefined();
});

test.each([
  ["Host(`A.example`) && PathPrefix(`/api`)", ["a.example"]],
  ["PathPrefix(`/api`) && (Host(`a.example`) || Host(`b.example`))", ["a.example", "b.example"]],
  ["Host(`a.example`) || PathPrefix(`/api`)", undefined],
  ["!Host(`a.example`)", undefined],
  ["HostRegexp(`^a`)", undefined],
])("%s takes only requests for %s", (rule, hosts) => {
  expect(parseTraefikRule(rule)?.onlyHosts).toEqual(hosts);
});
