/** Which part of each volume a container mounts: `subPath` as written, `subPathExpr` with the container's variables in it (`makeMounts` of the kubelet). */
import { ConfigError, expandReferences } from "./environment.ts";
import type { Container } from "./pod.ts";

/** In the order of the container's mounts, "" for a whole volume. Throws ConfigError for what cannot be mounted. */
export function subPathsOf(container: Container, env: Readonly<Record<string, string>>): string[] {
  return (container.volumeMounts ?? []).map(({ subPath, subPathExpr }) => {
    const path = subPathExpr ? expanded(subPathExpr, env) : (subPath ?? "");
    if (path.startsWith("/")) throw new ConfigError(`error SubPath \`${path}\` must not be an absolute path`);
    if (path.split("/").includes("..")) throw new ConfigError(`unable to provision SubPath \`${path}\`: must not contain '..'`);
    return path;
  });
}

function expanded(expression: string, env: Readonly<Record<string, string>>): string {
  const missing = new Set<string>();
  const path = expandReferences(expression, (name) => {
    if (!env[name]) missing.add(name);
    return env[name] ?? "";
  });
  if (missing.size > 0) throw new ConfigError(`missing value for ${[...missing].sort().join(", ")}`);
  return path;
}
