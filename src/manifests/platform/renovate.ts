/** Renovate: looks for new versions in the homelab's repository on a schedule, and proposes them there. */
import type { ICronJob } from "kubernetes-models/batch/v1/CronJob";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { Homelab } from "../../config/homelab.ts";
import { SECRET_SOURCE_ANNOTATION } from "../apps/secret.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import type { Component } from "./component.ts";

const AT = ["platform", "imageUpdates"];
const NAMESPACE = "renovate";
const IMAGE = "ghcr.io/renovatebot/renovate:44.33.2";

/** `https://github.com/example/homelab.git` or `git@…:example/homelab.git` into host and `example/homelab`. */
export function repositoryName(url: string): { host: string; name: string } {
  const match = /^(?:ssh:\/\/)?(?:https?:\/\/)?(?:[^@/]+@)?([^/:]+)(?::\d+)?[/:](.+?)(?:\.git)?\/?$/.exec(url);
  return { host: match?.[1] ?? "", name: match?.[2] ?? url };
}

function platformOf(host: string): { platform: string; endpoint?: string } {
  if (host === "github.com") return { platform: "github" };
  if (host === "gitlab.com") return { platform: "gitlab" };
  return { platform: "forgejo", endpoint: `https://${host}/api/v1/` };
}

function render(homelab: Homelab): RenderedObject[] {
  const { imageUpdates, gitops } = homelab.platform;
  if (imageUpdates === undefined || gitops === undefined) return [];
  const labels = componentLabels("renovate");
  const { host, name } = repositoryName(gitops.repository);
  const { platform, endpoint } = platformOf(host);
  const objects: RenderedObject[] = [
    rendered<INamespace>(AT, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" } } }),
  ];
  if (gitops.credentials !== undefined) {
    objects.push(rendered<ISecret>(AT, {
      apiVersion: "v1", kind: "Secret", metadata: { name: "renovate", namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: gitops.credentials.secret } },
      type: "Opaque", stringData: { RENOVATE_TOKEN: "" },
    }, [{ key: "RENOVATE_TOKEN", secret: gitops.credentials.secret, form: "value" }]));
  }
  objects.push(rendered<ICronJob>(AT, {
    apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "renovate", namespace: NAMESPACE, labels },
    spec: {
      schedule: imageUpdates.schedule,
      timeZone: homelab.timeZone,
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        spec: {
          backoffLimit: 1,
          activeDeadlineSeconds: 3600,
          template: {
            metadata: { labels: { "app.kubernetes.io/name": "renovate" } },
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: { runAsNonRoot: true, runAsUser: 12021, fsGroup: 12021, seccompProfile: { type: "RuntimeDefault" } },
              containers: [{
                name: "renovate",
                image: IMAGE,
                env: [
                  { name: "RENOVATE_PLATFORM", value: platform },
                  ...(endpoint === undefined ? [] : [{ name: "RENOVATE_ENDPOINT", value: endpoint }]),
                  { name: "RENOVATE_REPOSITORIES", value: name },
                ],
                envFrom: gitops.credentials === undefined ? undefined : [{ secretRef: { name: "renovate" } }],
                resources: { requests: { cpu: "100m", memory: "512Mi" } },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              }],
            },
          },
        },
      },
    },
  }));
  return objects;
}

export const renovate: Component = {
  name: "renovate",
  summary: "proposes new versions in the homelab's repository",
  at: AT,
  isUsed: (homelab) => homelab.platform.imageUpdates?.by === "renovate" && homelab.platform.gitops !== undefined,
  install: () => "objects",
  objects: render,
};
