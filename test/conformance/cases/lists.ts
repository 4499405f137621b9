import { area, get, mergePatch, post, remove, watch } from "../case.ts";
import { configMap, pod } from "./objects.ts";

const cm = "configmaps";
const make = (name: string, labels: Record<string, string> = {}) => post(cm, configMap(name, { n: name }, { labels: { mine: "yes", ...labels } }), { show: "none" });
const mine = "labelSelector=mine%3Dyes";
const names = ["kind", "apiVersion", "metadata", "items.*.metadata.name"];
const brief = ["kind", "code", "message", "items.*.metadata.name"];
const event = (name: string, reportingController: string) => ({ apiVersion: "events.k8s.io/v1", kind: "Event", metadata: { name }, regarding: { kind: "Pod", name: "web", namespace: "$NS" }, eventTime: "2026-01-01T00:00:00.000000Z", note: "hello", type: "Normal", action: "Greet", reason: "Greeted", reportingController, reportingInstance: "greeter-0" });
const select = (selector: string) => get(cm, { query: `labelSelector=${encodeURIComponent(selector)}`, show: names });

export const lists = area("lists", {
  "list has kind, version and no kinds on items": [make("a"), get(cm, { query: mine })],
  "list is sorted by name": [make("b"), make("a"), make("c"), get(cm, { query: mine, show: names })],
  "limit and continue": [
    make("a"), make("b"), make("c"), make("d"), make("e"),
    get(cm, { query: "limit=2", show: names }),
    get(cm, { query: "limit=2&continue={{5.metadata.continue}}", show: names }),
    get(cm, { query: "limit=2&continue={{6.metadata.continue}}", show: names }),
  ],
  "limit with a selector has no remaining count": [make("a"), make("b"), make("c"), get(cm, { query: `${mine}&limit=2`, show: names })],
  "a page shows the time of the first page": [
    make("a"), make("b"), make("c"),
    get(cm, { query: `${mine}&limit=1`, show: names }),
    remove("configmaps/b", undefined, { show: "none" }), make("bb"),
    get(cm, { query: `${mine}&limit=10&continue={{3.metadata.continue}}`, show: names }),
    get(cm, { query: mine, show: names }),
  ],
  "a continue token that is none": [get(cm, { query: "limit=1&continue=nonsense" })],
  "limit beyond the end": [make("a"), get(cm, { query: `${mine}&limit=500`, show: names }), get(cm, { query: `${mine}&limit=0`, show: names })],
  "limit that is no number": [get(cm, { query: "limit=x" }), get(cm, { query: "limit=-1", show: ["code", "kind"] })],
  "label selectors": [
    make("a", { env: "dev" }), make("b", { env: "prod" }), make("c"),
    select("env=dev"), select("env==prod"), select("mine=yes,env!=dev"), select("env in (dev,prod)"), select("mine,env notin (dev)"), select("env"), select("mine,!env"), select("env=dev,mine=no"),
  ],
  "label selectors that cannot be read": [select("a in b"), select("=x"), select("a=b=c"), select("-a=b"), select("a=-b")],
  "field selectors of any object": [
    make("a"), make("b"),
    get(cm, { query: "fieldSelector=metadata.name%3Da", show: names }),
    get(cm, { query: `${mine}&fieldSelector=metadata.name!%3Da`, show: names }),
    get(cm, { query: `${mine}&fieldSelector=metadata.namespace%3D$NS`, show: names }),
    get(cm, { query: "fieldSelector=data.x%3Da" }),
    get(cm, { query: "fieldSelector=metadata.name" }),
  ],
  "field selectors of pods": [
    post("pods", pod("a", { schedulerName: "nobody", restartPolicy: "Never" }), { show: "none" }),
    post("pods", pod("b", { nodeName: "nowhere", schedulerName: "nobody" }), { show: "none" }),
    get("pods", { query: "fieldSelector=spec.schedulerName%3Dnobody,status.phase%3DPending,spec.nodeName%3D", show: names }),
    get("pods", { query: "fieldSelector=spec.restartPolicy%3DNever", show: names }),
    get("pods", { query: "fieldSelector=spec.hostname%3Dx", show: ["code", "message", "reason"] }),
    get("apps/v1/deployments", { query: "fieldSelector=spec.replicas%3D1" }),
    get("secrets", { query: "fieldSelector=type%3DOpaque", show: names }),
  ],
  "field selectors of events": [
    post("events.k8s.io/v1/events", event("new", "example.com/$NS"), { show: "none" }),
    post("events", { apiVersion: "v1", kind: "Event", metadata: { name: "old" }, involvedObject: { kind: "Pod", name: "web", namespace: "$NS" }, reason: "Greeted", type: "Normal", source: { component: "$NS" } }, { show: "none" }),
    get("events/new"),
    get("events.k8s.io/v1/events/old"),
    ...["source=example.com/$NS", "source=$NS", "reportingComponent=example.com/$NS", "involvedObject.name=web,reason=Greeted", "regarding.name=web"].map((selector) => get("events", { query: `fieldSelector=${encodeURIComponent(selector)}`, show: brief })),
    ...["reportingController=example.com/$NS", "regarding.name=web,type=Normal", "source=$NS", "involvedObject.name=web"].map((selector) => get("events.k8s.io/v1/events", { query: `fieldSelector=${encodeURIComponent(selector)}`, show: brief })),
  ],
  "field selectors of namespaces": [get("/api/v1/namespaces", { query: "fieldSelector=metadata.name%3D$NS,status.phase%3DActive", show: names }), get("/api/v1/namespaces", { query: "fieldSelector=name%3D$NS", show: brief })],
  "list over all namespaces": [make("a", { only: "$NS" }), get("/api/v1/configmaps", { query: "labelSelector=only%3D$NS", show: ["kind", "items.*.metadata.name", "items.*.metadata.namespace"] })],
  "resourceVersion 0, exact and not older than": [
    make("a"), make("b"),
    get(cm, { query: `${mine}&resourceVersion={{1.metadata.resourceVersion}}&resourceVersionMatch=Exact`, show: ["items.*.metadata.name"] }),
    get(cm, { query: `${mine}&resourceVersion={{0.metadata.resourceVersion}}&resourceVersionMatch=Exact`, show: ["items.*.metadata.name"] }),
    get(cm, { query: `${mine}&resourceVersion={{1.metadata.resourceVersion}}&resourceVersionMatch=NotOlderThan`, show: ["items.*.metadata.name"] }),
    get(cm, { query: `${mine}&resourceVersion={{1.metadata.resourceVersion}}`, show: ["items.*.metadata.name"] }),
  ],
  "resourceVersionMatch that cannot be": [
    get(cm, { query: "resourceVersionMatch=Exact" }),
    get(cm, { query: "resourceVersionMatch=Sometimes&resourceVersion=1" }),
    get(cm, { query: "resourceVersionMatch=Exact&resourceVersion=0" }),
    get(cm, { query: "resourceVersion=x" }),
    get(cm, { query: "resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=abc" }),
  ],
  "a version of the future": [get(cm, { query: "resourceVersion=99999999&resourceVersionMatch=NotOlderThan", show: ["code", "reason", "details.causes", "details.retryAfterSeconds", "status"] })],
  "get at a version": [make("a"), get("configmaps/a", { query: "resourceVersion={{0.metadata.resourceVersion}}", show: ["data"] }), get("configmaps/a", { query: "resourceVersion=x" })],
});

