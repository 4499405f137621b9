import { expect, test } from "vitest";
import { startProcess } from "./choose-behaviour.ts";
import { ContainerFiles, MemoryVolume, ProjectedVolume } from "./container-files.ts";
import { runToEnd } from "./shell-run.ts";
import { testProcess } from "./test-context.ts";

/** Runs `sh -c SCRIPT` to its end: output, exit code, seconds that passed. */
function run(script: string): { output: string; code: number | undefined; seconds: number } {
  const { context, loop, lines, exits } = testProcess({ command: ["sh", "-c", script] });
  startProcess(context);
  loop.runUntil(loop.now() + 3_600_000);
  return { output: lines.join("\n"), code: exits[0]?.code, seconds: (exits[0]?.atMs ?? 0) / 1000 };
}

test.each<[string, string, number]>([
  ["echo hello world", "hello world", 0],
  ["echo -n a; echo b", "ab", 0],
  ['echo "$GREETING, $HOME" \'$HOME\'', "hello, /root $HOME", 0],
  ["exit 7", "", 7],
  ["false || echo recovered", "recovered", 0],
  ["true && false", "", 1],
  ["! false && echo yes", "yes", 0],
  ["if [ -f /nothing ]; then echo a; elif test -d /tmp; then echo b; else echo c; fi", "b", 0],
  ["for i in 1 2 3; do echo $i; done", "1\n2\n3", 0],
  ["i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo n$i; done", "n1\nn2\nn3", 0],
  ["echo one > /tmp/a; echo two >> /tmp/a; cat /tmp/a | wc -l", "2", 0],
  ["cat /nothing", "cat: /nothing: No such file or directory", 1],
  ["cat /nothing 2>/dev/null; echo $?", "1", 0],
  ["x=$(echo inner); echo \"<$x>\"", "<inner>", 0],
  ["echo ${MISSING:-default} ${GREETING:-no} ${#GREETING}", "default hello 5", 0],
  ["f() { echo \"in $1\"; return 3; }; f arg; echo $?", "in arg\n3", 0],
  ["case web-1 in db*) echo db;; web*) echo web;; esac", "web", 0],
  ["set -e; false; echo never", "", 1],
  ["(cd /tmp; pwd); pwd", "/tmp\n/", 0],
  ["printf '%s=%03d\\n' a 7", "a=007", 0],
  ["printenv GREETING; printenv MISSING", "hello", 1],
  ["expr 7 % 3 + 2 \\* 5; expr 3 - 3; echo $?", "11\n0\n1", 0],
  ["expr 10 \\> 9 \\& abc \\< abd; expr \\( 1 + 2 \\) \\* 3; expr '' \\| default", "1\n9\ndefault", 0],
  ["expr web-12 : 'web-\\([0-9]*\\)'; expr web : w; expr 1 / 0; expr 1 +; expr a + 1", "12\n1\nexpr: division by zero\nexpr: syntax error\nexpr: non-integer argument", 2],
  ["if [ $(expr 3 % 2) -ne 0 ]; then exit 1; else exit 0; fi", "", 1],
  ["seq 3 | grep -v 2", "1\n3", 0],
  ["wget -qO- http://web/; wget -q -O /dev/null http://nowhere/", "page\nwget: bad address 'nowhere'", 1],
  ["curl -fsS http://web/missing", "curl: (22) The requested URL returned error: 404", 22],
  ["nslookup web >/dev/null && echo found", "found", 0],
  ["date +%F", "2026-01-01", 0],
  ["date", "Thu Jan  1 00:00:00 UTC 2026", 0],
  ["printf 'a b\\nc\\n' | while read first rest; do echo \"$first/$rest\"; done", "a/b\nc/", 0],
  ["VAR=1 env | grep ^VAR=; echo ${VAR:-unset}", "VAR=1\nunset", 0],
  ["exec echo last; echo never", "last", 0],
  ["file=/a/b/c.tar.gz; echo ${file##*/} ${file%.gz} $(basename $file) $(dirname $file)", "c.tar.gz /a/b/c.tar c.tar.gz /a/b", 0],
  ["nc -z -w 2 web 80 && nc -zw2 web 80 && echo open; nc -w 2 -z nowhere 80", "open", 1],
  ["cp /nothing /tmp/a", "cp: can't stat '/nothing': No such file or directory", 1],
  ["mkdir -p /tmp/d/e; echo 1 > /tmp/d/e/f; cp /tmp/d /tmp/x; cp -r /tmp/d /tmp/x; cp -a /tmp/x/. /tmp/y; ls /tmp/y; mv /tmp/y /tmp/z; cat /tmp/z/e/f /tmp/y/e/f", "cp: -r not specified; omitting directory '/tmp/d'\ne\n1\ncat: /tmp/y/e/f: No such file or directory", 1],
  ["if", 'sh: syntax error: unexpected end of file', 2],
])("%s", (script, output, code) => {
  expect(run(script)).toMatchObject({ output, code });
});

