/**
 * k3s' program, with a verified checksum, and the images that the mirror has, before it is started for the first time. Its configuration comes first: by the mark on it, what
 * comes behind is known as ours. Another version on a machine that has joined is an upgrade's business.
 */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { endpointImages, imageArchive, k3sBinary, k3sImages, type ReleaseFile } from "../manifests/cluster/artifacts.ts";
import { K3S_PROGRAM, k3sUnitPath, k3sUnitVersion } from "../manifests/cluster/k3s-unit.ts";
import { artifactChange } from "./artifact-change.ts";
import type { Change } from "./change.ts";
import { K3S_CONFIG, k3sFiles, k3sRole, usesK3s } from "./k3s-files.ts";
import { renderedImages } from "./preload-images.ts";
import type { Decision, Refusal, Step, Want } from "./step.ts";
import { contentOf, fileChange, isThere } from "./wanted-file.ts";

const STEP = "install-k3s";
/** k3s is these programs too, when it is called by their names. */
const LINKS = ["kubectl", "crictl", "ctr"].map((name) => `/usr/local/bin/${name}`);

interface Laid {
  readonly artifact: ReleaseFile;
  readonly path: string;
}

/** Where k3s looks for images when it starts; one file each, by a name that is theirs alone. */
function images({ homelab, machine }: Pick<Want, "homelab" | "machine">): Laid[] {
  const directory = `${homelab.kubernetes.dataDir}/agent/images`;
  const own = k3sImages(homelab, machine);
  return [
    { artifact: own, path: `${directory}/${own.url.split("/").at(-1)!}` },
    ...[...endpointImages(homelab, machine), ...renderedImages({ homelab, machine })].map((image): Laid => ({ artifact: imageArchive(image, machine), path: `${directory}/${image.replace(/[^A-Za-z0-9.-]/g, "_")}.tar` })),
  ];
}

/** What is wrong with a machine that has something of Kubernetes, or undefined. */
function notOurs(facts: MachineFacts, want: Want): Refusal | undefined {
  const { kubeadm, k3s, others } = facts.kubernetes;
  const { homelab, machine, cluster } = want;
  const role = k3sRole(machine);
  if (others.length > 0) return { refused: `${others.join(", ")} is on it`, hint: "another Kubernetes would fight over ports and networks: remove it first, with its own tool" };
  if (kubeadm !== undefined && (kubeadm.hasJoined || kubeadm.hasEtcdData || kubeadm.isHalfDone)) return { refused: `${kubeadm.isOurs ? "" : "somebody's "}Kubernetes by kubeadm is on it, and the file wants k3s`, hint: kubeadm.isOurs ? `kubernest reset ${machine.name} takes it away` : `if nobody needs it: kubeadm reset on ${machine.name}` };
  if (k3s === undefined) return undefined;
  if (!k3s.isOurs && k3s.hasData) return { refused: "its k3s was installed by another hand", hint: `if nobody needs it: ${k3s.role === "agent" ? "k3s-agent-uninstall.sh" : "k3s-uninstall.sh"} on ${machine.name}, then run the same command again` };
  if (!k3s.hasData) return undefined;
  if (k3s.role !== role) return { refused: `it is a${k3s.role === "agent" ? "n agent" : " server"} of k3s, and the file wants a${role === "agent" ? "n agent" : " server"}`, hint: `kubernest node remove ${machine.name} takes it out; then put it back into the file, and kubernest up` };
  const governing = cluster.governedBy === undefined ? undefined : cluster.machines[cluster.governedBy]?.kubernetes.k3s?.caHash;
  if (k3s.caHash !== undefined && governing !== undefined && k3s.caHash !== governing) return { refused: `it is part of another cluster than ${cluster.governedBy}`, hint: `kubernest reset ${machine.name} takes it out of that one` };
  const version = k3sUnitVersion(contentOf(facts, k3sUnitPath(role)));
  if (version !== undefined && version !== homelab.kubernetes.version) return { refused: `it runs k3s ${version}, and the file wants ${homelab.kubernetes.version}: \`up\` does not upgrade a cluster`, hint: `set kubernetes.version: ${version} for now` };
  return undefined;
}

export const installK3s: Step = {
  id: STEP,
  summary: "installs k3s",
  concerns: usesK3s,
  questions: (want) => ({ stamps: [K3S_PROGRAM, ...images(want).map(({ path }) => path)], files: [K3S_CONFIG, k3sUnitPath(k3sRole(want.machine)), ...LINKS] }),
  decide(facts, want): Decision {
    const refusal = notOurs(facts, want);
    if (refusal !== undefined) return refusal;
    const { k3s } = facts.kubernetes;
    const changes: Change[] = [];
    const [configuration] = k3sFiles(facts, want);
    // Once it is ours, who runs k3s writes it, and starts k3s anew for it.
    const mark = k3s?.isOurs === true ? undefined : fileChange(facts, configuration!, want);
    if (mark !== undefined) changes.push({ step: STEP, summary: `write ${K3S_CONFIG}`, why: mark.why, risk: "safe", run: [mark.action] });
    const program = artifactChange(facts, want, STEP, k3sBinary(want.homelab, want.machine), [{ path: K3S_PROGRAM, mode: "0755" }]);
    if (program !== undefined && "refused" in program) return program;
    if (program !== undefined) changes.push(program);
    for (const link of LINKS) if (!isThere(facts, link)) changes.push({ step: STEP, summary: `link ${link} to k3s`, why: "not there", risk: "safe", run: [{ do: "make-link", path: link, to: K3S_PROGRAM }] });
    if (k3s?.hasJoined === true) return changes;
    for (const { artifact, path } of images(want)) {
      if (want.checksumOf(artifact.url) === undefined) continue;
      const change = artifactChange(facts, want, STEP, artifact, [{ path, mode: "0644" }]);
      if (change !== undefined && !("refused" in change)) changes.push({ ...change, summary: `lay ${artifact.name} ready`, why: "the mirror has it" });
    }
    return changes;
  },
};
