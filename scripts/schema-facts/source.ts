/** Where the facts are read from: a running API server. */
export interface Source {
  server: string;
  token?: string;
}

export async function fetchJson<T>(source: Source, path: string, accept = "application/json"): Promise<T> {
  const response = await fetch(new URL(path, source.server), {
    headers: { accept, ...(source.token ? { authorization: `Bearer ${source.token}` } : {}) },
  });
  if (!response.ok) throw new Error(`read ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
