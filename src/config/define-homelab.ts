/** What `homelab.ts` calls: it gives the object its type, so that an editor completes and checks it. */
import type { HomelabInput } from "./schema/homelab.ts";

/** Returns the homelab as it is; `kubernest` reads the file's default export. */
export function defineHomelab(homelab: HomelabInput): HomelabInput {
  return homelab;
}
