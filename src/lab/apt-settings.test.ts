import { describe, expect, it } from "vitest";
import { aptSettings } from "./apt-settings.ts";

const DEB822 = `Types: deb
# a snapshot was here
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;

describe("where machines get packages", () => {
  it("is where this computer gets its own, in apt's newer format", () => {
    expect(aptSettings("bookworm", { "/etc/apt/sources.list.d/debian.sources": DEB822 }, "")).toEqual({
      mirror: "http://mirror.example/debian",
      sources: "deb http://mirror.example/debian bookworm main contrib\ndeb http://mirror.example/debian bookworm-updates main contrib\ndeb http://mirror.example/debian-security bookworm-security main\n",
      configuration: 'Acquire::EnableSrvRecords "false";\n',
    });
  });

  it("and in the older one, without the sources of others", () => {
    const list = "# deb http://no.example/debian bookworm main\ndeb [arch=amd64 signed-by=/k] https://mirror.example/debian bookworm main # home\ndeb-src http://mirror.example/debian bookworm main\ndeb https://other.example/linux bookworm stable\ndeb file:/media bookworm main\n";
    expect(aptSettings("bookworm", { "/etc/apt/sources.list": list }, "")).toMatchObject({ mirror: "https://mirror.example/debian", sources: "deb https://mirror.example/debian bookworm main\n" });
  });

  it("is left to debootstrap on another system", () => {
    expect(aptSettings("bookworm", { "/etc/apt/sources.list": "deb http://mirror.example/ubuntu noble main\n" }, "")).toMatchObject({ mirror: undefined, sources: undefined });
  });

  it("is the mirror that was named", () => {
    expect(aptSettings("bookworm", { "/etc/apt/sources.list.d/debian.sources": DEB822 }, "", "http://mine.example/debian")).toMatchObject({ mirror: "http://mine.example/debian", sources: "deb http://mine.example/debian bookworm main\n" });
  });

  it("takes a proxy over, and nothing that is not about reaching packages", () => {
    const dump = 'APT::Install-Recommends "0";\nAcquire::http::Proxy "http://192.0.2.1:3142";\nAcquire::Check-Valid-Until "false";\nAcquire::Languages "";\nDPkg::Pre-Invoke:: "rm -rf /";\n';
    expect(aptSettings("bookworm", {}, dump).configuration).toBe('Acquire::EnableSrvRecords "false";\nAcquire::http::Proxy "http://192.0.2.1:3142";\nAcquire::Check-Valid-Until "false";\n');
  });
});
