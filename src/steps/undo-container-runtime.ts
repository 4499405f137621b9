/** Takes our containerd away, with its images and containers. One that a package brought stays. */
import { CONTAINERD_CONFIG } from "../manifests/cluster/containerd.ts";
import type { Change } from "./change.ts";
import type { Step } from "./step.ts";
import { contentOf, isItself, isThere } from "./wanted-file.ts";

const UNIT = "/etc/systemd/system/containerd.service";
const BINARIES = ["/usr/local/bin/containerd", "/usr/local/bin/containerd-shim-runc-v2", "/usr/local/bin/ctr", "/usr/local/sbin/runc"];
const DATA = ["/etc/containerd", "/var/lib/containerd", "/run/containerd"];

export const undoContainerRuntime: Step = {
  id: "undo-container-runtime",
  summary: "takes containerd away, with its images",
  concerns: () => true,
  questions: () => ({ files: [UNIT, CONTAINERD_CONFIG, ...DATA], stamps: BINARIES, units: ["containerd.service"] }),
  decide(facts) {
    const isOurs = contentOf(facts, UNIT).startsWith("# kubernest");
    const binaries = BINARIES.filter((path) => isItself(facts, path));
    const data = DATA.filter((path) => isThere(facts, path));
    // Without our unit, what is there is ours only when our binaries are.
    if (!isOurs && binaries.length === 0) return [];
    const change: Change = {
      step: "undo-container-runtime",
      summary: "take containerd away, with its images and containers",
      why: "it was put here for Kubernetes",
      risk: "destroys",
      run: [
        {
          do: "script",
          script: {
            text: `systemctl disable --now containerd 2>/dev/null || :
pgrep -f '^/usr/local/bin/containerd-shim-runc-v2' | xargs -r kill -9 2>/dev/null || :
awk '$2 ~ "^(/run/containerd|/var/lib/containerd/)" { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount "$mount" || umount -l "$mount"; done
rm -f -- ${UNIT} ${binaries.join(" ")}
for path in ${data.join(" ")}; do if mountpoint -q "$path"; then find "$path" -mindepth 1 -delete; else rm -rf -- "$path"; fi; done
systemctl daemon-reload
systemctl reset-failed containerd 2>/dev/null || :`,
          },
          shown: `systemctl disable --now containerd; rm -rf ${[UNIT, ...binaries, ...data].join(" ")}`,
          deadlineMs: 5 * 60_000,
        },
      ],
    };
    return [change];
  },
};
