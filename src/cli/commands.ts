/** Every command, in the order `--help` lists them. The modules are loaded when they are called. */
import type { CommandEntry } from "./command.ts";

export const COMMANDS: readonly CommandEntry[] = [
  { name: "init", summary: "Write a homelab file: from a few questions, or from one of five templates", load: async () => (await import("./commands/init.ts")).initCommand },
  { name: "check", summary: "Check the homelab file: all findings at once, with line, reason and fix", load: async () => (await import("./commands/check.ts")).checkCommand },
  { name: "explain", summary: "Show the file in its long form, each default with its reason", load: async () => (await import("./commands/explain.ts")).explainCommand },
  { name: "render", summary: "Write every Kubernetes object the homelab implies", load: async () => (await import("./commands/render.ts")).renderCommand },
  { name: "rehearse", summary: "Run the homelab on an embedded cluster: kubectl, curl and browsers can use it", load: async () => (await import("./commands/rehearse.ts")).rehearseCommand },
  { name: "prove", summary: "Lose each machine and each part of the site in turn: what holds, for how long it is gone, what is lost", load: async () => (await import("./commands/prove.ts")).proveCommand },
  { name: "fit", summary: "Say what fits now, with one machine less, with two; what room is left, and for how many more copies", load: async () => (await import("./commands/fit.ts")).fitCommand },
  { name: "scenario", summary: "Tell what happened to others: list, show and run scenarios, or begin one of your own", load: async () => (await import("./commands/scenario.ts")).scenarioCommand },
  { name: "trust", summary: "Learn the host keys of new machines: fingerprints are shown, then asked for", load: async () => (await import("./commands/trust.ts")).trustCommand },
  { name: "ssh-key", summary: "Put your public key on machines that let you in by password", load: async () => (await import("./commands/ssh-key.ts")).sshKeyCommand },
  { name: "plan", summary: "Show what would be changed on the machines, before anything happens", load: async () => (await import("./commands/plan.ts")).planCommand },
  { name: "up", summary: "Make it so: prepare the machines, form the cluster, apply what the file describes", load: async () => (await import("./commands/up.ts")).upCommand },
  { name: "status", summary: "Show what is, against what should be: machines, nodes, etcd, ports, certificates, apps", load: async () => (await import("./commands/status.ts")).statusCommand },
  { name: "node", summary: "Add, remove or replace a machine of the cluster, alive or dead; the file is changed with it", load: async () => (await import("./commands/node.ts")).nodeCommand },
  { name: "kubeconfig", summary: "Get the way into the real cluster: printed, to a file, or merged into kubectl's own", load: async () => (await import("./commands/kubeconfig.ts")).kubeconfigCommand },
  { name: "secret", summary: "List, set, read and remove secrets in the homelab's SOPS file, and say who can open it", load: async () => (await import("./commands/secret.ts")).secretCommand },
  { name: "exec", summary: "Run a command on several machines at once", load: async () => (await import("./commands/exec.ts")).execCommand },
  { name: "ssh", summary: "Open a session on a machine of the file", load: async () => (await import("./commands/ssh.ts")).sshCommand },
  { name: "reset", summary: "Take Kubernetes off the machines, and put back what was there before", load: async () => (await import("./commands/reset.ts")).resetCommand },
  { name: "lab", summary: "Make real Linux machines on this one computer, to try the homelab on", load: async () => (await import("./commands/lab.ts")).labCommand },
  { name: "schema", summary: "Print the JSON Schema of the homelab file or of scenarios, for editors", load: async () => (await import("./commands/schema.ts")).schemaCommand },
];
