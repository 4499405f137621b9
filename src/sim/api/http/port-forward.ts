/** `kubectl port-forward`: pairs of streams (errors, data) joined to a pod's simulated server. */
import type { SpdyStream } from "./spdy-connection.ts";

export interface PortConnection {
  write(chunk: Buffer): void;
  end(): void;
}

/** Opens a port of a pod; a text is why it cannot be opened, as the kubelet words it. */
export type OpenPort = (port: number, onData: (chunk: Buffer) => void, onEnd: () => void) => PortConnection | string;

interface Pair {
  error?: SpdyStream;
  data?: SpdyStream;
}

/** Joins the streams of one connection as they arrive: kubectl opens the error stream first, then the data stream, under one request id. */
export function portForwarder(open: OpenPort): (stream: SpdyStream) => void {
  const pairs = new Map<string, Pair>();
  return (stream) => {
    const id = stream.headers["requestid"] ?? `${stream.headers["port"]}`;
    const pair = pairs.get(id) ?? {};
    if (stream.headers["streamtype"] === "error") pair.error = stream;
    else pair.data = stream;
    pairs.set(id, pair);
    if (pair.error === undefined || pair.data === undefined) return;
    pairs.delete(id);
    join(open, pair.error, pair.data);
  };
}

function join(open: OpenPort, error: SpdyStream, data: SpdyStream): void {
  const port = Number(data.headers["port"]);
  const connection = open(
    port,
    (chunk) => data.write(chunk),
    () => {
      data.end();
      error.end();
    },
  );
  if (typeof connection === "string") {
    error.write(Buffer.from(connection));
    error.end();
    data.end();
    return;
  }
  data.onData = (chunk) => connection.write(chunk);
  data.onEnd = () => connection.end();
}

