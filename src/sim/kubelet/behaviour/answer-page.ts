/** What a simulated app answers: who it is, in the format the client asks for. */
import type { HttpRequest, HttpResponse, ProcessContext } from "./process.ts";

export function answerPage(context: ProcessContext, port: number, request: HttpRequest): HttpResponse {
  const { pod, container, image } = context;
  const app = pod.labels["app.kubernetes.io/name"] ?? pod.labels["app"] ?? pod.labels["k8s-app"] ?? container;
  const facts = { app, namespace: pod.namespace, pod: pod.name, node: pod.node, container, image, address: `${pod.ip}:${port}`, host: request.host, path: request.path };
  const respond = (type: string, body: string): HttpResponse => ({
    status: 200,
    headers: { "content-type": type, "content-length": String(Buffer.byteLength(body)), server: "kubernest" },
    body,
  });
  switch (preferredType(request.headers["accept"] ?? "")) {
    case "json":
      return respond("application/json", `${JSON.stringify(facts)}\n`);
    case "html":
      return respond("text/html; charset=utf-8", page(facts));
    default:
      return respond("text/plain; charset=utf-8", Object.entries(facts).map(([key, value]) => `${key}: ${value}\n`).join(""));
  }
}

function preferredType(accept: string): "json" | "html" | "text" {
  const html = accept.indexOf("text/html");
  const json = accept.indexOf("application/json");
  if (html >= 0 && (json < 0 || html < json)) return "html";
  return json >= 0 ? "json" : "text";
}

function page(facts: Readonly<Record<string, string>>): string {
  const rows = Object.entries(facts).map(([key, value]) => `    <dt>${key}</dt><dd>${escapeHtml(value)}</dd>`);
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(facts["app"] ?? "")}</title></head>`,
    "<body>",
    `  <h1>${escapeHtml(facts["app"] ?? "")}</h1>`,
    "  <p>Simulated by Kubernest: the app itself does not run here.</p>",
    "  <dl>",
    ...rows,
    "  </dl>",
    "</body></html>",
    "",
  ].join("\n");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]!);
}
