/** Writes tar archives (POSIX ustar) that are the same to the byte for the same content: fixed times, owner root, entries in the order given. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { assert } from "../../src/lib/assert.ts";

/** 2026-01-01T00:00:00Z. */
export const ARCHIVE_TIME_SECONDS = 1_767_225_600;

const BLOCK = 512;
const NAME_BYTES_MAX = 100;
const PREFIX_BYTES_MAX = 155;
const READ_BYTES = 1 << 20;

export type TarEntry = { path: string } & (
  | { kind: "directory"; mode: number }
  | { kind: "link"; target: string }
  | { kind: "file"; mode: number; content: Buffer | { file: string } | { size: number; chunks: () => AsyncIterable<Buffer> } }
);

/** The archive's bytes, chunk by chunk: an image's layer need not fit in memory. */
export async function* tarOf(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.kind !== "file") {
      yield header(entry, 0);
      continue;
    }
    const { content } = entry;
    const size = Buffer.isBuffer(content) ? content.length : "file" in content ? (await stat(content.file)).size : content.size;
    yield header(entry, size);
    if (Buffer.isBuffer(content)) yield content;
    else yield* exactly(size, "file" in content ? createReadStream(content.file, { highWaterMark: READ_BYTES }) : content.chunks(), entry.path);
    const rest = size % BLOCK;
    if (rest > 0) yield Buffer.alloc(BLOCK - rest);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** A file that changes while it is packed would shift everything after it. */
async function* exactly(size: number, chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== size) throw new Error(`${path} changed while it was packed: ${read} bytes instead of ${size}`);
}

const TYPE_FLAGS = { file: "0", link: "2", directory: "5" } as const;

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { name, prefix } = splitPath(entry.kind === "directory" ? `${entry.path}/` : entry.path);
  block.write(name, 0);
  block.write(octal(entry.kind === "link" ? 0o777 : entry.mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(ARCHIVE_TIME_SECONDS, 12), 136);
  block.write(TYPE_FLAGS[entry.kind], 156);
  if (entry.kind === "link") {
    assert(Buffer.byteLength(entry.target) <= NAME_BYTES_MAX, `the link ${entry.path} has a target too long for ustar`);
    block.write(entry.target, 157);
  }
  block.write("ustar\0" + "00", 257);
  block.write("root", 265);
  block.write("root", 297);
  block.write(prefix, 345);
  // The checksum is taken with its own field full of spaces.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function octal(value: number, width: number): string {
  const digits = value.toString(8).padStart(width - 1, "0");
  assert(digits.length === width - 1, `${value} does not fit into ${width - 1} octal digits`);
  return `${digits}\0`;
}

/** ustar holds the end of a path in one field and its beginning, up to a slash, in another. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= NAME_BYTES_MAX) return { name: path, prefix: "" };
  for (let slash = path.indexOf("/"); slash >= 0 && slash < path.length - 1; slash = path.indexOf("/", slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(name) <= NAME_BYTES_MAX && Buffer.byteLength(prefix) <= PREFIX_BYTES_MAX) return { name, prefix };
  }
  throw new Error(`${path} is too long for ustar`);
}
