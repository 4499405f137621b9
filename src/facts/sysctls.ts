/** Kernel settings that steps ask for, as the kernel says them; several numbers are one blank apart. */
import type { Fact } from "./fact.ts";
import { line } from "./readings.ts";

export const sysctlsFact: Fact<Readonly<Record<string, string | undefined>>> = {
  id: "sysctls",
  reads: (questions) => ({ texts: questions.sysctls.map(sysctlPath) }),
  parse: ({ texts }, questions) => Object.fromEntries(questions.sysctls.map((name) => [name, line(texts[sysctlPath(name)])?.replaceAll("\t", " ")])),
};

/** As sysctl(8): dots part the names, or slashes, and then a dot belongs to a name, as in `net/ipv4/conf/eth0.100/rp_filter`. */
function sysctlPath(name: string): string {
  const isDotted = !/^[^.]*\//.test(name);
  return `/proc/sys/${isDotted ? name.replaceAll(/[./]/g, (sign) => (sign === "." ? "/" : ".")) : name}`;
}
