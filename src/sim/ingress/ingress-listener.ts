/** The cluster's doors: an http and an https socket on loopback, answered by what the routes in the cluster say. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { CertificateIssuer } from "../../ports/certificate-issuer.ts";
import type { HttpRequest, HttpResponse } from "../kubelet/behaviour/process.ts";

export interface IngressListenerOptions {
  route(request: HttpRequest): HttpResponse;
  /** Whether the cluster has a certificate for this name. */
  hasCertificate(host: string): boolean;
  /** Whether it has ended without being renewed. */
  hasCertificateEnded(host: string): boolean;
  certificates: CertificateIssuer;
  /** Validity of the certificates shown. */
  validity: { notBeforeMs: number; notAfterMs: number };
  catchUp(): void;
}

export interface IngressListener {
  httpPort: number;
  httpsPort: number;
  close(): Promise<void>;
}

/** Shown to whoever asks for a name that the cluster has no certificate for, as Traefik does. */
const DEFAULT_NAME = "TRAEFIK DEFAULT CERT";

/** Ninety days, as Let's Encrypt gives. */
const ACME_LIFE_MS = 90 * 86_400_000;

/** Rejects with Node's error when a port cannot be had; nothing stays open then. */
export async function listenIngress(options: IngressListenerOptions, host: string, httpPort: number, httpsPort: number): Promise<IngressListener> {
  const contexts = new Map<string, SecureContext>();
  const contextOf = (name: string): SecureContext => {
    const shown = options.hasCertificate(name) ? name : DEFAULT_NAME;
    const hasEnded = options.hasCertificateEnded(name);
    const key = `${shown}${hasEnded ? " ended" : ""}`;
    let context = contexts.get(key);
    if (context === undefined) {
      const { notBeforeMs } = options.validity;
      const validity = hasEnded ? { notBeforeMs: notBeforeMs - ACME_LIFE_MS, notAfterMs: notBeforeMs } : options.validity;
      const pair = options.certificates.issue({ commonName: shown, names: shown === DEFAULT_NAME ? [] : [shown], use: "server", ...validity });
      context = createSecureContext({ cert: pair.certificate, key: pair.key });
      contexts.set(key, context);
    }
    return context;
  };
  const fallback = options.certificates.issue({ commonName: DEFAULT_NAME, names: [], use: "server", ...options.validity });
  const plain = createHttpServer((message, response) => answer(options, "http", message, response));
  const secure = createHttpsServer({ cert: fallback.certificate, key: fallback.key, SNICallback: (name, done) => done(null, contextOf(name)) }, (message, response) => answer(options, "https", message, response));
  const opened = await Promise.allSettled([open(plain, host, httpPort), open(secure, host, httpsPort)]);
  const failure = opened.find((each) => each.status === "rejected");
  const closers = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value.close] : []));
  if (failure !== undefined) {
    await Promise.all(closers.map((close) => close()));
    throw failure.reason;
  }
  const ports = opened.map((each) => (each as PromiseFulfilledResult<{ port: number }>).value.port);
  return { httpPort: ports[0]!, httpsPort: ports[1]!, close: async () => void (await Promise.all(closers.map((close) => close()))) };
}

function open(server: Server | ReturnType<typeof createHttpsServer>, host: string, port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}

function answer(options: IngressListenerOptions, scheme: "http" | "https", message: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let size = 0;
  message.on("error", () => response.destroy());
  response.on("error", () => response.destroy());
  message.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  message.on("end", () => {
    if (size > BODY_BYTES_MAX) {
      response.writeHead(413).end();
      return;
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(message.headers)) if (value !== undefined) headers[name] = String(value);
    options.catchUp();
    const { status, headers: given, body } = options.route({
      scheme,
      host: (message.headers.host ?? "").replace(/:\d+$/, "").toLowerCase(),
      path: message.url ?? "/",
      method: message.method ?? "GET",
      headers,
      body: Buffer.concat(chunks).toString("utf8"),
      remoteAddress: message.socket.remoteAddress ?? "127.0.0.1",
    });
    response.writeHead(status, { ...given, "content-length": Buffer.byteLength(body) });
    response.end(message.method === "HEAD" ? undefined : body);
  });
}

/** Simulated apps look at no more than this. */
const BODY_BYTES_MAX = 1024 * 1024;
