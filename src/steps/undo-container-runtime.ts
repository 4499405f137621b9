/** Takes our containerd or CRI-O away, with its images and containers. One that a package brought stays. */
import { CONTAINERD_CONFIG } from "../manifests/cluster/containerd.ts";
import { CRIO_REGISTRIES, CRIO_UNIT_PATH } from "../manifests/cluster/crio.ts";
import { CRIO_PLACED } from "./install-container-runtime.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Change } from "./change.ts";
import type { Step } from "./step.ts";
import { contentOf, isItself, isThere } from "./wanted-file.ts";

const UNIT = "/etc/systemd/system/containerd.service";
const BINARIES = ["/usr/local/bin/containerd", "/usr/local/bin/containerd-shim-runc-v2", "/usr/local/bin/ctr", "/usr/local/sbin/runc"];
const DATA = ["/etc/containerd", "/var/lib/containerd", "/run/containerd"];

const CRIO_BINARIES = CRIO_PLACED.map(({ path }) => path);
const CRIO_DATA = ["/etc/crio", "/run/crio", "/run/crun"];
/** Podman's and buildah's as well, where they are used: then only Kubernetes' own containers go. */
const CRIO_STORAGE = "/var/lib/containers";

/** By CRI-O's unit alone it is known whose it is: crictl may be another's. */
function undoCrio(facts: MachineFacts): Change[] {
  if (!contentOf(facts, CRIO_UNIT_PATH).startsWith("# kubernest")) return [];
  const binaries = CRIO_BINARIES.filter((path) => isItself(facts, path));
  const data = CRIO_DATA.filter((path) => isThere(facts, path));
  const storage = `if command -v podman >/dev/null 2>&1 || command -v buildah >/dev/null 2>&1; then echo "${CRIO_STORAGE} stays: podman or buildah is there"; else awk '$2 ~ "^${CRIO_STORAGE}/" { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount "$mount" || umount -l "$mount"; done; rm -rf -- ${CRIO_STORAGE}; fi`;
  const text = `crictl --runtime-endpoint unix:///run/crio/crio.sock rmp --all --force 2>/dev/null || :
systemctl disable --now crio 2>/dev/null || :
pgrep -f '^/usr/local/bin/crio-conmon' | xargs -r kill -9 2>/dev/null || :
${storage}
rm -rf -- ${[CRIO_UNIT_PATH, CRIO_REGISTRIES, ...binaries, ...data].join(" ")}
systemctl daemon-reload
systemctl reset-failed crio 2>/dev/null || :`;
  return [{ step: "undo-container-runtime", summary: "take CRI-O away, with its images and containers", why: "it was put here for Kubernetes", risk: "destroys", run: [{ do: "script", script: { text }, shown: `systemctl disable --now crio; rm -rf ${[CRIO_UNIT_PATH, CRIO_REGISTRIES, ...binaries, ...data, CRIO_STORAGE].join(" ")}`, deadlineMs: 5 * 60_000 }] }];
}

export const undoContainerRuntime: Step = {
  id: "undo-container-runtime",
  summary: "takes containerd or CRI-O away, with its images",
  concerns: () => true,
  questions: () => ({ files: [UNIT, CONTAINERD_CONFIG, ...DATA, CRIO_UNIT_PATH, ...CRIO_DATA], stamps: [...BINARIES, ...CRIO_BINARIES], units: ["containerd.service"] }),
  decide(facts) {
    const isOurs = contentOf(facts, UNIT).startsWith("# kubernest");
    const binaries = BINARIES.filter((path) => isItself(facts, path));
    const data = DATA.filter((path) => isThere(facts, path));
    // Without our unit, what is there is ours only when our binaries are.
    if (!isOurs && binaries.length === 0) return undoCrio(facts);
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
    return [change, ...undoCrio(facts)];
  },
};
