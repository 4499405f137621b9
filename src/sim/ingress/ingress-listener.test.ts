import { connect } from "node:tls";
import { expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { listenIngress } from "./ingress-listener.ts";

const NOT_BEFORE_MS = Date.UTC(2026, 0, 1);
const NOT_AFTER_MS = Date.UTC(2099, 0, 1);

/** Until when what is shown for a name is good, and for whom. */
function shownFor(port: number, servername: string): Promise<[name: string, untilMs: number]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false }, () => {
      const { subject, valid_to: validTo } = socket.getPeerCertificate();
      socket.end();
      resolve([String(subject.CN), Date.parse(validTo)]);
    });
    socket.once("error", reject);
  });
}

it("shows a certificate that has ended for a name whose certificate nothing has renewed, until somebody does", async () => {
  let hasEnded = false;
  const listener = await listenIngress(
    {
      route: () => ({ status: 200, headers: {}, body: "" }),
      hasCertificate: (host) => host.endsWith(".maison.example"),
      hasCertificateEnded: (host) => hasEnded && host === "shop.maison.example",
      certificates: certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)),
      validity: { notBeforeMs: NOT_BEFORE_MS, notAfterMs: NOT_AFTER_MS },
      catchUp: () => undefined,
    },
    "127.0.0.1",
    0,
    0,
  );
  const shop = (): Promise<[string, number]> => shownFor(listener.httpsPort, "shop.maison.example");
  try {
    expect(await shop()).toEqual(["shop.maison.example", NOT_AFTER_MS]);
    hasEnded = true;
    expect(await shop()).toEqual(["shop.maison.example", NOT_BEFORE_MS]);
    expect(await shownFor(listener.httpsPort, "other.maison.example")).toEqual(["other.maison.example", NOT_AFTER_MS]);
    hasEnded = false;
    expect(await shop()).toEqual(["shop.maison.example", NOT_AFTER_MS]);
  } finally {
    await listener.close();
  }
});
