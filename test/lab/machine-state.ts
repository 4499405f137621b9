/** The end of a preparation, to be compared: what is on the disk, what runs, what the kernel was told; without times, logs and what daemons keep for themselves. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Made anew by each machine, or written at each start. */
const OWN = /^\/etc\/(?:ld\.so\.cache|machine-id|mtab|\.updated|(?:passwd|group|shadow|gshadow|subuid|subgid)-)$|^\/var\/lib\/kubernest\/originals\/files$/;

/** By path: content, mode and owner of every file that the machine wrote below these. */
export function writtenFiles(machineDirectory: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (directory: string, path: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const [real, seen] = [join(directory, entry.name), `${path}/${entry.name}`];
      if (OWN.test(seen)) continue;
      const { mode, uid, gid } = lstatSync(real);
      if (entry.isDirectory()) walk(real, seen);
      else if (entry.isSymbolicLink()) found[seen] = `→ ${readlinkSync(real)}`;
      else if (entry.isFile()) found[seen] = `${createHash("sha256").update(readFileSync(real)).digest("hex").slice(0, 16)} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
      else found[seen] = "taken away";
    }
  };
  for (const part of ["etc", "usr/local", "opt", "boot", "root"]) walkIfThere(join(machineDirectory, "upper", part), `/${part}`);
  walkIfThere(join(machineDirectory, "var-lib", "kubernest"), "/var/lib/kubernest");
  return found;

  function walkIfThere(directory: string, path: string): void {
    try {
      walk(directory, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** Asked on the machine, as root: units, packages, kernel settings, names, what was noted for `reset`, whatever order it was noted in. */
export const STATE_SCRIPT = `hostname
sort -u /var/lib/kubernest/originals/files
for u in containerd haproxy kubelet systemd-journald; do echo "$u $(systemctl is-enabled $u 2>&1) $(systemctl is-active $u | sed "s/activating/inactive/")"; done
dpkg-query -f "\\\${Package} \\\${Status}\\n" -W
sysctl -n net.ipv4.ip_forward net.ipv4.ip_nonlocal_bind net.bridge.bridge-nf-call-iptables net.ipv4.conf.all.rp_filter 2>&1
cat /proc/swaps
ctr -n k8s.io images ls -q 2>/dev/null | grep -v @ | grep -v ^sha256 | sort
ls /var/lib/kubernest /run/kubernest | grep -v -e ^lock$`;
