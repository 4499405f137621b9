/** The machine is called as the file calls it: Kubernetes names the node after it. */
import type { Step } from "./step.ts";

export const setHostname: Step = {
  id: "set-hostname",
  summary: "gives the machine the name that the file gives it",
  concerns: () => true,
  questions: () => ({ files: ["/etc/hostname"] }),
  decide(facts, { machine }) {
    const file = facts.files["/etc/hostname"];
    const written = file?.kind === "file" ? (file.content ?? "").trim() : "";
    const { hostname } = machine;
    if (facts.names.hostname === hostname && written === hostname) return [];
    // A node keeps the name that it joined with: another one would be another node.
    if (facts.names.hostname !== hostname && (facts.kubernetes.kubeadm?.hasJoined === true || facts.kubernetes.k3s !== undefined))
      return { refused: `it is called ${facts.names.hostname} and already part of a cluster by that name; the file calls it ${hostname}`, hint: `set machines.${machine.name}.hostname to ${facts.names.hostname}, or take the machine out first (kubernest reset ${machine.name})` };
    return [
      {
        step: "set-hostname",
        summary: `call it ${hostname}`,
        why: facts.names.hostname === hostname ? `/etc/hostname says ${written || "nothing"}` : `it is called ${facts.names.hostname}`,
        risk: "safe",
        run: [
          { do: "write-file", path: "/etc/hostname", content: { text: `${hostname}\n` }, mode: "0644", owner: "root:root", before: undefined, keepsOriginal: true, ...(file?.kind === "file" && file.content !== undefined ? { previous: file.content } : {}) },
          { do: "script", script: { text: `hostnamectl set-hostname ${hostname} 2>/dev/null || hostname ${hostname}` }, shown: `hostnamectl set-hostname ${hostname}`, deadlineMs: 20_000 },
        ],
      },
    ];
  },
};