test("waits take virtual time", () => {
  expect(run("sleep 5; sleep 1m; echo done")).toEqual({ output: "done", code: 0, seconds: 65 });
  expect(run("sleep 2 & sleep 1; wait; echo done")).toMatchObject({ output: "done", code: 0 });
});

test("a loop that never waits is slowed down, not endless", () => {
  expect(run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i")).toMatchObject({ output: "20000", code: 0 });
});

test("a trap hears a signal, a plain script does not", () => {
  const trapped = testProcess({ command: ["sh", "-c", "trap 'echo bye; exit 0' TERM; while true; do sleep 1; done"] });
  const one = startProcess(trapped.context);
  trapped.loop.runUntil(trapped.loop.now() + 3_000);
  one.signal("SIGTERM");
  expect(trapped.lines).toEqual(["bye"]);
  expect(trapped.exits).toMatchObject([{ code: 0 }]);
  const deaf = testProcess({ command: ["sleep", "100"] });
  const other = startProcess(deaf.context);
  deaf.loop.runUntil(deaf.loop.now() + 3_000);
  other.signal("SIGTERM");
  expect(deaf.exits).toEqual([]);
  other.signal("SIGKILL");
  expect(deaf.exits).toMatchObject([{ code: 137 }]);
});

test("an unknown program works for a while where it is expected to end, and serves where it is not", () => {
  const job = testProcess({ command: ["./migrate"], isJob: true });
  startProcess(job.context);
  job.loop.runUntil(job.loop.now() + 10_000);
  expect(job.exits).toMatchObject([{ code: 0, atMs: 4_000 }]);
  const service = testProcess({ image: "ghcr.io/example/app:1", command: ["sh", "-c", "./migrate && exec ./serve"], isExpectedToEnd: false, ports: [3000] });
  const process = startProcess(service.context);
  service.loop.runUntil(service.loop.now() + 10_000);
  expect(service.exits).toEqual([]);
  expect(process.listens(3000)).toBe(true);
  expect(process.http(3000, { method: "GET", path: "/", host: "x", scheme: "http", headers: {} })?.status).toBe(200);
});

test("an image's own files can be copied out of it, what is missing on a volume cannot", () => {
  const files = new ContainerFiles();
  const volume = new MemoryVolume();
  files.mount("/opt/cni/bin", volume);
  const copy = (...args: string[]): { code: number | undefined; lines: string[] } => {
    const { context, loop, lines, exits } = testProcess({ image: "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.0-flannel1", command: ["cp"], args, files, isInit: true });
    startProcess(context);
    loop.runUntil(loop.now() + 1_000);
    return { code: exits[0]?.code, lines };
  };
  expect(copy("-f", "/flannel", "/opt/cni/bin/flannel")).toEqual({ code: 0, lines: [] });
  expect(volume.list()).toEqual(["flannel"]);
  expect(copy("/opt/cni/bin/bridge", "/tmp/")).toEqual({ code: 1, lines: ["cp: can't stat '/opt/cni/bin/bridge': No such file or directory"] });
  files.mount("/config", new ProjectedVolume(() => new Map()), { readOnly: true });
  expect(copy("/flannel", "/config/")).toEqual({ code: 1, lines: ["cp: can't create '/config/flannel': Read-only file system"] });
});

test("a shell without anything to read ends at once, with a terminal it stays", () => {
  const empty = testProcess({ command: [] });
  startProcess(empty.context);
  empty.loop.runUntil(empty.loop.now() + 1_000);
  expect(empty.exits).toMatchObject([{ code: 0 }]);
  const terminal = testProcess({ command: [], hasTerminal: true });
  startProcess(terminal.context);
  terminal.loop.runUntil(terminal.loop.now() + 100_000);
  expect(terminal.exits).toEqual([]);
});

test("a command beside the main process tells how long it would have waited", () => {
  const { context } = testProcess();
  expect(runToEnd(context, ["sh", "-c", "sleep 5; echo ok"])).toEqual({ exitCode: 0, output: "ok\n", elapsedMs: 5_000 });
  expect(runToEnd(context, ["some-tool", "--check"]).exitCode).toBe(0);
});
