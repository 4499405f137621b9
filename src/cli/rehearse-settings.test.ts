/** What `rehearse` takes, and what it refuses in one line. */
import { describe, expect, it } from "vitest";
import { rehearseSettings } from "./rehearse-settings.ts";

describe("the settings of rehearse", () => {
  it("have defaults", () => {
    expect(rehearseSettings({}, "homelab.yaml")).toEqual({ file: "homelab.yaml", isOnce: false, isVirtual: false, isWatching: false, output: "table", kubeconfig: ".kubernest/kubeconfig", ports: {}, factor: 30, seed: "1", snapshot: undefined, events: undefined });
  });

  it("take 0 as any free port, also thrice", () => {
    expect(rehearseSettings({ port: "0", httpPort: "0", httpsPort: "0" }, "f")).toMatchObject({ ports: { api: 0, http: 0, https: 0 } });
  });

  it("end a virtual rehearsal when all is ready", () => {
    expect(rehearseSettings({ virtual: true, seed: "7" }, "f")).toMatchObject({ isOnce: true, isVirtual: true, seed: "7" });
  });

  it.each([
    [{ speed: "0" }, "--speed takes a number above 0 and up to 10000, not 0"],
    [{ speed: "-1" }, "--speed takes a number above 0 and up to 10000, not -1"],
    [{ speed: "fast" }, "--speed takes a number above 0 and up to 10000, not fast"],
    [{ speed: "10001" }, "--speed takes a number above 0 and up to 10000, not 10001"],
    [{ port: "http" }, "--port takes a port from 1 to 65535 (0 for any free one), not http"],
    [{ port: "" }, "--port takes a port from 1 to 65535 (0 for any free one), not "],
    [{ httpPort: "80.5" }, "--http-port takes a port from 1 to 65535 (0 for any free one), not 80.5"],
    [{ httpsPort: "70000" }, "--https-port takes a port from 1 to 65535 (0 for any free one), not 70000"],
    [{ port: "7001", httpPort: "7001" }, "--http-port is 7001, as another; each needs its own"],
    [{ virtual: true, httpPort: "8080" }, "--virtual opens no socket and waits for nothing, so --http-port has no meaning with it"],
    [{ virtual: true, watch: true }, "--virtual opens no socket and waits for nothing, so --watch has no meaning with it"],
    [{ virtual: true, kubeconfig: "x" }, "--virtual opens no socket and waits for nothing, so --kubeconfig has no meaning with it"],
    [{ once: true, watch: true }, "--once ends when all is ready, so there is nothing left to --watch"],
  ])("refuse %j", (given, why) => {
    expect(rehearseSettings(given, "homelab.yaml")).toBe(why);
  });
});
