/** Connections that leave HTTP: port-forward over SPDY or a websocket; exec and attach, which a simulated pod cannot do, say so. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { WebhookPending } from "../admission/webhook/decision.ts";
import { authorize, refusal } from "../authorizer.ts";
import type { Registry } from "../registry/registry.ts";
import { ApiError, badRequest, forbidden } from "../status.ts";
import { admitConnect, isConnect, streamedPod } from "./connect.ts";
import type { ApiRequest } from "./exchange.ts";
import { parseResourcePath } from "./path.ts";
import { type OpenPort, portForwarder } from "./port-forward.ts";
import { SpdyConnection } from "./spdy-connection.ts";

const SPDY_PROTOCOL = "portforward.k8s.io";
const TUNNEL_PROTOCOL = "SPDY/3.1+portforward.k8s.io";

export interface UpgradeOptions {
  registry: Registry;
  /** Opens a port of a pod that exists. */
  openPort(namespace: string, pod: string): OpenPort;
}

export function upgradeHandler(options: UpgradeOptions): (request: ApiRequest, socket: Duplex, head: Buffer, message: IncomingMessage) => void {
  const websockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has(TUNNEL_PROTOCOL) ? TUNNEL_PROTOCOL : false) });
  const warnings = new WeakMap<IncomingMessage, readonly string[]>();
  websockets.on("headers", (headers, message) => headers.push(...(warnings.get(message) ?? []).map((text) => `Warning: ${warningText(text)}`)));

  function take(request: ApiRequest, socket: Duplex, head: Buffer, message: IncomingMessage): void {
    const path = parseResourcePath(request.path);
    if (path === undefined || path.plural !== "pods" || path.namespace === undefined || path.name === "" || !isConnect(path) || path.subresource === "proxy") throw badRequest("Upgrade request required");
    const attributes = { user: request.user, verb: request.method === "GET" ? "get" : "create", group: path.group, resource: path.plural, subresource: path.subresource, namespace: path.namespace, name: path.name };
    if (!authorize(options.registry.store, attributes).allowed) throw forbidden(path, path.name, refusal(attributes));
    const admitted = admitConnect(options.registry, path, request);
    warnings.set(message, admitted.warnings);
    const pod = streamedPod(options.registry, path, request, admitted.options);
    if (path.subresource !== "portforward") {
      throw new ApiError(501, "NotImplemented", `${path.subresource} is not possible here: the containers of this cluster are simulated and run no processes (logs and port-forward work)`);
    }
    if (pod["status"]?.phase !== "Running") throw new ApiError(400, "BadRequest", `unable to forward port because pod is not running. Current status=${pod["status"]?.phase ?? "Unknown"}`);
    const open = options.openPort(path.namespace, path.name);
    if ((request.headers["upgrade"] ?? "").toLowerCase() === "websocket") {
      if (!(request.headers["sec-websocket-protocol"] ?? "").split(",").some((protocol) => protocol.trim() === TUNNEL_PROTOCOL)) {
        throw badRequest(`unable to negotiate protocol: client supports '[${request.headers["sec-websocket-protocol"] ?? ""}]', server accepts '[${TUNNEL_PROTOCOL}]'`);
      }
      websockets.handleUpgrade(message, socket, head, (websocket) => overWebsocket(websocket, open));
      return;
    }
    overSpdy(socket, head, open, admitted.warnings);
  }

  return (asked, socket, head, message) => {
    const decision = options.registry.newDecision();
    const request = decision === undefined ? asked : { ...asked, decision };
    const attempt = (): void => {
      if (socket.destroyed) return;
      decision?.begin();
      try {
        take(request, socket, head, message);
      } catch (error) {
        if (error instanceof WebhookPending) return error.decision.whenAnswered(attempt);
        if (!(error instanceof ApiError)) throw error;
        const body = JSON.stringify(error.status);
        socket.end(`HTTP/1.1 ${error.code} ${error.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
      }
    };
    attempt();
  };
}

const warningText = (text: string): string => `299 - "${text.replace(/[\\"]/g, "\\$&")}"`;

function overWebsocket(websocket: WebSocket, open: OpenPort): void {
  const connection = new SpdyConnection(
    {
      write: (bytes) => {
        if (websocket.readyState === websocket.OPEN) websocket.send(bytes, { binary: true });
      },
      close: () => websocket.close(),
    },
    portForwarder(open),
  );
  websocket.on("message", (data) => connection.receive(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)));
  websocket.on("close", () => connection.close());
  websocket.on("error", () => connection.close());
}

function overSpdy(socket: Duplex, head: Buffer, open: OpenPort, warnings: readonly string[]): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${SPDY_PROTOCOL}\r\n${warnings.map((text) => `Warning: ${warningText(text)}\r\n`).join("")}\r\n`);
  const connection = new SpdyConnection({ write: (bytes) => void socket.write(bytes), close: () => void socket.end() }, portForwarder(open));
  if (head.length > 0) connection.receive(head);
  socket.on("data", (chunk: Buffer) => connection.receive(chunk));
  socket.on("close", () => connection.close());
  socket.on("error", () => connection.close());
}
