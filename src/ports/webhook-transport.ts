/** How admission webhooks outside are reached: one HTTPS POST and its answer. */
export interface WebhookCall {
  /** With its `timeout` parameter. */
  url: string;
  /** PEM of the authorities that the server's certificate is checked against; the system's own where there is none. */
  caBundle?: string;
  /** JSON. */
  body: string;
  timeoutMs: number;
}

/** `error` is what Go's HTTP client says after `Post "URL": `; `url` is where a redirect led. */
export type WebhookReply = { status: number; body: string } | { error: string; url?: string };

export interface WebhookTransport {
  /** Never rejects. */
  call(call: WebhookCall): Promise<WebhookReply>;
}
