/** `kubernest ssh-key`: puts your public key on machines that let you in by password only. ssh itself asks for the password; it never passes through here. */
import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Machine } from "../../config/homelab.ts";
import { chosenMachines } from "../chosen-machines.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";

const KEYS = ["id_ed25519.pub", "id_ed25519_sk.pub", "id_ecdsa.pub", "id_rsa.pub"];

const HELP = `
Takes your own key (~/.ssh/id_ed25519.pub, or the first that is there), or that of machines.NAME.ssh.key. Where there is none:

  ssh-keygen -t ed25519

Machines must be known first: kubernest trust. A key that is there already is not added twice.

Exit codes:
  0  every machine has the key
  1  one does not: its reason is printed
`;

export const sshKeyCommand: CommandModule = {
  configure(command) {
    command.argument("[machines...]", "machines, roles, or all (default: all)").option("-c, --config <file>", "the homelab file").option("--key <file>", "another public key").addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const homelab = await loadOrReport(homelabFile(options, io), io);
    if (typeof homelab === "number") return homelab;
    const machines = chosenMachines(homelab, args.length === 0 ? ["all"] : args);
    if (typeof machines === "string") {
      io.stderr(`${machines}\n`);
      return EXIT.failed;
    }
    let failedCount = 0;
    // One after the other: ssh asks for a password on the terminal.
    for (const machine of machines) {
      const key = publicKey(machine, options["key"] as string | undefined, io);
      if (key === undefined) {
        io.stderr(`${machine.name}: no public key was found. Make one with: ssh-keygen -t ed25519\n`);
        return EXIT.failed;
      }
      const code = machine.address === undefined ? undefined : await putKey(machine, key, io);
      if (code === 0) io.stderr(`${machine.name}: has your key\n`);
      else {
        failedCount++;
        io.stderr(`${machine.name}: ${code === undefined ? "no address in the file" : `ssh ended with ${code}; is the machine known (kubernest trust ${machine.name}), does it take passwords?`}\n`);
      }
    }
    return failedCount > 0 ? EXIT.failed : EXIT.done;
  },
};

function publicKey(machine: Machine, named: string | undefined, io: CommandIo): string | undefined {
  const home = io.env["HOME"] ?? homedir();
  const own = machine.ssh.key?.replace(/^~(?=\/)/, home);
  const paths = named !== undefined ? [named] : own !== undefined ? [`${own}.pub`] : KEYS.map((name) => join(home, ".ssh", name));
  const path = paths.find((candidate) => io.exists(candidate));
  const text = path === undefined ? undefined : io.readFile(path).trim();
  return text !== undefined && /^(ssh|ecdsa|sk)-\S+ \S+/.test(text) ? text : undefined;
}

/** The key goes by standard input, so that no shell of any kind reads it. */
const PUT = 'umask 077; mkdir -p .ssh; touch .ssh/authorized_keys; IFS= read -r k; grep -qxF "$k" .ssh/authorized_keys || { [ -z "$(tail -c1 .ssh/authorized_keys)" ] || echo >>.ssh/authorized_keys; printf "%s\\n" "$k" >>.ssh/authorized_keys; }';

function putKey(machine: Machine, key: string, io: CommandIo): Promise<number> {
  const configFile = io.env["KUBERNEST_SSH_CONFIG"];
  const args = [
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...["StrictHostKeyChecking=yes", "RemoteCommand=none", "ClearAllForwardings=yes", "ControlMaster=no", "ControlPath=none"].flatMap((option) => ["-o", option]),
    ...(machine.ssh.jump === undefined ? [] : ["-J", machine.ssh.jump]),
    ...(machine.ssh.port === 22 ? [] : ["-p", String(machine.ssh.port)]),
    "-l", machine.ssh.user, machine.address!, `exec sh -c '${PUT}'`,
  ];
  return new Promise((resolve) => {
    const child = spawn("ssh", args, { stdio: ["pipe", "inherit", "inherit"], env: { ...io.env } });
    child.on("error", () => resolve(127));
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${key}\n`);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
