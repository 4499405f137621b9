/** Commands that jobs and containers run are ones that the tools still have. */
import type { Check } from "./check.ts";
import { textsOf } from "./derived/texts.ts";

const GONE: readonly { test: RegExp; what: string; instead: string }[] = [
  { test: /\bkubeadm\s+alpha\s+certs\b/, what: "kubeadm alpha certs left kubeadm with 1.21", instead: "Use kubeadm certs renew all." },
  { test: /\bkubeadm\s+alpha\s+kubeconfig\b/, what: "kubeadm alpha kubeconfig left kubeadm with 1.22", instead: "Use kubeadm kubeconfig." },
  { test: /\bkubectl\s+get\s+(?:cs|componentstatus(?:es)?)\b/, what: "component statuses ask the dead ports 10251 and 10252", instead: "Use kubectl get --raw=/readyz?verbose." },
  { test: /\bkubectl\s+run\b.*--generator\b/, what: "kubectl run's generators left with 1.21", instead: "Use kubectl create deployment, or kubectl run for a single pod." },
  { test: /\bkubeadm\s+config\s+upload\b/, what: "kubeadm config upload left kubeadm with 1.24", instead: "Use kubeadm init phase upload-config." },
];

export const commandsCurrent: Check = {
  id: "commands-current",
  severity: "error",
  summary: "Commands in jobs, containers and configuration files are ones that kubeadm and kubectl still have.",
  why: "A cron job with a command that is gone fails each time, unseen until the certificates it should have renewed expire.",
  examples: {
    good: `
      apps:
        care:
          cronJobs:
            renew: { image: ghcr.io/example/kubeadm:1.36.3, schedule: month, command: [kubeadm, certs, renew, all] }`,
    bad: `
      apps:
        care:
          cronJobs:
            renew:
              image: ghcr.io/example/kubeadm:1.36.3
              schedule: month
              command: [kubeadm, alpha, certs, renew, all] # ✗`,
  },
  check({ homelab }) {
    return textsOf(homelab).flatMap(({ text, path }) =>
      GONE.filter((gone) => gone.test.test(text)).map((gone) => ({ path, value: gone.test.exec(text)?.[0], message: gone.what, fix: gone.instead })),
    );
  },
};
