/** Requests to the embedded cluster without a socket: the same handler that answers HTTP, as its administrator. Answers at once, so that virtual time stands still meanwhile. */
import type { KubeTransport } from "../ports/kube-transport.ts";
import type { Cluster } from "../sim/cluster.ts";

export const ADMINISTRATOR = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

export function inProcessTransport(cluster: Cluster): KubeTransport {
  return {
    async request(request) {
      const answer = await cluster.handler({
        method: request.method,
        path: request.path,
        query: new URLSearchParams(request.query),
        headers: { accept: "application/json", "user-agent": "kubernest", ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }) },
        body: Buffer.from(request.body ?? ""),
        user: ADMINISTRATOR,
      });
      return { code: answer.code, body: answer.body?.toString() ?? "", warnings: [...new Set(answer.warnings)] };
    },
    close: () => Promise.resolve(),
  };
}
