import { describe, expect, it } from "vitest";
import { intervalDays, retentionDays } from "./apps/backup-plan.ts";
import { addressAt } from "./cluster-addresses.ts";
import { dnsName, dnsPart, imageRegistry, imageVersion } from "./names.ts";
import { isKubeletLabel } from "./node-labels.ts";
import { repositoryName } from "./platform/renovate.ts";
import { pathText } from "./rendered.ts";

describe("names", () => {
  it.each([
    ["nginx", "docker.io"], ["library/nginx:1", "docker.io"], ["ghcr.io/example/a:1", "ghcr.io"], ["registry.example:5000/a", "registry.example:5000"], ["localhost/a", "localhost"], ["localhost:5000/a@sha256:00", "localhost:5000"],
  ])("the registry of %s is %s", (image, registry) => expect(imageRegistry(image)).toBe(registry));

  it.each([
    ["ghcr.io/example/a:1.4.2", "1.4.2"], ["registry.example:5000/a", undefined], ["a:1.0@sha256:00", "1.0"], ["a", undefined], ["a:v1_2", "v1_2"], ["a:1.", undefined],
  ])("the version of %s is %s", (image, version) => expect(imageVersion({ image })).toBe(version));

  it.each([["ghcr-token", "ghcr-token"], ["GHCR_TOKEN", "ghcr-token"], ["a b/c", "a-b-c"], ["--", "x"]])("%s is fit as %s", (text, name) => expect(dnsName(text)).toBe(name));

  it("cuts at forty characters, never at a dash", () => expect(dnsPart(`${"a".repeat(39)}-bcd`)).toBe("a".repeat(39)));

  it("writes paths as people do", () => {
    expect(pathText(["apps", "gazette", "host"])).toBe("apps.gazette.host");
    expect(pathText(["registries", "ghcr.io"])).toBe("registries[\"ghcr.io\"]");
    expect(pathText(["patches", 0])).toBe("patches[0]");
  });
});

describe("addressAt", () => {
  it.each([
    ["10.43.0.0/16", 10, "10.43.0.10"], ["10.96.0.0/12", 1, "10.96.0.1"], ["10.233.128.0/18", 10, "10.233.128.10"], ["2001:db8:43::/112", 10, "2001:db8:43::a"], ["192.168.1.250/24", 1, "192.168.1.1"], ["10.0.0.240/28", 10, "10.0.0.250"], ["10.0.0.0/8", 300, "10.0.1.44"],
  ])("%s, %i is %s", (range, index, address) => expect(addressAt(range, index)).toBe(address));
  it("has no answer for what is no range", () => expect(addressAt("nonsense", 1)).toBeUndefined());
});

describe("backup plans", () => {
  it.each([["0 3 * * *", 1], ["0 3 * * 0", 7], ["0 3 1 * *", 31], ["0 */6 * * *", 1], ["0 3 * * 1-5", 3]])("%s leaves at most %i days", (schedule, days) => expect(intervalDays(schedule)).toBe(days));
  it("keep as many days as copies reach back", () => expect(retentionDays({ schedule: "0 3 * * 0", keep: 4 })).toBe(28));
});

describe("labels of a kubelet", () => {
  // NodeRestriction admission: what a kubelet may set on its own node.
  it.each([["disk", true], ["site.kubernest.dev/ups", true], ["my.topology/rack", true], ["topology.kubernetes.io/zone", true], ["node.kubernetes.io/x", true], ["node-role.kubernetes.io/infra", false], ["kubernetes.io/role", false], ["x.k8s.io/y", false]])("%s: %s", (key, allowed) => expect(isKubeletLabel(key)).toBe(allowed));
});

describe("repositoryName", () => {
  it.each([
    ["https://github.com/example/homelab.git", "github.com", "example/homelab"], ["git@git.example.org:example/homelab.git", "git.example.org", "example/homelab"], ["ssh://git@git.example.org:2222/example/homelab", "git.example.org", "example/homelab"],
  ])("%s", (url, host, name) => expect(repositoryName(url)).toEqual({ host, name }));
});
