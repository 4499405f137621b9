/** Paths inside volumes. */
import { type Errors, invalid } from "./field.ts";

export function noBacksteps(errors: Errors, field: string, path: string): void {
  if (path.includes("..") && path.split("/").includes("..")) invalid(errors, field, path, "must not contain '..'");
}

export function localDescendingPath(errors: Errors, field: string, path: string): void {
  if (path.startsWith("/")) invalid(errors, field, path, "must be a relative path");
  noBacksteps(errors, field, path);
}

/** Also not starting with two dots: atomic writers keep those names for themselves. */
export function localPath(errors: Errors, field: string, path: string): void {
  localDescendingPath(errors, field, path);
  if (path.startsWith("..") && !path.startsWith("../")) invalid(errors, field, path, "must not start with '..'");
}
