/** Where `up` finds and keeps secrets: where `kubernest secret` has them, wherever either is typed. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadText } from "../../test/render/load-example.ts";
import type { CommandIo } from "./command.ts";
import { openSecretsOf } from "./homelab-secrets.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-secrets-"));
  mkdirSync(join(directory, "homes"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it.each([
  ["homes/homelab.yaml", "", "homes/secrets.sops.yaml"],
  ["homes/homelab.yaml", "secrets: { file: kept/own.yaml }", "homes/kept/own.yaml"],
  ["homelab.yaml", "", "secrets.sops.yaml"],
])("are beside %s with %j", async (file, more, place) => {
  mkdirSync(join(directory, "homes/kept"));
  let told = "";
  const io = { cwd: directory, env: { HOME: directory }, stderr: (text: string) => void (told += text) } as unknown as CommandIo;
  const homelab = await loadText(`name: a\nmachines: { pi1: { roles: [control-plane, worker] } }\n${more}\n`);
  const secrets = await openSecretsOf(homelab, file, io);
  if (typeof secrets === "number") throw new Error(told);
  expect(await secrets.ensure([{ name: "made", make: () => "value" }])).toBe(true);
  expect(existsSync(join(directory, place))).toBe(true);
  expect(told).toContain(`made: made, and kept in ${place}\n`);
  const again = await openSecretsOf(homelab, join(directory, file), { ...io, cwd: tmpdir() } as CommandIo);
  expect(typeof again === "number" ? undefined : again.get("made")).toBe("value");
});
