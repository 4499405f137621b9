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
  /** Removes what is still as it was written, or puts back what was there before. */
  remove(): void;
}

/** Where the rehearsal serves, or served, that wrote a kubeconfig: `https://127.0.0.1:6443`. Undefined where none did. */
export function serverOfRehearsal(path: string, io: CommandIo): URL | undefined {
  try {
    const text = io.readFile(isAbsolute(path) ? path : join(io.cwd, path));
    const server = /^ +server: (https:\S+)$/m.exec(text)?.[1];
    return text.startsWith(MARK) && server !== undefined ? new URL(server) : undefined;
  } catch {
    return undefined;
  }
}

/** `givesBack`: what is there is of a rehearsal that goes on. Throws with a text for people when a file is not ours or cannot be written. */
export function writeRehearseFiles(path: string, rehearsal: Rehearsal, io: CommandIo, givesBack: boolean): RehearseFiles {
  const kubeconfig = isAbsolute(path) ? path : join(io.cwd, path);
  const authority = `${kubeconfig}.ca.crt`;
  const written: { path: string; text: string; mode: number; before: string | undefined }[] = [];
  const write = (target: string, text: string, mode: number): void => {
    const before = givesBack && io.exists(target) ? io.readFile(target) : undefined;
    io.writeFile(target, text, { mode });
    written.push({ path: target, text, mode, before });
  };
  const config = `${MARK}${renderKubeconfig({ name: `${rehearsal.homelab.name}-rehearsal`, server: rehearsal.server, authority: rehearsal.authority, client: rehearsal.credentials })}`;
  for (const target of [kubeconfig, authority]) {
    if (path !== KUBECONFIG_DEFAULT && io.exists(target) && !io.readFile(target).startsWith(MARK)) throw new Error(`${target} is there already and is not of a rehearsal`);
  }
  const remove = (): void => {
    // Another rehearsal may have replaced them, a user may have changed them: then they are not ours any more.
    for (const { path: target, text, mode, before } of written) {
      if (!io.exists(target) || io.readFile(target) !== text) continue;
      if (before === undefined) io.remove(target);
      else io.writeFile(target, before, { mode });
    }
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
