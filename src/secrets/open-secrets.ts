/** What the rest of the house does with secrets, however the file was opened. Values stay in memory. */
export interface OpenSecrets {
  readonly file: string;
  readonly hasChanges: boolean;
  names(): string[];
  has(name: string): boolean;
  get(name: string): string | undefined;
  /** False, and nothing changed, when it has that value already. */
  set(name: string, value: string): boolean;
  /** False when there is no such name. */
  delete(name: string): boolean;
  /** The value that is kept; made and kept when there is none. */
  ensure(name: string, make: () => string): string;
}
