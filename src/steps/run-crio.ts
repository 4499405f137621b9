/** CRI-O runs with our unit, our configuration, and the registries that the file names. */
import { CRIO_CONFIG, CRIO_POLICY, CRIO_POLICY_TEXT, CRIO_REGISTRIES, CRIO_UNIT, CRIO_UNIT_PATH, crioConfigText, crioRegistriesText } from "../manifests/cluster/crio.ts";
import { usesCrio } from "./install-container-runtime.ts";
import type { Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";
import { isThere, type WantedFile } from "./wanted-file.ts";

function files({ homelab }: Want): { unitFiles: WantedFile[]; configuration: WantedFile[] } {
  return {
    unitFiles: [{ path: CRIO_UNIT_PATH, content: { text: CRIO_UNIT }, mode: "0644" }],
    configuration: [
      { path: CRIO_CONFIG, content: { text: crioConfigText(homelab) }, mode: "0644" },
      { path: CRIO_REGISTRIES, content: { text: crioRegistriesText(homelab) }, mode: "0644" },
    ],
  };
}

export const runCrio: Step = {
  id: "run-crio",
  summary: "runs CRI-O with systemd's cgroups",
  concerns: usesCrio,
  questions(want) {
    const { unitFiles, configuration } = files(want);
    return { files: [CRIO_POLICY, ...[...unitFiles, ...configuration].map(({ path }) => path)], units: ["crio.service"] };
  },
  decide(facts, want) {
    const { unitFiles, configuration } = files(want);
    // Whose signatures are asked for is the machine's owner's to say: a policy that is there stays.
    const policy: WantedFile[] = isThere(facts, CRIO_POLICY) ? [] : [{ path: CRIO_POLICY, content: { text: CRIO_POLICY_TEXT }, mode: "0644" }];
    return unitChanges(facts, want, { step: "run-crio", unit: "crio.service", unitFiles, configuration: [...policy, ...configuration], restartRisk: "disrupts", hint: "journalctl -u crio shows what it says" });
  },
};
