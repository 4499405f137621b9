/** A Kubernetes API over HTTPS, with a client certificate or a token. The HTTP client is loaded with the first request: most runs of most verbs make none, and it takes a third of their start. */
import type { Agent } from "undici";
import type { KubeRequest, KubeResponse, KubeTransport } from "../ports/kube-transport.ts";

export interface HttpKubeTransportOptions {
  /** `https://127.0.0.1:6443` */
  server: string;
  /** PEM. */
  authority: string;
  client?: { certificate: string; key: string };
  token?: string;
  timeoutMs: number;
  connectionsMax: number;
}

export function httpKubeTransport(options: HttpKubeTransportOptions): KubeTransport {
  let agent: Promise<Agent> | undefined;
  let closing: Promise<void> | undefined;
  const open = async (): Promise<Agent> => {
    const { Agent } = await import("undici");
    return new Agent({
      connect: { ca: options.authority, ...(options.client ? { cert: options.client.certificate, key: options.client.key } : {}) },
      connections: options.connectionsMax,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
  };
  return {
    async request(request: KubeRequest): Promise<KubeResponse> {
      const query = request.query === undefined ? "" : `?${new URLSearchParams(request.query).toString()}`;
      if (closing !== undefined) throw new Error(`the connection to ${options.server} is closed`);
      const { statusCode, headers, body } = await (await (agent ??= open())).request({
        origin: options.server,
        path: `${request.path}${query}`,
        method: request.method,
        headers: {
          accept: "application/json",
          "user-agent": "kubernest",
          ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
          ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        },
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const warning = headers["warning"];
      return {
        code: statusCode,
        body: await body.text(),
        warnings: (warning === undefined ? [] : [warning].flat()).map((text) => /^\d+ \S+ "((?:[^"\\]|\\.)*)"/.exec(text)?.[1]?.replace(/\\(.)/g, "$1") ?? text),
      };
    },
    close: () => (closing ??= agent === undefined ? Promise.resolve() : agent.then((opened) => opened.close())),
  };
}
