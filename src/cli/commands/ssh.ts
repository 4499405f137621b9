/** `kubernest ssh`: a session on a machine, by the name and with the settings that the file gives. */
import { spawn } from "node:child_process";
import { nearestName } from "../../lib/nearest-name.ts";
import { own } from "../../lib/own.ts";
import { type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";

export const sshCommand: CommandModule = {
  configure(command) {
    command.argument("<machine>", "a machine of the file").argument("[command...]", "run this instead of a shell").option("-c, --config <file>", "the homelab file").addHelpText("after", "\nThe exit code is that of ssh.\n");
  },

  async run([name = "", ...words], options, io) {
    const homelab = await loadOrReport(homelabFile(options, io), io);
    if (typeof homelab === "number") return homelab;
    const machine = own(homelab.machines, name);
    if (machine?.address === undefined) {
      const meant = nearestName(name, Object.keys(homelab.machines));
      io.stderr(machine === undefined ? `There is no machine ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}\n` : `${name} has no address yet: write it at machines.${name}.address\n`);
      return EXIT.failed;
    }
    const { ssh, address } = machine;
    const configFile = io.env["KUBERNEST_SSH_CONFIG"];
    const args = [
      ...(configFile === undefined ? [] : ["-F", configFile]),
      ...(ssh.key === undefined ? [] : ["-i", ssh.key, "-o", "IdentitiesOnly=yes"]),
      ...(ssh.jump === undefined ? [] : ["-J", ssh.jump]),
      ...(ssh.port === 22 ? [] : ["-p", String(ssh.port)]),
      "-l", ssh.user, address, ...words,
    ];
    return new Promise<number>((resolve) => {
      const child = spawn("ssh", args, { stdio: "inherit" });
      child.on("error", () => {
        io.stderr("The OpenSSH client (ssh) is not installed: the package is openssh-client.\n");
        resolve(EXIT.failed);
      });
      child.on("close", (code) => resolve(code ?? EXIT.failed));
    });
  },
};
