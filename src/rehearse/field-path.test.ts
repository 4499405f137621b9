import { expect, it } from "vitest";
import { nearestField, parseFieldPath } from "./field-path.ts";

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "printer" }, spec: { ports: [{ port: 80, protocol: "UDP" }, { port: 80 }, { port: 631, name: "a,b" }] } };

it.each([
  ["spec.ports[1].name", ["spec", "ports", 1, "name"]],
  ['spec.ports[port=80,protocol="TCP"].protocl', ["spec", "ports", 1, "protocl"]],
  ['spec.ports[port=80,protocol="UDP"]', ["spec", "ports", 0]],
  ['spec.ports[name="a,b"].port', ["spec", "ports", 0, "port"]],
  ["spec.ports[port=81].name", ["spec", "ports"]],
  ["spec.selector[app=web].x", ["spec", "selector"]],
  ["data[nginx.conf]", ["data", "nginx.conf"]],
  ["", []],
])("%s", (text, path) => {
  expect(parseFieldPath(text, service)).toEqual(path);
});

it("knows the field that was meant, of kinds that Kubernetes has", () => {
  expect(nearestField(service, ["spec", "ports", 0, "protocl"])).toBe("protocol");
  expect(nearestField(service, ["spec", "nothingLikeIt"])).toBeUndefined();
  expect(nearestField({ apiVersion: "example.com/v1", kind: "Sauna" }, ["spec", "heat"])).toBeUndefined();
});
