/** One immutable ConfigMap for each configuration file, with a hash of its content in the name: a changed file is a new name, so pods roll. */
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { App, ConfigFile } from "../../config/homelab.ts";
import { contentHash, dnsPart, objectLabels, objectName } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";

export function configMapName(app: App, file: ConfigFile): string {
  return `${objectName(app, dnsPart(file.name))}-${contentHash(file.content)}`;
}

/** The key inside the ConfigMap: the file's own name where it may be one. */
export function configMapKey(file: ConfigFile): string {
  const base = file.name.split("/").at(-1) ?? file.name;
  return /^[-._a-zA-Z0-9]+$/.test(base) ? base : dnsPart(base);
}

export function renderConfigMaps(app: App): RenderedObject[] {
  return Object.values(app.configFiles).map((file) =>
    rendered<IConfigMap>(["apps", app.name, "configFiles", file.name], {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMapName(app, file), namespace: app.namespace, labels: objectLabels(app) },
      immutable: true,
      data: { [configMapKey(file)]: file.content },
    }));
}
