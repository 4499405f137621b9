/** How requests reach a Kubernetes API server: the wire, without knowing what the requests mean. */
export interface KubeRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/api/v1/namespaces/default/pods` */
  path: string;
  query?: Readonly<Record<string, string>>;
  contentType?: string;
  body?: string;
}

export interface KubeResponse {
  code: number;
  body: string;
  /** Texts of the `Warning` headers. */
  warnings: readonly string[];
}

export interface KubeTransport {
  /** Rejects only when there is no answer at all (no connection, time out). */
  request(request: KubeRequest): Promise<KubeResponse>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
