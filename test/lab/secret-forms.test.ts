/** The detector is tried on what it has to find: a test that finds nothing says something only then. */
import { describe, expect, it } from "vitest";
import { parseExecuted } from "./executed-programs.ts";
import { leaksIn } from "./secret-forms.ts";

const SECRET = `s3cr'et "w0rd" \\ & é/+`;

describe("a secret in a text is found", () => {
  it.each<readonly [string, string]>([
    ["as it is", `PASSWORD=${SECRET}\n`],
    ["in JSON", JSON.stringify({ env: { PASSWORD: SECRET } })],
    ["in JSON within JSON", JSON.stringify({ log: JSON.stringify({ SECRET }) })],
    ["in a URL", `https://me:${encodeURIComponent(SECRET)}@example.test`],
    ["in a shell's quotes", `sh -c 'echo '${SECRET.replaceAll("'", "'\\''")}''`],
    ["in base64", Buffer.from(SECRET).toString("base64")],
    ["in base64url", Buffer.from(SECRET).toString("base64url")],
    ["in hexadecimal digits", Buffer.from(SECRET).toString("hex")],
    ...[1, 2, 3, 4, 5].map((count) => [`in base64 behind ${count} letters`, Buffer.from(`${"x".repeat(count)}${SECRET}yz`).toString("base64")] as const),
    ["in base64 over several lines", Buffer.from(`${"x".repeat(50)}${SECRET}${"y".repeat(80)}`).toString("base64").replace(/.{76}/g, "$&\n")],
    ["in base64 of JSON", Buffer.from(JSON.stringify({ auth: SECRET })).toString("base64")],
  ])("%s", (_how, text) => {
    expect(leaksIn({ log: text }, { word: SECRET })).toEqual([expect.stringMatching(/^word in log: /)]);
  });

  it("and nothing else is", () => {
    expect(leaksIn({ log: "‹secret: word, changed› s3cret w0rd" }, { word: SECRET })).toEqual([]);
  });
});

it("the kernel's records are read back as the arguments were", () => {
  const hex = Buffer.from("echo 'a b'\n").toString("hex").toUpperCase();
  const long = Buffer.from("x".repeat(9)).toString("hex").toUpperCase();
  const log = `type=SYSCALL msg=audit(1.5:7): arch=c000003e syscall=59
type=EXECVE msg=audit(1.5:7): argc=3 a0="sh" a1="-c" a2=${hex}
type=EXECVE msg=audit(1.6:8): argc=2 a0="printf" a1_len=20 a1[0]=${long}
type=EXECVE msg=audit(1.6:8): a1[1]=${long}
`;
  expect(parseExecuted(log)).toEqual([["sh", "-c", "echo 'a b'\n"], ["printf", "x".repeat(18)]]);
});
