/**
 * What stands between Kubernetes and a container that plays a machine. Each shim is first in the PATH of services and of sudo, in a directory that nothing
 * else writes to, so that it holds whatever units and binaries are installed. None of this belongs on a user's machine.
 */

export const SHIM_DIRECTORY = "/usr/lib/kubernest-lab/bin";
export const MACHINE_NUMBER_FILE = "/usr/lib/kubernest-lab/number";
/** The PATH that Debian gives to root and to services, after our own directory. */
export const SHIM_PATH = `${SHIM_DIRECTORY}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/** User ids that no distribution gives out: one for each machine's control plane. */
const CONTROL_PLANE_UID_BASE = 64_000;

/** The program itself: what PATH would find without the shims. */
function realProgram(name: string): string {
  return `PATH=$(printf %s "$PATH" | sed 's#${SHIM_DIRECTORY}:*##g')
real=$(command -v ${name}) || { echo "${name}: not found" >&2; exit 127; }
export PATH="${SHIM_DIRECTORY}:$PATH"
`;
}

/** Control groups of version 1 are refused by kubeadm from 1.35; only the phases that look take the flag. */
export function kubeadmShim(): string {
  return `#!/bin/sh
${realProgram("kubeadm")}case "\${1-} \${2-} \${3-}" in
  "init phase preflight"|"join phase preflight") ;;
  "init phase "*|"join phase "*) exec "$real" "$@" ;;
  "init "*|"join "*) ;;
  *) exec "$real" "$@" ;;
esac
exec "$real" "$@" --ignore-preflight-errors=SystemVerification
`;
}

/**
 * Before a container is made, its `config.json` is brought into what a machine in a container may do:
 * a better place before the out-of-memory killer is refused where CAP_SYS_RESOURCE is missing; inotify instances count per user over the whole computer,
 * so that the control plane runs as another user with root's capabilities; the size of the connection table belongs to the first network namespace.
 */
export function runcShim(options: { readonly mayLowerOomScore: boolean }): string {
  const clamp = options.mayLowerOomScore ? "" : `sed -i 's/"oomScoreAdj":-[0-9][0-9]*/"oomScoreAdj":0/g' "$config"\n`;
  return `#!/bin/sh
${realProgram("runc")}verb= bundle=. process= previous=
for word in "$@"; do
  case $previous in
    --bundle|-b) bundle=$word ;;
    --process|-p) process=$word ;;
  esac
  case $word in
    create|run|exec) verb=\${verb:-$word} ;;
    --bundle=*) bundle=\${word#*=} ;;
    --process=*) process=\${word#*=} ;;
  esac
  previous=$word
done
config=$bundle/config.json
[ "$verb" != exec ] || config=$process
if [ -n "$verb" ] && [ -f "$config" ]; then
  ${clamp === "" ? ":\n" : clamp}  if [ "$verb" != exec ]; then
    user=$((${CONTROL_PLANE_UID_BASE} + $(cat ${MACHINE_NUMBER_FILE})))
    sed -i '/"args":\\["\\(\\/[^"]*\\/\\)\\{0,1\\}kube-\\(apiserver\\|controller-manager\\|scheduler\\)"/{
      s/"user":{"uid":0/"user":{"uid":'$user'/
      s/"capabilities":{[^}]*"bounding":\\(\\[[^]]*\\]\\)[^}]*}/"capabilities":{"bounding":\\1,"effective":\\1,"inheritable":\\1,"permitted":\\1,"ambient":\\1}/
    }' "$config"
    proxy=$(sed -n '/"args":\\["\\(\\/[^"]*\\/\\)\\{0,1\\}kube-proxy"/s/.*{"destination":"\\/var\\/lib\\/kube-proxy","type":"bind","source":"\\([^"]*\\)".*/\\1/p' "$config")
    if [ -n "$proxy" ] && [ -d "$proxy" ]; then
      mkdir -p "$bundle/kube-proxy"
      for file in "$proxy"/*; do sed 's/maxPerCore: null/maxPerCore: 0/' "$file" >"$bundle/kube-proxy/\${file##*/}"; done
      sed -i "s#\\"source\\":\\"$proxy\\"#\\"source\\":\\"$(readlink -f "$bundle")/kube-proxy\\"#" "$config"
    fi
  fi
fi
exec "$real" "$@"
`;
}

/**
 * Runs before anything else in a machine: control groups of version 1 are mounted read only in a container, and kernel settings outside of net.* are the
 * computer's own. The machine gets copies of those: it can set and read them, and the computer never notices.
 */
export function prepareScript(): string {
  return `#!/bin/sh
while read -r _ _ _ _ path rest; do
  case $rest in *" - cgroup "*) mount -o remount,bind,rw,nosuid,nodev,noexec "$path" ;; esac
done </proc/self/mountinfo

copies=/run/kubernest-lab/sysctl
copy() {
  mkdir -p "$copies/\${1%/*}"
  # The kernel gives a setting to the first read only, and \`read\` takes a byte at a time: it would get one digit.
  cat "/proc/sys/$1" >"$copies/$1" 2>/dev/null || :
}
for part in vm fs; do
  for file in $(cd /proc/sys && find "$part" -path fs/binfmt_misc -prune -o -type f -print); do copy "$file"; done
  mount --bind "$copies/$part" "/proc/sys/$part"
done
for name in panic panic_on_oops panic_on_warn pid_max threads-max sysrq dmesg_restrict kptr_restrict keys/root_maxkeys keys/root_maxbytes keys/maxkeys keys/maxbytes; do
  [ -e "/proc/sys/kernel/$name" ] || continue
  copy "kernel/$name"
  mount --bind "$copies/kernel/$name" "/proc/sys/kernel/$name"
done
[ ! -e /sys/class/dmi/id/product_uuid ] || mount --bind /usr/lib/kubernest-lab/product-uuid /sys/class/dmi/id/product_uuid
`;
}
