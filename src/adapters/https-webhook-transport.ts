/** Calls admission webhooks over HTTPS, and says what went wrong as Go's client would: those words reach the user of kubectl. */
import { getServers } from "node:dns";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { WebhookCall, WebhookReply, WebhookTransport } from "../ports/webhook-transport.ts";

/** An answer is read up to here (client-go's own bound for a webhook is 3 MiB). */
const BODY_BYTES_MAX = 3 * 1024 * 1024;
const REDIRECTS_COUNT_MAX = 10;
/** The ways of a redirect that keep the method and the body. */
const KEEPS_METHOD: ReadonlySet<number> = new Set([307, 308]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const httpsWebhookTransport: WebhookTransport = { call: (call) => send(call, "POST", REDIRECTS_COUNT_MAX) };

function send(call: WebhookCall, method: "POST" | "GET", redirectsLeft: number): Promise<WebhookReply> {
  return new Promise((resolve) => {
    const url = new URL(call.url);
    const sent = request(
      url,
      {
        method,
        ...(call.caBundle === undefined ? {} : { ca: call.caBundle }),
        agent: false,
        headers: { accept: "application/json, */*", "user-agent": "kube-apiserver-admission", ...(method === "POST" ? { "content-type": "application/json", "content-length": Buffer.byteLength(call.body) } : {}) },
      },
      (message) => read(message, call, redirectsLeft, done),
    );
    const timer = setTimeout(() => {
      done({ error: "context deadline exceeded" });
      sent.destroy();
    }, call.timeoutMs);
    function done(reply: WebhookReply | Promise<WebhookReply>): void {
      clearTimeout(timer);
      resolve(reply);
    }
    sent.on("error", (error: NodeJS.ErrnoException) => done({ error: goError(error, url) }));
    sent.end(method === "POST" ? call.body : undefined);
  });
}

async function follow(call: WebhookCall, url: string, method: "POST" | "GET", redirectsLeft: number): Promise<WebhookReply> {
  const reply = await send({ ...call, url }, method, redirectsLeft);
  return "error" in reply ? { url, ...reply } : reply;
}

function read(message: IncomingMessage, call: WebhookCall, redirectsLeft: number, done: (reply: WebhookReply | Promise<WebhookReply>) => void): void {
  const status = message.statusCode ?? 0;
  const { location } = message.headers;
  if (REDIRECTS.has(status) && location !== undefined) {
    message.resume();
    if (redirectsLeft === 0) done({ error: `stopped after ${REDIRECTS_COUNT_MAX} redirects` });
    else done(follow(call, new URL(location, call.url).href, KEEPS_METHOD.has(status) ? "POST" : "GET", redirectsLeft - 1));
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  message.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
    else {
      done({ error: `net/http: response body larger than ${BODY_BYTES_MAX} bytes` });
      message.destroy();
    }
  });
  message.on("error", () => done({ error: "unexpected EOF" }));
  message.on("end", () => done({ status, body: Buffer.concat(chunks).toString("utf8") }));
}

/** OpenSSL's codes for a certificate that nobody known has signed. */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set(["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "CERT_SIGNATURE_FAILURE"]);

function goError(error: NodeJS.ErrnoException & { host?: string; address?: string; port?: number; cert?: { subjectaltname?: string } }, url: URL): string {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? "443" : url.port;
  const address = `${error.address?.includes(":") ? `[${error.address}]` : (error.address ?? host)}:${error.port ?? port}`;
  const { code = "" } = error;
  if (UNKNOWN_AUTHORITY.has(code)) return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  switch (code) {
    case "ECONNREFUSED":
      return `dial tcp ${address}: connect: connection refused`;
    case "EHOSTUNREACH":
      return `dial tcp ${address}: connect: no route to host`;
    case "ENETUNREACH":
      return `dial tcp ${address}: connect: network is unreachable`;
    case "ENOTFOUND":
    case "EAI_AGAIN": {
      const server = getServers()[0];
      return `dial tcp: lookup ${host}${server === undefined ? "" : ` on ${/:\d+$/.test(server) ? server : `${server}:53`}`}: ${code === "ENOTFOUND" ? "no such host" : "server misbehaving"}`;
    }
    case "ECONNRESET":
      return error.message === "socket hang up" ? "EOF" : `read tcp ${address}: read: connection reset by peer`;
    case "CERT_HAS_EXPIRED":
      return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `tls: failed to verify certificate: x509: certificate is valid for ${(error.cert?.subjectaltname ?? "").replace(/(?:DNS|IP Address):/g, "")}, not ${host}`;
    case "EPROTO":
      return "tls: first record does not look like a TLS handshake";
    default:
      return error.message;
  }
}
