/** Kubeconfigs: one cluster's named after it, and put among those that a person has already. Nothing that is not ours is changed or lost; comments stay. */
import { type Document, isMap, isSeq, parse, parseDocument, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { KubeconfigUnreadable } from "./kubeconfig.ts";

const LISTS = ["clusters", "users", "contexts"] as const;
type List = (typeof LISTS)[number];
const NAMES_TRIED_MAX = 1_000;

interface Entries {
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
}

export interface Merged {
  readonly text: string;
  /** Another than the homelab's where that one was somebody else's. */
  readonly context: string;
  readonly isChanged: boolean;
  /** The context that is used now; undefined for none. */
  readonly current: string | undefined;
}

/** `text` with its only cluster, user and context named after `name`. The server is replaced where it is the loopback address. */
export function nameKubeconfig(text: string, name: string, server: string): string {
  const { cluster, user } = entriesOf(text);
  const isLoopback = typeof cluster["server"] === "string" && /^https?:\/\/(127\.|localhost|\[::1\]|0\.0\.0\.0)/.test(cluster["server"]);
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: isLoopback ? { ...cluster, server } : cluster }],
      users: [{ name: `${name}-admin`, user }],
      contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
      "current-context": name,
    },
    { lineWidth: 0 },
  );
}

/**
 * `own` (by `nameKubeconfig`) put into `text`, a person's kubeconfig or "". Entries of the same name are updated only when they are the same cluster's, known by
 * its authority; else ours get a number behind their name. `others`: further files that the same tools read, whose names are taken too.
 */
export function mergeKubeconfig(text: string, own: string, name: string, options: { readonly others?: readonly string[]; readonly isSwitched: boolean }): Merged {
  const { cluster, user } = entriesOf(own);
  const document = read(text);
  const taken = (options.others ?? []).map(read);
  const before = document.toString(STYLE);
  const context = freeName(document, taken, name, cluster["certificate-authority-data"]);
  setEntry(document, "clusters", context, "cluster", cluster);
  setEntry(document, "users", `${context}-admin`, "user", user);
  setEntry(document, "contexts", context, "context", { cluster: context, user: `${context}-admin` });
  const current = [document, ...taken].map((one) => one.get("current-context")).find((value): value is string => typeof value === "string" && value !== "");
  if (current === undefined || options.isSwitched) document.set("current-context", context);
  const after = document.toString(STYLE);
  const isChanged = text.trim() === "" || after !== before;
  return { text: isChanged ? after : text, context, isChanged, current: document.get("current-context") as string | undefined };
}

/** As kubectl writes them. */
const STYLE = { lineWidth: 0, indentSeq: false } as const;

function entriesOf(text: string): Entries {
  const document = (parse(text) ?? {}) as Record<string, unknown>;
  const only = (list: List): Record<string, unknown> => {
    const entries = document[list];
    const entry = Array.isArray(entries) ? (entries[0] as Record<string, unknown> | undefined)?.[list.slice(0, -1)] : undefined;
    if (typeof entry !== "object" || entry === null) throw new KubeconfigUnreadable(`the cluster's kubeconfig has no ${list}`);
    return entry as Record<string, unknown>;
  };
  return { cluster: only("clusters"), user: only("users") };
}

function read(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new KubeconfigUnreadable(`it is no YAML: ${error.message.split("\n")[0]}`);
  if (document.contents === null) {
    const empty = parseDocument("apiVersion: v1\nkind: Config\npreferences: {}\n");
    // What a person wrote into an otherwise empty file.
    empty.commentBefore = document.commentBefore ?? document.comment ?? null;
    return empty;
  }
  if (!isMap(document.contents)) throw new KubeconfigUnreadable("it is YAML, but no kubeconfig");
  for (const list of LISTS) {
    const value = document.get(list);
    if (value !== undefined && value !== null && !isSeq(value)) throw new KubeconfigUnreadable(`${list} is no list`);
  }
  return document;
}

function entry(document: Document, list: List, name: string): YAMLMap | undefined {
  const entries = document.get(list);
  return isSeq(entries) ? (entries.items.find((item): item is YAMLMap => isMap(item) && item.get("name") === name) as YAMLMap | undefined) : undefined;
}

/** The name itself, or with the lowest number that nobody else has; numbers that are the same cluster's already are used again. */
function freeName(document: Document, others: readonly Document[], name: string, authority: unknown): string {
  for (let number = 1; number <= NAMES_TRIED_MAX; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    const names: readonly (readonly [List, string])[] = [["clusters", candidate], ["users", `${candidate}-admin`], ["contexts", candidate]];
    if (others.some((other) => names.some(([list, one]) => entry(other, list, one) !== undefined))) continue;
    if (names.every(([list, one]) => entry(document, list, one) === undefined) || isSameCluster(document, candidate, authority)) return candidate;
  }
  throw new KubeconfigUnreadable(`${NAMES_TRIED_MAX} names like ${name} are taken`);
}

function isSameCluster(document: Document, name: string, authority: unknown): boolean {
  const context = entry(document, "contexts", name);
  return entry(document, "clusters", name)?.getIn(["cluster", "certificate-authority-data"]) === authority && authority !== undefined && context?.getIn(["context", "cluster"]) === name && context.getIn(["context", "user"]) === `${name}-admin`;
}

/** Fields that a person added to an entry of ours, such as a context's namespace, stay. */
function setEntry(document: Document, list: List, name: string, key: string, fields: Readonly<Record<string, unknown>>): void {
  const there = entry(document, list, name);
  if (there !== undefined) {
    for (const [field, value] of Object.entries(fields)) if (there.getIn([key, field]) !== value) there.setIn([key, field], document.createNode(value));
    return;
  }
  const created = document.createNode({ name, [key]: fields });
  const entries = document.get(list);
  if (isSeq(entries)) {
    // `clusters: []` would be written on one line.
    if (entries.items.length === 0) (entries as YAMLSeq).flow = false;
    entries.add(created);
  } else document.set(list, document.createNode([created]));
}
