/**
 * What the API has against the parts of a file that are in its own language, objects and patches: findings in the words of the API, at the
 * fields that they are about. All else in a file has fields of its own, which the schema and the rules know.
 */
import type { Finding, Path } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import { show } from "../config/show.ts";
import type { HomelabSource } from "../config/source.ts";
import { ApiAcceptance, type Refusal } from "./api-acceptance.ts";
import { nearestField, parseFieldPath } from "./field-path.ts";
import { objectKey } from "./object-difference.ts";

/** Pure; `acceptance` may be kept for the next file. */
export function apiFindings(homelab: Homelab, source: HomelabSource, acceptance = new ApiAcceptance()): Finding[] {
  const patches = patchesOf(homelab);
  if (homelab.objects.length === 0 && patches.length === 0) return [];
  const refusals = acceptance.refusals(homelab);
  const hasCharts = Object.keys(homelab.charts).length > 0;
  return refusals.flatMap((refusal) => {
    if (refusal.at[0] === "objects") return findingsOf(refusal, refusal.at, source, hasCharts);
    const patch = patches.find((candidate) => !isRefused(refusal, candidate.without(), acceptance));
    return findingsOf(refusal, patch?.at ?? refusal.at, source, hasCharts);
  });
}

interface PlacedPatch {
  at: Path;
  without(): Homelab;
}

function patchesOf(homelab: Homelab): PlacedPatch[] {
  const whole = homelab.patches.map((_, index) => ({ at: ["patches", index], without: () => ({ ...homelab, patches: homelab.patches.toSpliced(index, 1) }) }));
  const ofApps = Object.entries(homelab.apps).flatMap(([name, app]) =>
    app.patches.map((_, index) => ({
      at: ["apps", name, "patches", index],
      without: () => ({ ...homelab, apps: { ...homelab.apps, [name]: { ...app, patches: app.patches.toSpliced(index, 1) } } }),
    })),
  );
  return [...whole, ...ofApps];
}

function isRefused({ object }: Refusal, homelab: Homelab, acceptance: ApiAcceptance): boolean {
  const key = objectKey(object);
  return acceptance.refusals(homelab).some((refusal) => objectKey(refusal.object) === key);
}

function findingsOf(refusal: Refusal, at: Path, source: HomelabSource, hasCharts: boolean): Finding[] {
  const { object, reason, message, causes } = refusal;
  const what = `${object.kind} ${object.metadata.name}`;
  if (reason !== "refused") {
    const isCertain = reason === "kind-not-served" || !hasCharts;
    const [field, value] = reason === "kind-not-served" ? ["kind", object.kind] : ["apiVersion", object.apiVersion];
    return [finding(source, [...at, field], { severity: isCertain ? "error" : "warning", value: show(value), message: `${message}: ${what} cannot be made${isCertain ? "" : ", unless a chart brings that"}`, fix: "Correct apiVersion and kind; for a kind of another project, add the chart or the definition (a CustomResourceDefinition) that brings it." })];
  }
  const fix = `Correct it; kubectl explain ${object.kind.toLowerCase()} names the fields of the kind.`;
  if (causes.length === 0) return [finding(source, at, { message: `the API refuses ${what}: ${message}`, fix })];
  return causes.map((cause) => {
    const path = parseFieldPath(cause.field, object);
    const meant = cause.message.includes("not declared in schema") ? nearestField(object, path) : undefined;
    return finding(source, [...at, ...path], { message: `the API refuses ${what}: ${cause.field}: ${cause.message}`, ...(meant === undefined ? {} : { didYouMean: meant }), fix });
  });
}

/** At the place itself where the file writes it, else at the nearest place around it. */
function finding(source: HomelabSource, path: Path, said: Pick<Finding, "message" | "value" | "didYouMean" | "fix"> & Partial<Pick<Finding, "severity">>): Finding {
  let length = path.length;
  while (length > 0 && !source.has(path.slice(0, length))) length--;
  const written = path.slice(0, length);
  return { id: "api-accepts", severity: "error", path: source.written(written), file: source.file, ...source.position(written), ...said };
}
