/** Amounts and names that every part of a homelab uses. */
/** An amount as written and as a number: bytes for memory and disk, cores for cpu. */
export interface Quantity {
  readonly text: string;
  readonly value: number;
}

export interface Duration {
  readonly text: string;
  readonly ms: number;
}

/** `max: 25%` or `max: 1`, as Kubernetes' IntOrString. */
export type CountOrPercent = number | string;

/** A value that lives in the secrets file, by its name there. */
export interface SecretRef {
  readonly secret: string;
}

export type Labels = Readonly<Record<string, string>>;
export type Named<T> = Readonly<Record<string, T>>;
