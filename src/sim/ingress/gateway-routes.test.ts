import { expect, test } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import { gatewayRoutes, gatewayTls } from "./gateway-routes.ts";
import { hostMatches, prefixMatches } from "./ingress-routes.ts";

const gateway: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name: "door", namespace: "edge" },
  spec: { listeners: [{ name: "web", protocol: "HTTP", port: 80 }, { name: "secure", protocol: "HTTPS", port: 443, hostname: "*.maison.example", tls: { certificateRefs: [{ name: "wildcard" }] } }] },
};

function client(...routes: object[]): SimClient {
  const objects = routes.map((spec, index) => ({
    apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { name: `route-${index}`, namespace: "shop" },
    spec: { parentRefs: [{ name: "door", namespace: "edge", sectionName: "secure" }], hostnames: ["shop.maison.example"], ...spec },
  }));
  return {
    serves: () => true,
    list: (type: string) => (type.endsWith("/httproutes") ? objects : []),
    get: (type: string, namespace: string, name: string) => (type.endsWith("/gateways") && namespace === "edge" && name === "door" ? gateway : undefined),
  } as unknown as SimClient;
}

const PORTS = { http: 8080, https: 8443 };
const request = (path: string, extra: Partial<HttpRequest> = {}): HttpRequest => ({ method: "GET", path, host: "shop.maison.example:8443", scheme: "https", headers: {}, ...extra });
const backendRefs = [{ name: "web", port: 80 }];

test("a route is open on the listener that it names, for its hosts, and the most specific match comes first", () => {
  const routes = gatewayRoutes(client({ rules: [{ backendRefs }, { matches: [{ path: { type: "PathPrefix", value: "/api" } }, { path: { type: "Exact", value: "/" }, method: "POST" }], backendRefs: [{ name: "api", port: 3000, weight: 3 }] }] }), PORTS);
  expect(routes.map(({ schemes }) => [...schemes])).toEqual([["https"], ["https"], ["https"]]);
  const first = (one: HttpRequest): string | undefined => [...routes].sort((a, b) => b.priority - a.priority).find((route) => route.matches(one))?.backends[0]?.service;
  expect(first(request("/"))).toBe("web");
  expect(first(request("/api/users"))).toBe("api");
  expect(first(request("/apiary"))).toBe("web");
  expect(first(request("/", { method: "POST" }))).toBe("api");
  expect(first(request("/", { host: "other.maison.example" }))).toBeUndefined();
});

test("filters redirect to the port that is open here, rewrite paths and change headers", () => {
  const [redirect] = gatewayRoutes(client({ rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }] }] }), PORTS);
  expect(redirect!.middlewares[0]!.request!(request("/a?b=1", { scheme: "http" }))).toMatchObject({ answer: { status: 301, headers: { location: "https://shop.maison.example:8443/a?b=1" } } });
  const [rewrite] = gatewayRoutes(
    client({
      rules: [{
        matches: [{ path: { type: "PathPrefix", value: "/api" } }], backendRefs,
        filters: [
          { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } },
          { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "X-By", value: "door" }], remove: ["Server"] } },
        ],
      }],
    }),
    PORTS,
  );
  expect(rewrite!.middlewares[0]!.request!(request("/api/users?x=1"))).toMatchObject({ path: "/users?x=1" });
  expect(rewrite!.middlewares[0]!.request!(request("/api"))).toMatchObject({ path: "/" });
  expect(rewrite!.middlewares[1]!.response!({ status: 200, headers: { server: "x" }, body: "" }).headers).toEqual({ "x-by": "door" });
});

test("hosts with TLS come with the certificate of their listener", () => {
  expect(gatewayTls(client({ rules: [{ backendRefs }] }))).toEqual([{ host: "shop.maison.example", secret: { namespace: "edge", name: "wildcard" } }]);
});

test.each([
  ["*.maison.example", "a.maison.example", true],
  ["*.maison.example", "a.b.maison.example", false],
  ["*.maison.example", "maison.example", false],
  ["A.maison.example", "a.maison.example", true],
])("host %s and %s: %s", (pattern, host, expected) => expect(hostMatches(pattern, host)).toBe(expected));

test.each([
  ["/foo", "/foo", true],
  ["/foo", "/foo/bar", true],
  ["/foo", "/foobar", false],
  ["/foo/", "/foo", true],
  ["/", "/anything", true],
])("prefix %s and %s: %s", (prefix, path, expected) => expect(prefixMatches(prefix, path)).toBe(expected));
