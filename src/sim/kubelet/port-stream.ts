/** HTTP/1.1 over a byte stream to a pod's simulated server: what a port-forward carries. Other protocols are not spoken here. */
import type { HttpResponse, Process } from "./behaviour/process.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Pod } from "./pod.ts";

export interface PortStream {
  /** Bytes from the client. */
  write(bytes: Uint8Array): void;
  /** Where the answer goes. Set before the first write. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** The server closed its side. */
  onEnd(listener: () => void): void;
  /** The client is done. */
  end(): void;
}

const HEAD_LENGTH_MAX = 64 * 1024;
const REASONS: Readonly<Record<number, string>> = {
  200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 413: "Content Too Large", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
};

/** The text is what the kubelet says when nothing listens there. */
export function openPort(pod: Pod, kubelet: Kubelet | undefined, port: number): PortStream | string {
  const { namespace = "", name, uid } = pod.metadata;
  const worker = kubelet?.isReachable ? kubelet.worker(namespace, name) : undefined;
  if (worker === undefined || worker.isFinished) return `error forwarding port ${port} to pod ${uid}, uid : failed to find sandbox "${uid}" in store: not found`;
  const process = worker.processOn(port);
  if (process === undefined) {
    return `error forwarding port ${port} to pod ${uid}, uid : failed to execute portforward in network namespace: failed to connect to localhost:${port} inside namespace "${uid}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6 [::1]:${port}: connect: connection refused `;
  }
  return httpStream(process, port);
}

export function httpStream(process: Process, port: number): PortStream {
  let buffer = Buffer.alloc(0);
  let emit: (bytes: Uint8Array) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  let isOver = false;
  const close = (): void => {
    if (isOver) return;
    isOver = true;
    onEnd();
  };
  const refuse = (status: number): void => {
    emit(responseBytes({ status, headers: { "content-type": "text/plain; charset=utf-8", connection: "close" }, body: `${status} ${REASONS[status]}` }, "GET"));
    close();
  };
  const take = (): boolean => {
    const headEnd = buffer.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      if (buffer.length > HEAD_LENGTH_MAX) refuse(400);
      return false;
    }
    const [requestLine = "", ...headerLines] = buffer.subarray(0, headEnd).toString("latin1").split("\r\n");
    const match = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(requestLine);
    if (match === null) {
      refuse(400);
      return false;
    }
    const headers: Record<string, string> = {};
    for (const line of headerLines) {
      const colon = line.indexOf(":");
      if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
    const length = Number(headers["content-length"] ?? 0);
    if (buffer.length < headEnd + 4 + length) return false;
    const body = buffer.subarray(headEnd + 4, headEnd + 4 + length).toString();
    buffer = buffer.subarray(headEnd + 4 + length);
    const [, method = "GET", path = "/"] = match;
    const response = process.http(port, { method, path, host: headers["host"] ?? "localhost", scheme: "http", headers, body, remoteAddress: "127.0.0.1" });
    if (response === undefined) {
      close();
      return false;
    }
    const isLast = headers["connection"]?.toLowerCase() === "close" || requestLine.endsWith("1.0");
    emit(responseBytes({ ...response, headers: { ...response.headers, connection: isLast ? "close" : "keep-alive" } }, method));
    if (isLast) close();
    return !isLast;
  };
  return {
    write(bytes) {
      if (isOver) return;
      buffer = Buffer.concat([buffer, bytes]);
      while (!isOver && buffer.length > 0 && take());
    },
    onData: (listener) => void (emit = listener),
    onEnd: (listener) => void (onEnd = listener),
    end: close,
  };
}

export function responseBytes(response: HttpResponse, method: string): Uint8Array {
  const body = Buffer.from(response.body);
  const headers: Record<string, string> = { ...response.headers, "content-length": String(body.length) };
  const head = [`HTTP/1.1 ${response.status} ${REASONS[response.status] ?? "Unknown"}`, ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`), "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), method === "HEAD" ? Buffer.alloc(0) : body]);
}
