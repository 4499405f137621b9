/** Between the version an object is stored in and the version somebody asks for. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { apiVersionOf, type ResourceType } from "../resource-types.ts";
import { eventToCore, eventToEvents } from "./conversion-events.ts";
import { customAsRead } from "./custom-resource.ts";
import { autoscalerToV1, autoscalerToV2 } from "./conversion-autoscaling.ts";

type Convert = (object: KubeObject) => KubeObject;

/** Only the kinds whose shape differs between their versions; all others just carry another `apiVersion`. */
const CONVERSIONS: Readonly<Record<string, Convert>> = {
  "Event v1": eventToCore,
  "Event events.k8s.io/v1": eventToEvents,
  "HorizontalPodAutoscaler autoscaling/v1": autoscalerToV1,
  "HorizontalPodAutoscaler autoscaling/v2": autoscalerToV2,
};

/** The same object in the version of `type`; the very same reference when nothing changes. */
export function convertTo(type: ResourceType, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(type);
  if (type.custom !== undefined) return customAsRead(type, object);
  if (object.apiVersion === apiVersion && object.kind === type.kind) return object;
  const convert = CONVERSIONS[`${type.kind} ${apiVersion}`];
  if (convert !== undefined) return { ...convert(object), apiVersion, kind: type.kind };
  return { ...object, apiVersion, kind: type.kind };
}

/** The object as it is stored. */
export function convertToStorage(type: ResourceType, object: KubeObject): KubeObject {
  if (type.version === type.storageVersion && type.group === storageGroup(type)) return object;
  if (type.custom !== undefined) return { ...object, apiVersion: apiVersionOf({ group: type.group, version: type.storageVersion }) };
  return convertTo({ ...type, version: type.storageVersion, group: storageGroup(type) }, object);
}

/** An object that was asked for as `from`, or is stored, in the version of `to`. */
export function convertBetween(from: ResourceType, to: ResourceType, object: KubeObject): KubeObject {
  // A copy, as readings of custom resources are remembered by the object, which may be changed in place later.
  return object.apiVersion === apiVersionOf(to) && object.kind === to.kind ? object : convertTo(to, convertToStorage(from, { ...object }));
}

/** Events of `events.k8s.io` are stored as core events: one thing seen through two groups. */
function storageGroup(type: ResourceType): string {
  return type.storage === "events" ? "" : type.group;
}
