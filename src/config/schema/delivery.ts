/** How changes reach the cluster: GitOps, a git forge of one's own, newer images. */
import { z } from "zod";
import { notification } from "./monitoring.ts";
import { duration, host, line, memory, oneOf, schedule, secretRef, text, wholeNumber } from "./scalars.ts";

export const gitOps = z.strictObject({
  by: oneOf(["flux", "argocd"]).optional().describe("What follows the repository."),
  repository: text(/^(?:https?:\/\/|ssh:\/\/|git@)\S+$/, "a git URL, such as https://git.maison.example/home/cluster.git").describe("The repository."),
  branch: line.optional().describe("The branch."),
  path: line.optional().describe("The folder in it."),
  credentials: secretRef.optional().describe("A deploy key or token."),
  interval: duration.optional().describe("How often it is read."),
  timeout: duration.optional().describe("How long a change may take to be healthy."),
  prune: z.boolean().optional().describe("Whether what left the repository is deleted."),
  host: host.optional().describe("Where Argo CD's interface answers."),
  notifications: z.array(notification).optional().describe("Whom to tell when it fails."),
});

export const gitForge = z.strictObject({
  by: oneOf(["forgejo"]).optional().describe("The forge."),
  host: host.optional().describe("Where it answers."),
  size: memory.optional().describe("The repositories' volume."),
  runners: wholeNumber(0, 50).optional().describe("Runners of its actions."),
});

export const imageUpdates = z.strictObject({
  by: oneOf(["renovate", "flux"]).optional().describe("Who looks for newer images and opens a change."),
  schedule: schedule.optional().describe("When."),
});
