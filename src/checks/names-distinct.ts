/** Things that become objects of one kind in one namespace have different names. */
import type { Path } from "../config/finding.ts";
import type { App } from "../config/homelab.ts";
import type { Check, CheckResult } from "./check.ts";

export const namesDistinct: Check = {
  id: "names-distinct",
  severity: "error",
  summary: "In a namespace no two services, jobs, volumes or databases of different apps share a name.",
  why: "They become the same object: the second app overwrites the first one's at each apply.",
  examples: {
    good: `
      apps:
        shop: { namespace: shared, image: ghcr.io/example/shop:2.0.1, port: 80, host: shop }
        blog: { namespace: shared, image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }`,
    bad: `
      apps:
        shop:
          namespace: shared
          services: { web: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop } }
        blog:
          namespace: shared
          services:
            web: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog } # ✗`,
  },
  check({ homelab }) {
    const owners = new Map<string, string>();
    return Object.values(homelab.apps).flatMap((app) =>
      objectsOf(app).flatMap(({ kind, name, path }): CheckResult[] => {
        const key = `${app.namespace}/${kind}/${name}`;
        const earlier = owners.get(key);
        if (earlier === undefined) owners.set(key, app.name);
        if (earlier === undefined || earlier === app.name) return [];
        return [{ path, at: "key", value: name, message: `${kind} ${name} in the namespace ${app.namespace} is ${earlier}'s already`, expected: "a name, or a namespace, of its own", fix: "Rename one, or give the apps different namespaces." }];
      }),
    );
  },
};

function objectsOf(app: App): { kind: string; name: string; path: Path }[] {
  const sections = { services: "service", databases: "database", volumes: "volume", configFiles: "configuration file", jobs: "job", cronJobs: "cron job" } as const;
  return (Object.keys(sections) as (keyof typeof sections)[]).flatMap((section) =>
    Object.keys(app[section]).map((name) => ({ kind: sections[section], name, path: ["apps", app.name, section, name] })),
  );
}
