/** More may be lost than was promised, since the last backup is too old or there is none: one often enough. */
import { longestGapMs } from "../../../manifests/apps/backup-plan.ts";
import type { App, AppPromise } from "../../../config/homelab.ts";
import type { AdviceRule } from "./advice-rule.ts";

/** Rarest first; each is kept for about as long as people take to notice. */
const PLANS = [
  { every: "week", schedule: "0 3 * * 0", keep: 4 },
  { every: "day", schedule: "0 3 * * *", keep: 7 },
  { every: "hour", schedule: "0 * * * *", keep: 24 },
] as const;

export const BACKUP_OFTENER: AdviceRule = {
  id: "backup-oftener",
  propose: ({ homelab, app, judged }) => {
    const plan = PLANS.find(({ schedule }) => longestGapMs(schedule) <= allowedMs(app.promise!));
    if (plan === undefined || homelab.platform.backups === undefined) return [];
    return judged.worst!.app.lost.flatMap(({ what, extent }) => {
      const place = extent === "last writes" ? undefined : placeOf(app, what);
      return place === undefined ? [] : [{ text: `a backup of the ${what} each ${plan.every}`, ways: [[`apps.${app.name}.${place}.backup={every: ${plan.every}, keep: ${plan.keep}}`]] }];
    });
  },
};

const allowedMs = ({ loses }: AppPromise): number => (loses.kind === "nothing" ? 0 : loses.kind === "writes" ? loses.within.ms : Number.POSITIVE_INFINITY);

/** `volume config` → `volumes.config` */
function placeOf(app: App, what: string): string | undefined {
  const [kind, name = ""] = what.split(" ");
  if (kind === "volume" && app.volumes[name] !== undefined) return `volumes.${name}`;
  return kind === "database" && app.databases[name] !== undefined ? `databases.${name}` : undefined;
}
