/**
 * For every step of `up`, a change that a hand makes on a machine, and what `plan` must then say; or why there is none here, and where else it is tried. A step that is in
 * neither list fails a test.
 */

/** By hand, on the machine; what `plan` then says, and how the machine itself shows that it was mended. */
export const CHANGED_BY_HAND: readonly (readonly [byHand: string, change: string, look: string, seen: string])[] = [
  ["hostname other", "set-hostname: call it lb1", "hostname", "lb1"],
  ["echo other >/etc/hostname", "set-hostname: call it lb1", "cat /etc/hostname", "lb1"],
  ["sed -i /cp1/d /etc/hosts", "write-hosts-block: write the machines' names into /etc/hosts", "getent hosts cp1", "192.168.1.12"],
  ["echo nameserver 192.168.1.1 >/etc/resolv.conf", "set-resolvers: ask 192.168.1.1, 192.168.1.9 for names", "cat /etc/resolv.conf", "nameserver 192.168.1.9"],
  ["systemctl enable --now apt-daily.timer", "disable-services: stop apt-daily.timer for good", "systemctl is-enabled apt-daily.timer", "disabled"],
  ["ufw allow 22/tcp; ufw --force enable", "open-firewall: open ufw for 1 more rule", "ufw status", "6443/tcp"],
  ["sysctl -w net.ipv4.ip_nonlocal_bind=0", "set-sysctls: set net.ipv4.ip_nonlocal_bind", "sysctl -n net.ipv4.ip_nonlocal_bind", "1"],
  ["rm /etc/sysctl.d/90-kubernest.conf", "set-sysctls: write /etc/sysctl.d/90-kubernest.conf", "cat /etc/sysctl.d/90-kubernest.conf", "20000 60000"],
  ["systemctl stop haproxy", "run-haproxy: start haproxy", "systemctl is-active haproxy", "active"],
  ["systemctl disable haproxy", "run-haproxy: enable haproxy", "systemctl is-enabled haproxy", "enabled"],
  ["apt-get purge -y ufw", "install-packages: install ufw", "dpkg -s ufw", "install ok installed"],
  ["sed -i s/^PasswordAuthentication.*/PasswordAuthentication\\ yes/ /etc/ssh/sshd_config.d/00-kubernest.conf; systemctl reload ssh", "harden-ssh: let SSH take keys only", "sshd -T", "passwordauthentication no"],
  ["timedatectl set-timezone Asia/Tokyo", "set-time-zone: set the time zone to Europe/Paris", "date +%Z; cat /etc/timezone", "Europe/Paris"],
  ["rm /etc/systemd/journald.conf.d/50-kubernest.conf", "limit-journal: write /etc/systemd/journald.conf.d/50-kubernest.conf,limit-journal: restart systemd-journald", "cat /etc/systemd/journald.conf.d/50-kubernest.conf", "SystemMaxUse=67108864"],
];

/** Steps that a load balancer without a cluster has no use for, or that a lab's machine cannot show. */
export const TRIED_ELSEWHERE: Readonly<Record<string, string>> = {
  "accept-machine": "it changes nothing",
  "settle-reverts": "guarded.lab.ts: a run that is killed between a change and its confirmation",
  "set-address": "mended.lab.ts, by a test of its own: the machine must be given a second address first",
  "turn-swap-off": "swap is the computer's own: by its cases alone",
  "enable-memory-cgroup": "a container has no parameters of a kernel: by its cases alone",
  "keep-time": "a container has the computer's clock: by its cases alone",
  "load-modules": "the computer's kernel has them built in: by its cases; its file in interrupted-preparation.lab.ts",
  "install-container-runtime": "interrupted-preparation.lab.ts: its files, whole or half there; by hand in no lab",
  "set-registries": "by its cases alone",
  "run-containerd": "interrupted-preparation.lab.ts; by hand in no lab",
  "run-crio": "by its cases alone: its release could be had nowhere",
  "install-kubernetes": "cluster.lab.ts: a program that a hand made longer",
  "preload-images": "interrupted-preparation.lab.ts: its images, whole or half there",
  "configure-kubelet": "whole-up.lab.ts, by a file that changed; by hand in no lab",
  "install-k3s": "k3s.lab.ts",
  "run-keepalived": "address.lab.ts: stopped and cut off; by hand in no lab",
  "form-cluster": "interruption.lab.ts: reset, and up again",
  "join-cluster": "cluster.lab.ts: a worker that was reset alone; interruption.lab.ts",
  "invite-machines": "nothing of it stays on a machine",
  "form-k3s-cluster": "k3s.lab.ts",
  "run-governing-k3s-server": "k3s.lab.ts",
  "run-k3s-server": "k3s.lab.ts",
  "run-k3s-agent": "k3s.lab.ts",
};
