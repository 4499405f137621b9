/** The API server's socket: HTTPS on loopback, requests in, answers and streams out. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { KeyPair } from "../../../ports/certificate-issuer.ts";
import { ApiError, type Status } from "../status.ts";
import { BODY_BYTES_MAX } from "./body.ts";
import type { ApiAnswer, ApiRequest, Sink } from "./exchange.ts";
import type { Handler } from "./handler.ts";
import type { Identities, PeerCertificate } from "./identity.ts";

export interface ListenerOptions {
  handler: Handler;
  identities: Identities;
  serving: KeyPair;
  authority: string;
  /** Brings the cluster to the present before a request is answered. */
  catchUp(): void;
  /** Takes over connections that leave HTTP (port-forward). */
  upgrade?(request: ApiRequest, socket: Duplex, head: Buffer, rawHeaders: IncomingMessage): void;
}

export interface Listener {
  port: number;
  close(): Promise<void>;
}

/** Rejects with Node's error (`EADDRINUSE`, `EACCES`) when the port cannot be had. */
export function listen(options: ListenerOptions, host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert: options.serving.certificate, key: options.serving.key, ca: options.authority, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }, (message, response) => serve(options, message, response));
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (message, socket, head) => {
    socket.on("error", () => socket.destroy());
    const identified = identify(options, message);
    if (options.upgrade === undefined || "status" in identified) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return;
    }
    options.catchUp();
    options.upgrade(toRequest(message, Buffer.alloc(0), identified), socket, head, message);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve({ port: (server.address() as AddressInfo).port, close: () => close(server, sockets) });
    });
  });
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

type User = ApiRequest["user"];

function identify(options: ListenerOptions, message: IncomingMessage): User | { status: Status } {
  try {
    return options.identities.identify(message.headers.authorization, peerOf(message.socket as TLSSocket));
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status };
    throw error;
  }
}

/** By connection: Node reads a certificate anew, hashes and all, each time it is asked for one, and a connection has one for its whole life. */
const peers = new WeakMap<TLSSocket, PeerCertificate>();

/** Only a certificate that our own authority signed says who somebody is. */
function peerOf(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  let peer = peers.get(socket);
  if (peer === undefined && (peer = readPeer(socket)) !== undefined) peers.set(socket, peer);
  return peer;
}

function readPeer(socket: TLSSocket): PeerCertificate | undefined {
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  const organisations = subject.O as string | string[] | undefined;
  return { commonName: String(subject.CN), organisations: organisations === undefined ? [] : [organisations].flat(), sha256: fingerprint256.replaceAll(":", "").toLowerCase() };
}

function toRequest(message: IncomingMessage, body: Buffer, user: User): ApiRequest {
  const url = message.url ?? "/";
  const question = url.indexOf("?");
  return {
    method: message.method ?? "GET",
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? "" : url.slice(question + 1)),
    headers: message.headers as ApiRequest["headers"],
    body,
    user,
  };
}

function serve(options: ListenerOptions, message: IncomingMessage, response: ServerResponse): void {
  const identified = identify(options, message);
  const chunks: Buffer[] = [];
  let size = 0;
  message.on("error", () => response.destroy());
  response.on("error", () => response.destroy());
  message.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  message.on("end", () => {
    if ("status" in identified) {
      send(response, message, { code: 401, headers: { "content-type": "application/json" }, body: JSON.stringify(identified.status) });
      return;
    }
    if (size > BODY_BYTES_MAX) {
      const { status } = new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${BODY_BYTES_MAX}`);
      send(response, message, { code: 413, headers: { "content-type": "application/json" }, body: JSON.stringify(status) });
      return;
    }
    options.catchUp();
    const answer = options.handler(toRequest(message, Buffer.concat(chunks), identified));
    options.catchUp();
    if (answer instanceof Promise) void answer.then((late) => send(response, message, late));
    else send(response, message, answer);
  });
}

function send(response: ServerResponse, message: IncomingMessage, answer: ApiAnswer): void {
  response.statusCode = answer.code;
  for (const name in answer.headers) response.setHeader(name, answer.headers[name]!);
  response.setHeader("cache-control", "no-cache, private");
  if (answer.warnings?.length) response.setHeader("warning", [...new Set(answer.warnings)].map((text) => `299 - "${text.replace(/[\\"]/g, "\\$&")}"`));
  if (answer.stream === undefined) {
    const body = answer.body ?? "";
    response.setHeader("content-length", typeof body === "string" ? Buffer.byteLength(body) : body.length);
    response.end(message.method === "HEAD" ? undefined : body);
    return;
  }
  response.flushHeaders();
  let onClose: (() => void)[] = [];
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    for (const fn of onClose) fn();
    onClose = [];
  };
  const sink: Sink = {
    write: (chunk) => {
      if (!isClosed) response.write(chunk);
    },
    end: () => {
      if (!isClosed) response.end();
      close();
    },
    onClose: (fn) => {
      if (isClosed) fn();
      else onClose.push(fn);
    },
  };
  response.on("close", close);
  answer.stream(sink);
}
