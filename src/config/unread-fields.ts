/**
 * Fields that only a verb reads which is not built yet. The file may carry them, as a plan is worth writing down; `check` says of
 * each that nothing acts on it so far, so that no field ever does nothing in silence. When such a verb is built, its lines go.
 */
import type { Finding, Path } from "./finding.ts";
import type { Homelab } from "./homelab.ts";
import { longForm } from "./long-form.ts";
import type { HomelabSource } from "./source.ts";
import { formatPath } from "./show.ts";

export interface UnreadField {
  /** In the long form; `*` stands for any name or position. */
  readonly path: string;
  /** The verb that reads it. */
  readonly verb: "up" | "prove" | "backup" | "upgrade" | "export";
  /** What it will be for, as the end of a sentence. */
  readonly why: string;
  /** Whether it is unread in this homelab; in all of them by default. */
  readonly when?: (homelab: Homelab) => boolean;
}

export const UNREAD_FIELDS: readonly UnreadField[] = [
  { path: "site.*.cpu", verb: "prove", why: "it tells what virtual machines have when they all work" },
  { path: "site.*.disks", verb: "prove", why: "it tells what a lost disk takes along" },
  { path: "kubernetes.datastore.snapshots", verb: "backup", why: "kubeadm takes no snapshots of its own", when: ({ kubernetes }) => kubernetes.distribution === "kubeadm" },
  { path: "site.*.holds", verb: "prove", why: "it tells how long a power cut does no harm" },
];

/** A note for each place in the file that says such a field; one where defaults say it for many machines. */
export function unreadFields(homelab: Homelab, source: HomelabSource): Finding[] {
  const whole = longForm(homelab);
  const seen = new Set<string>();
  return UNREAD_FIELDS.filter((field) => field.when === undefined || field.when(homelab)).flatMap((field) =>
    matches(whole, field.path.split(".")).flatMap((path): Finding[] => {
      if (!source.has(path)) return [];
      const position = source.position(path, "key");
      const written = source.written(path);
      const place = source.kind === "yaml" ? `${position.line}:${position.column}` : formatPath(written);
      if (seen.has(place)) return [];
      seen.add(place);
      return [
        {
          id: "not-built-yet",
          severity: "info",
          path,
          file: source.file,
          ...position,
          message: `${formatPath(written)} is read by \`${field.verb}\`, which is not built yet: ${field.why}`,
          fix: "Keep it for then; nothing else acts on it.",
        },
      ];
    }),
  );
}

/** Paths of a value that a pattern names. */
function matches(value: unknown, pattern: readonly string[], before: Path = []): Path[] {
  const [key, ...rest] = pattern;
  if (key === undefined) return [before];
  if (typeof value !== "object" || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.filter((one) => key === "*" || String(one) === key).flatMap((one) => matches((value as Record<string | number, unknown>)[one], rest, [...before, one]));
}
