/** Changes to a file that are only imagined: what they make of it, and what is said of those that are written wrong. */
import { describe, expect, it } from "vitest";
import { parseChange, withChanges } from "./what-if.ts";

const FILE = {
  machines: { pi1: { address: "192.168.1.11" }, pi2: { address: "192.168.1.12" } },
  site: { box: { kind: "router", connects: ["switch"] }, switch: { kind: "switch", connects: ["pi1", "pi2"] } },
  platform: { ingress: "traefik" },
  apps: { gazette: { image: "ghcr.io/example/gazette:1.4.2", promise: { survives: "one machine" } } },
};

const changed = (...texts: string[]): unknown => withChanges(FILE, texts.map(parseChange));

describe("a change", () => {
  it("sets, adds and takes away, and leaves the file as it is", () => {
    const before = structuredClone(FILE);
    expect(changed("apps.gazette.replicas=2", "apps.gazette.promise=null", "site.switch.connects+=[pi3, pi4]", "apps.gazette.promise.survives+=two machines", "kubernetes.kubelet.maxPods=50")).toEqual({
      ...FILE,
      kubernetes: { kubelet: { maxPods: 50 } },
      site: { ...FILE.site, switch: { kind: "switch", connects: ["pi1", "pi2", "pi3", "pi4"] } },
      apps: { gazette: { image: "ghcr.io/example/gazette:1.4.2", replicas: 2, promise: { survives: ["two machines"] } } },
    });
    expect(FILE).toEqual(before);
  });

  it("makes a list of the one name that stood for it, and adds to maps", () => {
    expect(changed("apps.gazette.promise.survives+=two machines", "machines.pi1+={memory: 8Gi}")).toMatchObject({
      machines: { pi1: { address: "192.168.1.11", memory: "8Gi" } },
      apps: { gazette: { promise: { survives: ["one machine", "two machines"] } } },
    });
  });

  it("gives a machine that is new the next address", () => {
    expect(changed("machines.pi4={}", "site.switch.connects+=pi4")).toMatchObject({ machines: { pi4: { address: "192.168.1.13" } } });
    expect(changed("machines.pi4={address: 192.168.1.40}", "site.switch.connects+=pi4")).toMatchObject({ machines: { pi4: { address: "192.168.1.40" } } });
  });

  it.each([
    ["machines.pi4", '"machines.pi4" is no change: write path=value, such as machines.pi4={address: 192.168.1.14}'],
    ["machines..pi4=1", '"machines..pi4" is no path of the file: write names with dots between them, such as apps.gazette.replicas'],
    ["apps.gazette.replicas=", "apps.gazette.replicas= has no value: apps.gazette.replicas=null takes the field away"],
    ["apps.gazette={replicas: [}", "the value of apps.gazette is not YAML: "],
    ["platform.ingress.replicas=2", 'platform.ingress.replicas=2: platform.ingress is written short, as "traefik"; give the whole of it: platform.ingress={…}'],
    ["site.switch.connects.pi1=x", "site.switch.connects is a list: give the whole of it, or add to it with +="],
    ["machines.pi4={}", "pi4 hangs on no part of the site: say on which, such as --what-if 'site.switch.connects+=pi4'"],
    ["machines+=pi4", "machines is a map: add a map to it, such as machines+={name: value}"],
  ])("%s is refused, with how to write it", (text, message) => {
    expect(() => changed(text)).toThrow(message);
  });
});
