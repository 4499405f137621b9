/**
 * The server side of SPDY/3.1, as far as `kubectl port-forward` speaks it: streams with headers, data both ways, pings.
 * It was never standardised and every library for it is gone; Kubernetes still uses it, bare or inside a websocket.
 */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
import { SPDY_DICTIONARY } from "./spdy-dictionary.ts";

const TYPE = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
const FLAG_FIN = 0x01;
const VERSION = 3;
const FRAME_HEADER_BYTES = 8;
/** A data frame's length field has 24 bits; smaller pieces keep streams fair to each other. */
const DATA_BYTES_MAX = 32 * 1024;
/** No client of ours sends larger frames; more is an attack or an error. */
const FRAME_BYTES_MAX = 4 * 1024 * 1024;

export interface SpdyStream {
  id: number;
  headers: Readonly<Record<string, string>>;
  onData: (chunk: Buffer) => void;
  /** The client will send no more. */
  onEnd: () => void;
  write(chunk: Buffer): void;
  end(): void;
}

export interface SpdyTransport {
  write(bytes: Buffer): void;
  close(): void;
}

export class SpdyConnection {
  readonly #transport: SpdyTransport;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #inflate: Inflate = createInflate({ dictionary: SPDY_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  readonly #deflate: Deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
  #pending: Buffer = Buffer.alloc(0);
  /** Frames are handled one after the other: header blocks share one compression context. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(transport: SpdyTransport, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
  }

  receive(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= FRAME_HEADER_BYTES) {
      const length = this.#pending.readUInt32BE(4) & 0xffffff;
      if (length > FRAME_BYTES_MAX) return this.close();
      if (this.#pending.length < FRAME_HEADER_BYTES + length) return;
      const frame = this.#pending.subarray(0, FRAME_HEADER_BYTES + length);
      this.#pending = this.#pending.subarray(FRAME_HEADER_BYTES + length);
      this.#work = this.#work.then(() => this.#handle(frame)).catch(() => this.close());
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#streams.values()) stream.onEnd();
    this.#streams.clear();
    this.#inflate.close();
    this.#deflate.close();
    this.#transport.close();
  }

  async #handle(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE(0);
    const flags = frame[4]!;
    const payload = frame.subarray(FRAME_HEADER_BYTES);
    if ((first & 0x80000000) === 0) {
      const stream = this.#streams.get(first & 0x7fffffff);
      if (stream === undefined) return;
      if (payload.length > 0) stream.onData(Buffer.from(payload));
      if (flags & FLAG_FIN) stream.onEnd();
      return;
    }
    switch (first & 0xffff) {
      case TYPE.synStream: {
        const id = payload.readUInt32BE(0) & 0x7fffffff;
        const headers = await this.#readHeaders(payload.subarray(10));
        await this.#reply(id);
        const stream = this.#makeStream(id, headers);
        this.#streams.set(id, stream);
        this.#onStream(stream);
        if (flags & FLAG_FIN) stream.onEnd();
        return;
      }
      case TYPE.rstStream: {
        const id = payload.readUInt32BE(0) & 0x7fffffff;
        this.#streams.get(id)?.onEnd();
        this.#streams.delete(id);
        return;
      }
      case TYPE.ping:
        this.#send(controlFrame(TYPE.ping, 0, Buffer.from(payload.subarray(0, 4))));
        return;
      case TYPE.headers:
        // Nobody sends these here, but skipping one would lose the shared compression state.
        await this.#readHeaders(payload.subarray(4));
        return;
      case TYPE.goAway:
        this.close();
        return;
      default:
    }
  }

  #makeStream(id: number, headers: Readonly<Record<string, string>>): SpdyStream {
    let isEnded = false;
    return {
      id,
      headers,
      onData: () => undefined,
      onEnd: () => undefined,
      write: (chunk) => {
        for (let at = 0; at < chunk.length; at += DATA_BYTES_MAX) this.#send(dataFrame(id, 0, chunk.subarray(at, at + DATA_BYTES_MAX)));
      },
      end: () => {
        if (isEnded) return;
        isEnded = true;
        this.#send(dataFrame(id, FLAG_FIN, Buffer.alloc(0)));
        this.#streams.delete(id);
      },
    };
  }

  #send(frame: Buffer): void {
    if (!this.#isClosed) this.#transport.write(frame);
  }

  async #reply(id: number): Promise<void> {
    const block = await pump(this.#deflate, Buffer.from([0, 0, 0, 0]));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(id, 0);
    this.#send(controlFrame(TYPE.synReply, 0, Buffer.concat([head, block])));
  }

  async #readHeaders(block: Buffer): Promise<Record<string, string>> {
    const text = await pump(this.#inflate, block);
    const headers: Record<string, string> = {};
    let at = 0;
    const take = (): string => {
      const length = text.readUInt32BE(at);
      const value = text.toString("utf8", at + 4, at + 4 + length);
      at += 4 + length;
      return value;
    };
    const count = text.readUInt32BE(0);
    at = 4;
    for (let i = 0; i < count; i++) {
      const name = take().toLowerCase();
      headers[name] = take();
    }
    return headers;
  }
}

function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head.writeUInt16BE(0x8000 | VERSION, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([head, payload]);
}

function dataFrame(id: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head.writeUInt32BE(id, 0);
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([head, payload]);
}

/** One block through a compression stream that goes on: what comes out until it is flushed. */
function pump(stream: Inflate | Deflate, block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer): void => void chunks.push(chunk);
    stream.on("data", onData);
    stream.once("error", reject);
    stream.write(block, () => {
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off("data", onData);
        stream.off("error", reject);
        resolve(Buffer.concat(chunks));
      });
    });
  });
}