const labelled = "labelSelector=mine%3Dyes";

export const watches = area("watches", {
  "watch from a version": [
    make("a"),
    watch(cm, `${labelled}&resourceVersion={{0.metadata.resourceVersion}}`, [make("b"), mergePatch("configmaps/b", { data: { n: "2" } }, { show: "none" }), remove("configmaps/b", undefined, { show: "none" })], 3, ["metadata.name", "data", "metadata.resourceVersion"]),
  ],
  "watch without a version begins with what is there": [make("a"), make("b"), watch(cm, labelled, [make("c")], 3)],
  "watch from version 0 begins with what is there": [make("a"), make("b"), watch(cm, `${labelled}&resourceVersion=0`, [make("c")], 3)],
  "watch replays what happened since": [make("a"), make("b"), mergePatch("configmaps/a", { data: { n: "9" } }, { show: "none" }), remove("configmaps/b", undefined, { show: "none" }), watch(cm, `${labelled}&resourceVersion={{0.metadata.resourceVersion}}`, [], 3, ["metadata.name", "data"])],
  "an object that leaves the selection is deleted for the watcher": [
    make("a", { in: "yes" }),
    watch(cm, "labelSelector=in%3Dyes&resourceVersion={{0.metadata.resourceVersion}}", [mergePatch("configmaps/a", { metadata: { labels: { in: "no" } } }, { show: "none" }), mergePatch("configmaps/a", { metadata: { labels: { in: "yes" } } }, { show: "none" })], 2, ["metadata.name", "metadata.labels"]),
  ],
  "watch one object by field selector": [make("a"), watch(cm, "fieldSelector=metadata.name%3Db&resourceVersion={{0.metadata.resourceVersion}}", [make("c"), make("b")], 1)],
  "watch a kind that is not there": [watch("nonsense", "", [], 1)],
  "a version that is no number": [watch(cm, "resourceVersion=x", [], 1)],
  "a version older than the history": [watch(cm, "resourceVersion=1", [], 1, ["kind", "status", "reason", "code"])],
  "sendInitialEvents ends with a marked bookmark": [
    make("a"), make("b"),
    watch(cm, `${labelled}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, [], 3, ["kind", "metadata.name", "metadata.annotations"]),
  ],
  "sendInitialEvents without its companions": [
    watch(cm, "sendInitialEvents=true", [], 1),
    watch(cm, "sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1", [], 1),
    watch(cm, "resourceVersionMatch=NotOlderThan", [], 1),
  ],
  "watch ends after timeoutSeconds": [watch(cm, `${labelled}&timeoutSeconds=1`, [], 1)],
  "watch as a table": [make("a"), watch(cm, `${labelled}&resourceVersion={{0.metadata.resourceVersion}}&includeObject=None`, [make("b")], 1, ["kind", "metadata.name"])],
  "a deleted object's event carries the version of the deletion": [
    make("a"),
    watch(cm, `${labelled}&resourceVersion={{0.metadata.resourceVersion}}`, [remove("configmaps/a", undefined, { show: "none" })], 1, ["metadata.name", "metadata.resourceVersion"]),
  ],
  "watch over all namespaces": [watch("/api/v1/configmaps", "labelSelector=only%3D$NS", [make("a", { only: "$NS" })], 1, ["metadata.name", "metadata.namespace"])],
});
