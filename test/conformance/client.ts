/** A thin HTTP client for any Kubernetes API: a kubeconfig or a base URL with credentials in, plain answers out. It never throws on an HTTP error. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Agent, request, type Dispatcher } from "undici";
import { parse } from "yaml";

/** Field managers are named after it. */
const USER_AGENT = "conformance/v1";
const ANSWER_DEADLINE_MS = 30_000;

export interface Target {
  url: string;
  ca?: string;
  certificate?: string;
  key?: string;
  token?: string;
}

export interface Answer {
  code: number;
  /** Parsed JSON, or the text when it is none. */
  body: unknown;
  headers: Record<string, string>;
}

export interface Call {
  method: string;
  /** Path with query. */
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Extra headers: impersonation, other tokens. */
  headers?: Record<string, string>;
}

export interface Api {
  call(call: Call): Promise<Answer>;
  /** Calls `each` for every line of a watch until it returns true, the server ends the stream, or `signal` fires. Resolves with the code. */
  watch(path: string, headers: Record<string, string>, each: (event: unknown) => boolean, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

interface Kubeconfig {
  "current-context": string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: { server: string; "certificate-authority-data"?: string; "certificate-authority"?: string } }[];
  users: { name: string; user: Record<string, string> }[];
}

export async function loadTarget(file: string): Promise<Target> {
  const config = parse(await readFile(file, "utf8")) as Kubeconfig;
  const context = config.contexts.find((entry) => entry.name === config["current-context"])?.context;
  const cluster = config.clusters.find((entry) => entry.name === context?.cluster)?.cluster;
  const user = config.users.find((entry) => entry.name === context?.user)?.user ?? {};
  if (cluster === undefined) throw new Error(`${file}: its current context names no cluster`);
  const pem = async (data: string | undefined, path: string | undefined): Promise<string | undefined> => {
    if (data !== undefined) return Buffer.from(data, "base64").toString();
    return path === undefined ? undefined : readFile(resolve(dirname(file), path), "utf8");
  };
  return {
    url: cluster.server,
    ca: await pem(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    certificate: await pem(user["client-certificate-data"], user["client-certificate"]),
    key: await pem(user["client-key-data"], user["client-key"]),
    token: user["token"],
  };
}

export function connect(target: Target): Api {
  const agent = new Agent({
    connections: 256,
    connect: { ca: target.ca, cert: target.certificate, key: target.key },
    headersTimeout: ANSWER_DEADLINE_MS,
    bodyTimeout: 10 * 60_000,
  });
  const base = target.url.replace(/\/$/, "");
  const common = (accept: string): Record<string, string> => ({ "user-agent": USER_AGENT, accept, ...(target.token ? { authorization: `Bearer ${target.token}` } : {}) });
  return {
    async call({ method, path, body, contentType = "application/json", accept = "application/json", headers = {} }) {
      const response = await request(`${base}${path}`, {
        dispatcher: agent,
        method: method as Dispatcher.HttpMethod,
        headers: { ...common(accept), ...(body === undefined ? {} : { "content-type": contentType }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      return { code: response.statusCode, body: parsed(await response.body.text()), headers: flat(response.headers) };
    },
    async watch(path, headers, each, signal) {
      const response = await request(`${base}${path}`, { dispatcher: agent, headers: { ...common("application/json"), ...headers }, signal });
      const answer = { code: response.statusCode, headers: flat(response.headers) };
      if (response.statusCode !== 200) return { ...answer, body: parsed(await response.body.text()) };
      let rest = "";
      try {
        for await (const chunk of response.body) {
          rest += (chunk as Buffer).toString();
          for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
            const line = rest.slice(0, end);
            rest = rest.slice(end + 1);
            if (line !== "" && each(JSON.parse(line))) {
              response.body.destroy();
              return { ...answer, body: undefined };
            }
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      return { ...answer, body: undefined };
    },
    close: () => agent.destroy(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, Array.isArray(value) ? value.join(", ") : (value ?? "")]));
}
