/** GitOps, the git forge and image updates. */
import type { z } from "zod";
import type { GitForge, GitOps, Platform } from "../homelab.ts";
import type { gitForge as gitForgeSchema, gitOps as gitOpsSchema, imageUpdates as imageUpdatesSchema } from "../schema/delivery.ts";
import { duration, quantity, type Expansion } from "./expansion.ts";
import { fullHost } from "./host.ts";
import { expandNotifications, hostOf } from "./monitoring.ts";
import { cronOf } from "./schedule.ts";

export function expandGitOps(input: z.input<typeof gitOpsSchema>, domain: string | undefined, homelabName: string, e: Expansion): GitOps {
  const path = ["platform", "gitops"];
  const by = e.or<GitOps["by"]>([...path, "by"], input.by, "flux", "small, and needs no interface");
  return {
    by,
    repository: input.repository,
    branch: e.or([...path, "branch"], input.branch, "main", "what git hosts call the first branch"),
    path: e.or([...path, "path"], input.path, `clusters/${homelabName}`, "where Flux' own instructions put a cluster"),
    credentials: input.credentials,
    interval: duration(e.or([...path, "interval"], input.interval, "10m", "soon enough for a home")),
    timeout: duration(e.or([...path, "timeout"], input.timeout, "10m", "slow disks pull slowly")),
    prune: e.or([...path, "prune"], input.prune, true, "the repository is the truth"),
    host: by === "argocd" ? hostOf(input.host, "argocd", domain, [...path, "host"], e) : input.host === undefined ? undefined : fullHost(input.host, domain),
    notifications: expandNotifications(input.notifications),
  };
}

export function expandGit(input: z.input<typeof gitForgeSchema>, domain: string | undefined, e: Expansion): GitForge {
  const path = ["platform", "git"];
  return {
    by: e.or<GitForge["by"]>([...path, "by"], input.by, "forgejo", "small, and free"),
    // The schema's rule asks for a full host where there is no domain.
    host: hostOf(input.host, "git", domain, [...path, "host"], e) ?? "git",
    size: quantity(e.or([...path, "size"], input.size, "10Gi", "enough for a home")),
    runners: e.or([...path, "runners"], input.runners, 1, "one job at a time"),
  };
}

export function expandImageUpdates(input: z.input<typeof imageUpdatesSchema>, e: Expansion): NonNullable<Platform["imageUpdates"]> {
  const path = ["platform", "imageUpdates"];
  return {
    by: e.or<"renovate" | "flux">([...path, "by"], input.by, "renovate", "it opens a change to read before it is made"),
    schedule: cronOf(e.or([...path, "schedule"], input.schedule, "0 3 * * 1", "Monday morning")),
  };
}
