/** The user's patches on generated objects: chosen by kind, name and namespace; a patch that matches nothing, or does not apply, is an error value. */
import { applyPatch } from "rfc6902";
import type { Operation } from "rfc6902";
import type { Path } from "../config/finding.ts";
import type { Patch } from "../config/homelab.ts";
import type { JsonObject, KubeObject } from "../objects/kube-object.ts";
import { nearestName } from "../lib/nearest-name.ts";
import { mergePatch } from "./merge-patch.ts";
import type { RenderedObject } from "./rendered.ts";
import { pathText } from "./rendered.ts";
import { StrategicMergeFailed, hasStrategicMerge, strategicMerge } from "./strategic-merge.ts";

/** A patch that could not be applied. */
export interface PatchProblem {
  at: Path;
  message: string;
}

export interface PlacedPatch {
  patch: Patch;
  /** Where the file writes it: `patches[0]`, `apps.shop.patches[1]`. */
  at: Path;
  /** Objects it may match; undefined for all. An app's own patches touch only that app's objects. */
  within?: ReadonlySet<RenderedObject>;
}

function matches(patch: Patch, object: KubeObject): boolean {
  const { target } = patch;
  return target.kind === object.kind
    && (target.name === undefined || target.name === object.metadata.name)
    && (target.namespace === undefined || target.namespace === object.metadata.namespace);
}

/** Patched copies in the same order; problems in the order of the patches. */
export function applyPatches(objects: readonly RenderedObject[], patches: readonly PlacedPatch[]): { objects: RenderedObject[]; problems: PatchProblem[] } {
  const problems: PatchProblem[] = [];
  if (patches.length === 0) return { objects: [...objects], problems };
  const current = [...objects];
  for (const { patch, at, within } of patches) {
    let count = 0;
    objects.forEach((original, index) => {
      const item = current[index];
      if (item === undefined || (within !== undefined && !within.has(original)) || !matches(patch, original.object)) return;
      count++;
      const result = patchOne(item.object, patch);
      if (typeof result === "string") problems.push({ at, message: `${pathText(at)}: ${item.object.kind} ${item.object.metadata.name}: ${result}` });
      else current[index] = { ...item, object: result };
    });
    if (count === 0) {
      const { kind, name, namespace } = patch.target;
      const meant = name === undefined ? undefined : nearestName(name, objects.filter((item) => item.object.kind === kind).map((item) => item.object.metadata.name));
      problems.push({ at, message: `${pathText(at)}: no generated object is ${kind}${name === undefined ? "" : ` ${name}`}${namespace === undefined ? "" : ` in namespace ${namespace}`}${meant === undefined || meant === name ? "" : `; did you mean ${meant}?`}` });
    }
  }
  return { objects: current, problems };
}

/** The patched object, or why it cannot be patched. */
function patchOne(object: KubeObject, patch: Patch): KubeObject | string {
  let result: KubeObject;
  if (patch.change.type === "json") {
    result = structuredClone(object);
    const failed = applyPatch(result, structuredClone(patch.change.patch) as unknown as Operation[]).find((problem) => problem !== null);
    if (failed !== undefined) return failed.message;
  } else {
    const change = structuredClone(patch.change.patch) as JsonObject;
    try {
      // Custom resources have no merge keys: for them a patch is a JSON merge patch, as kubectl has it too.
      result = hasStrategicMerge(object) ? strategicMerge(object, change) : mergePatch(object as unknown as JsonObject, change) as unknown as KubeObject;
    } catch (problem) {
      if (problem instanceof StrategicMergeFailed) return problem.message;
      throw problem;
    }
  }
  const same = result.apiVersion === object.apiVersion && result.kind === object.kind
    && result.metadata?.name === object.metadata.name && result.metadata.namespace === object.metadata.namespace;
  return same ? result : "a patch may not change apiVersion, kind, name or namespace";
}
