/** Binaries and images of upstream releases, from the release sites or a mirror of them; never without a checksum. */

export interface Artifact {
  /** For people: `kubelet v1.36.3`. */
  readonly name: string;
  /** Where upstream publishes it: `https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet`. A mirror holds it under the same host and path. */
  readonly url: string;
  /** Where upstream publishes its SHA-256: a bare digest, or lines of `digest  name`. */
  readonly checksumUrl: string;
}

export interface ObtainedArtifact {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The whole content, in pieces. */
  read(): AsyncIterable<Uint8Array>;
}

export interface ArtifactSource {
  /** Verified, and kept for the next time. Rejects with `ArtifactFailed`. */
  obtain(artifact: Artifact): Promise<ObtainedArtifact>;
  /** The published checksum alone; small, so that a plan can ask for it. Rejects with `ArtifactFailed`. */
  checksum(artifact: Artifact): Promise<string>;
  /** True where the artifact is to be had, without fetching it. */
  has(artifact: Artifact): Promise<boolean>;
}

export class ArtifactFailed extends Error {
  override name = "ArtifactFailed";
  readonly code: "not-found" | "unreachable" | "checksum-differs" | "checksum-missing";
  readonly artifact: Artifact;
  readonly hint: string;
  constructor(code: ArtifactFailed["code"], artifact: Artifact, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.artifact = artifact;
    this.hint = hint;
  }
}
