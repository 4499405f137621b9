/** containerd runs with our unit and our configuration. */
import { CONTAINERD_CERTS, CONTAINERD_CONFIG, CONTAINERD_UNIT, containerdConfigText } from "../manifests/cluster/containerd.ts";
import { containerdHostsText } from "../manifests/cluster/registries.ts";
import { usesContainerd } from "./install-container-runtime.ts";
import type { Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";
import type { WantedFile } from "./wanted-file.ts";

const UNIT = "/etc/systemd/system/containerd.service";

/** Read by containerd at each pull: a change needs no restart. */
export function registryFiles({ homelab }: Pick<Want, "homelab">): WantedFile[] {
  return Object.values(homelab.registries).flatMap((registry) => {
    const text = containerdHostsText(registry);
    return text === undefined ? [] : [{ path: `${CONTAINERD_CERTS}/${registry.name}/hosts.toml`, content: { text: `# kubernest\n${text}` }, mode: "0644" }];
  });
}

function files(want: Want): { unitFiles: WantedFile[]; configuration: WantedFile[] } {
  return {
    unitFiles: [{ path: UNIT, content: { text: CONTAINERD_UNIT }, mode: "0644" }],
    configuration: [{ path: CONTAINERD_CONFIG, content: { text: containerdConfigText(want.homelab) }, mode: "0644" }],
  };
}

export const runContainerd: Step = {
  id: "run-containerd",
  summary: "runs containerd with systemd's cgroups",
  concerns: usesContainerd,
  questions(want) {
    const { unitFiles, configuration } = files(want);
    return { files: [...unitFiles, ...configuration].map(({ path }) => path), units: ["containerd.service"] };
  },
  decide: (facts, want) => unitChanges(facts, want, { step: "run-containerd", unit: "containerd.service", ...files(want), restartRisk: "disrupts", hint: "journalctl -u containerd shows what it says" }),
};
