/** What every Linux machine has beside its shell, and a computer with Node and npm alone has not: what our scripts call, tried here by this computer's own programs. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { userInfo } from "node:os";
import { beforeEach } from "vitest";

const PROGRAMS = ["awk", "cat", "chmod", "cp", "cut", "dd", "grep", "head", "id", "ls", "mkdir", "mktemp", "mountpoint", "mv", "od", "rm", "sed", "seq", "sha256sum", "sleep", "sort", "stat", "tail", "tr", "wc"];

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why the scripts of machines cannot be tried here. */
function whyNoUserland(): string | undefined {
  if (process.platform !== "linux") return "the scripts are for Linux";
  const missing = PROGRAMS.filter((program) => !isInstalled(program));
  return missing.length === 0 ? undefined : `this computer has no ${missing.slice(0, 3).join(", ")}${missing.length > 3 ? " and other programs of every machine" : ""}`;
}

export const noUserland = whyNoUserland();
export const noTar = isInstalled("tar") ? undefined : "tar is not installed";

/** At the head of a file whose tests run scripts of machines: all of them are skipped where that cannot be. */
export function needsUserland(): void {
  beforeEach((context) => {
    if (noUserland !== undefined) context.skip(noUserland);
  });
}

/** `root:root`, as `stat` tells whose the files are that this process makes. */
export function ownerHere(): string {
  const { stdout, status } = spawnSync("id", ["-gn"], { encoding: "utf8" });
  const { username } = userInfo();
  return `${username}:${status === 0 ? stdout.trim() : username}`;
}
