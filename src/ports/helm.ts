/** The user's own `helm`, for charts on clusters that install none by themselves. What it is given goes through files that nobody else may read. */
export interface HelmRequest {
  /** Without secrets: they are seen by everybody on this computer. */
  readonly args: readonly string[];
  readonly kubeconfig: string;
  /** YAML. */
  readonly values?: string;
  readonly deadlineMs: number;
}

export interface Helm {
  /** Undefined when there is none on this computer. */
  version(): Promise<string | undefined>;
  run(request: HelmRequest): Promise<{ readonly code: number; readonly output: string }>;
}
