/** What a probe's question gets for an answer from a container's process, in the words that upstream's probers return. */
import type { Process } from "./behaviour/process.ts";
import type { Container, Probe } from "./pod.ts";
import type { ProbeAnswer } from "./prober.ts";

const BODY_LENGTH_MAX = 10 * 1024;
const USER_AGENT = "kube-probe/1.36";

/** The number of a port given by number or name; undefined where the container declares no such name. */
export function portNumber(container: Container, port: string | number | undefined): number | undefined {
  if (typeof port === "number") return port;
  const byName = container.ports?.find(({ name }) => name === port)?.containerPort;
  return byName ?? (port !== undefined && /^\d+$/.test(port) ? Number(port) : undefined);
}

/** What a program answers that is up and not ready to serve. */
export function unready({ httpGet, tcpSocket, grpc }: Probe): ProbeAnswer {
  const output = httpGet ? "HTTP probe failed with statuscode: 503" : tcpSocket ? "dial tcp: i/o timeout" : grpc ? "service unhealthy (responded with \"NOT_SERVING\")" : "";
  return { isSuccess: false, output, isStable: true };
}

/** What a question gets for an answer whose packets nothing lets through. A command in the container needs no network. */
export function unheard({ httpGet, tcpSocket, grpc }: Probe, container: Container, podIp: string): ProbeAnswer {
  const address = podIp.includes(":") ? `[${podIp}]` : podIp;
  const port = grpc?.port ?? portNumber(container, httpGet?.port ?? tcpSocket?.port);
  const output = httpGet
    ? `Get "${(httpGet.scheme ?? "HTTP").toLowerCase()}://${address}:${port}${httpGet.path ?? "/"}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
    : tcpSocket ? `dial tcp ${address}:${port}: i/o timeout` : `timeout: failed to connect service "${address}:${port}": context deadline exceeded`;
  return { isSuccess: false, output, isStable: true };
}

export function runProbe(probe: Probe, container: Container, process: Process, podIp: string): ProbeAnswer {
  const failure = (output: string, isStable = true): ProbeAnswer => ({ isSuccess: false, output, isStable });
  const address = podIp.includes(":") ? `[${podIp}]` : podIp;
  if (probe.exec) {
    const { exitCode, output, elapsedMs } = process.execute(probe.exec.command ?? []);
    const timeout = probe.timeoutSeconds ?? 1;
    if (elapsedMs > timeout * 1000) return failure(`command timed out: "${(probe.exec.command ?? []).join(" ")}" timed out after ${timeout}s`, false);
    // A command may look at the clock: it is asked again every period.
    return { isSuccess: exitCode === 0, output: output.slice(0, BODY_LENGTH_MAX), isStable: false };
  }
  if (probe.httpGet) {
    const { path = "/", scheme = "HTTP", host, httpHeaders } = probe.httpGet;
    const port = portNumber(container, probe.httpGet.port);
    if (port === undefined) return failure(`couldn't find port: ${String(probe.httpGet.port)}`);
    const url = `${scheme.toLowerCase()}://${host || address}:${port}${path.startsWith("/") ? "" : "/"}${path}`;
    if (!process.listens(port)) return failure(`Get "${url}": dial tcp ${host || address}:${port}: connect: connection refused`);
    const headers = Object.fromEntries((httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value]));
    const response = process.http(port, {
      method: "GET", path, scheme: scheme === "HTTPS" ? "https" : "http", host: headers["host"] ?? `${address}:${port}`,
      headers: { "user-agent": USER_AGENT, accept: "*/*", ...headers },
    });
    if (response === undefined) return failure(`Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`);
    if (response.status >= 200 && response.status < 400) return { isSuccess: true, output: response.body.slice(0, BODY_LENGTH_MAX), isStable: true };
    return failure(`HTTP probe failed with statuscode: ${response.status}`);
  }
  if (probe.tcpSocket) {
    const port = portNumber(container, probe.tcpSocket.port);
    if (port === undefined) return failure(`couldn't find port: ${String(probe.tcpSocket.port)}`);
    if (process.listens(port)) return { isSuccess: true, output: "", isStable: true };
    return failure(`dial tcp ${probe.tcpSocket.host || address}:${port}: connect: connection refused`);
  }
  if (probe.grpc) {
    const { port } = probe.grpc;
    if (process.listens(port)) return { isSuccess: true, output: "service healthy", isStable: true };
    return failure(`timeout: failed to connect service "${address}:${port}" within ${probe.timeoutSeconds ?? 1}s: context deadline exceeded`);
  }
  return { isSuccess: true, output: "", isStable: true };
}
