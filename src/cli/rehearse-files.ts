/** The files that a serving rehearsal writes: kubeconfig and authority. A file that is somebody else's is never replaced, and only our own is removed. */
import { isAbsolute, join } from "node:path";
import { renderKubeconfig } from "../rehearse/kubeconfig.ts";
import type { Rehearsal } from "../rehearse/rehearsal.ts";
import type { CommandIo } from "./command.ts";
import { KUBECONFIG_DEFAULT } from "./rehearse-settings.ts";

const MARK = "# Written by kubernest rehearse: replaced when it starts, removed when it ends.\n";

export interface RehearseFiles {
  /** Absolute, so that what is printed works in any directory. */
  kubeconfig: string;
  authority: string;
  /** Removes what is still as it was written. */
  remove(): void;
}

/** Throws with a text for people when a file is not ours or cannot be written. */
export function writeRehearseFiles(path: string, rehearsal: Rehearsal, io: CommandIo): RehearseFiles {
  const kubeconfig = isAbsolute(path) ? path : join(io.cwd, path);
  const authority = `${kubeconfig}.ca.crt`;
  const written: { path: string; text: string }[] = [];
  const write = (target: string, text: string, mode: number): void => {
    io.writeFile(target, text, { mode });
    written.push({ path: target, text });
  };
  const config = `${MARK}${renderKubeconfig({ name: `${rehearsal.homelab.name}-rehearsal`, server: rehearsal.server, authority: rehearsal.authority, client: rehearsal.credentials })}`;
  for (const target of [kubeconfig, authority]) {
    if (path !== KUBECONFIG_DEFAULT && io.exists(target) && !io.readFile(target).startsWith(MARK)) throw new Error(`${target} is there already and is not of a rehearsal`);
  }
  const remove = (): void => {
    // Another rehearsal may have replaced them, a user may have changed them: then they are not ours any more.
    for (const { path: target, text } of written) if (io.exists(target) && io.readFile(target) === text) io.remove(target);
  };
  try {
    write(kubeconfig, config, 0o600);
    // Text before the first BEGIN line is a comment in PEM.
    write(authority, `${MARK}${rehearsal.authority}`, 0o644);
  } catch (error) {
    remove();
    throw error;
  }
  return { kubeconfig, authority, remove };
}
