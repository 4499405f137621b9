import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImageArchive, type Image } from "./image-archive.ts";
import { RootFilesystem } from "./root-filesystem.ts";
import { skippedFor } from "../skipping.ts";
import { noTar } from "../userland.ts";

const run = promisify(execFile);
const LONG = `usr/share/${"directory/".repeat(10)}${"f".repeat(60)}`;

let scratch: string;
beforeEach(async () => void (scratch = await mkdtemp(join(tmpdir(), "kubernest-archive-"))));
afterEach(async () => rm(scratch, { recursive: true, force: true }));

function image(text: string): Image {
  const root = new RootFilesystem().addFile("bin/hello", text, 0o755).addLink("bin/hi", "hello").addFile(LONG, "deep").addDirectory("tmp", 0o1777);
  return { reference: "registry.example/team/hello:1.2", architecture: "amd64", config: { Cmd: ["hello"] }, root: root.layer() };
}

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("an image's archive", () => {
  it("holds an OCI layout and Docker's manifest in which every digest and size is right", skippedFor(noTar), async () => {
    const target = join(scratch, "image.tar");
    await writeImageArchive(target, image("hello\n"));
    expect(await readFile(`${target}.sha256`, "utf8")).toBe(`${digestOf(await readFile(target))}\n`);
    await run("tar", ["-xf", target, "-C", scratch]);
    const blob = async ({ digest, size }: { digest: string; size: number }): Promise<Buffer> => {
      const bytes = await readFile(join(scratch, "blobs/sha256", digest.slice("sha256:".length)));
      expect(`sha256:${digestOf(bytes)}`).toBe(digest);
      expect(bytes.length).toBe(size);
      return bytes;
    };
    expect(JSON.parse(await readFile(join(scratch, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
    const index = JSON.parse(await readFile(join(scratch, "index.json"), "utf8"));
    expect(index.manifests[0].annotations["io.containerd.image.name"]).toBe("registry.example/team/hello:1.2");
    const manifest = JSON.parse((await blob(index.manifests[0])).toString());
    const config = JSON.parse((await blob(manifest.config)).toString());
    await blob(manifest.layers[0]);
    expect(config).toMatchObject({ architecture: "amd64", os: "linux", config: { Cmd: ["hello"] }, rootfs: { type: "layers", diff_ids: [manifest.layers[0].digest] } });
    const [docker] = JSON.parse(await readFile(join(scratch, "manifest.json"), "utf8"));
    expect(docker).toEqual({
      Config: `blobs/sha256/${manifest.config.digest.slice(7)}`,
      RepoTags: ["registry.example/team/hello:1.2"],
      Layers: [`blobs/sha256/${manifest.layers[0].digest.slice(7)}`],
    });
    await run("tar", ["-xf", join(scratch, docker.Layers[0]), "-C", scratch]);
    expect(await readFile(join(scratch, "bin/hi"), "utf8")).toBe("hello\n");
    expect((await stat(join(scratch, "usr/bin/hello"))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(scratch, LONG), "utf8")).toBe("deep");
  });

  it("is the same to the byte for the same content, and is written again only when that changes", async () => {
    const [one, other] = [join(scratch, "one.tar"), join(scratch, "other.tar")];
    expect(await writeImageArchive(one, image("hello\n"))).toBe(true);
    expect(await writeImageArchive(other, image("hello\n"))).toBe(true);
    expect(digestOf(await readFile(one))).toBe(digestOf(await readFile(other)));
    expect(await writeImageArchive(one, image("hello\n"))).toBe(false);
    expect(await writeImageArchive(one, image("salut\n"))).toBe(true);
    expect(digestOf(await readFile(one))).not.toBe(digestOf(await readFile(other)));
  });
});
