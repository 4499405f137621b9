/** Makes what kubectl printed comparable between two clusters: this run's names, times, ids, addresses and ports become placeholders. */
const SUFFIX = "[bcdfghjklmnpqrstvwxz2456789]{5}";

const RULES: readonly [RegExp, string][] = [
  [/https:\/\/127\.0\.0\.1:\d+/g, "<server>"],
  [/127\.0\.0\.1:\d+/g, "<address>"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)/g, "<time>"],
  [/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "<time>"],
  [/[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.]+\.go:\d+\]/g, "<log>"],
  [/(resourceVersion: )"\d+"/g, '$1"<version>"'],
  [/("resourceVersion": )"\d+"/g, '$1"<version>"'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "<token>"],
  [new RegExp(`kube-api-access-${SUFFIX}`, "g"), "kube-api-access-<suffix>"],
  // A pod of a Deployment, and one of anything else that names its pods.
  [new RegExp(`\\b([a-z][a-z0-9-]*-[bcdfghjklmnpqrstvwxz2456789]{6,10})-${SUFFIX}\\b`, "g"), "$1-<suffix>"],
  [new RegExp(`\\b([a-z][a-z0-9-]*)-(?=[a-z2456789]*[2456789]|[bcdfghjklmnpqrstvwxz]{5}\\b)${SUFFIX}\\b`, "g"), "$1-<suffix>"],
  [/\b(\d{1,3}\.){3}\d{1,3}(?!\/)\b/g, "<ip>"],
  [/:3[0-2]\d{3}\/(TCP|UDP)/g, ":<port>/$1"],
  [/(nodePort: |NodePort:\s+\S+\s+)3\d{4}/g, "$1<port>"],
  [/\b(\d+d)?(\d+h)?(\d+m)?\d+(\.\d+)?s\b(?! *(timeout|period|delay))/g, "<age>"],
  [/\b(\d+d)?(\d+h)?\d+m(?=\s|\)|$)/gm, "<age>"],
  [/<invalid>/g, "<age>"],
  [/(Resource ?Version:\s+)\d+/g, "$1<version>"],
  [/(X509SHA256=)[0-9a-f]+/g, "$1<hash>"],
  [/<ip>:\d+/g, "<ip>:<port>"],
  // Columns are as wide as what they hold; indentation stays.
  [/(?<=\S) {2,}/g, "  "],
  [/ +$/gm, ""],
];

export function normaliseOutput(text: string, options: { namespace: string; directory: string; hasNodes: boolean }): string {
  let result = text.replaceAll(options.namespace, "$NS").replaceAll(options.directory, "$DIR");
  for (const [pattern, replacement] of RULES) result = result.replace(pattern, replacement);
  if (!options.hasNodes) result = result.replace(/\bpi[123]\b/g, "<node>");
  return withoutKubelet(result);
}

/** What only a kubelet with a container runtime adds: the fake nodes of the real control plane have neither its events nor its ids. */
function withoutKubelet(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s+(Normal|Warning)\s+\S+\s+.*\s+kubelet\s/.test(line) && !/^\s+PodReadyToStartContainers\s/.test(line))
    .map((line) => line.replace(/^(\s+(?:Container ID|Image ID):).*$/, "$1"))
    .join("\n");
}
