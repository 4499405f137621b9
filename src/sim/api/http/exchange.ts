/** A request and its answer as the API handles them, free of Node's own classes so that tests need no socket. */
import type { Decision } from "../admission/webhook/decision.ts";
import type { UserInfo } from "../registry/request.ts";

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  user: UserInfo;
  /** For a write, where webhooks may be asked. */
  decision?: Decision;
}

/** A stream that goes on after the headers (a watch, followed logs). */
export interface Sink {
  write(chunk: string | Buffer): void;
  end(): void;
  /** Called once when the client has gone or the stream was ended. */
  onClose(fn: () => void): void;
}

export interface ApiAnswer {
  code: number;
  headers: Record<string, string>;
  /** Several headers of the same name. */
  warnings?: readonly string[];
  body?: string | Buffer;
  /** Instead of a body. */
  stream?(sink: Sink): void;
}
