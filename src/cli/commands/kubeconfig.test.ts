/** `kubernest kubeconfig --merge` on a small disk: which file, what is kept, what is asked. */
import { describe, expect, it } from "vitest";
import { nameKubeconfig } from "../../kube/merge-kubeconfig.ts";
import type { CommandIo } from "../command.ts";
import { kubeconfigFiles, putAmongOwn } from "./kubeconfig.ts";

const config = (name: string): string => nameKubeconfig(`clusters: [{ name: k, cluster: { server: "https://192.0.2.1:6443", certificate-authority-data: ${name} } }]\nusers: [{ name: k, user: { token: t } }]\n`, name, "");

function outside(files: Record<string, string>, over: Partial<CommandIo> = {}) {
  const modes: Record<string, number | undefined> = {};
  const said: string[] = [];
  const io = {
    cwd: "/nowhere",
    env: { HOME: "/home/me" },
    canAsk: false,
    now: () => Date.parse("2026-11-01T12:30:15.123Z"),
    exists: (path: string) => files[path] !== undefined,
    readFile: (path: string) => files[path]!,
    writeFile: (path: string, text: string, options: { mode?: number } = {}) => {
      files[path] = text;
      modes[path] = options.mode;
    },
    stderr: (text: string) => void said.push(text),
    ...over,
  } as unknown as CommandIo;
  return { io, files, modes, said };
}

describe("kubernest kubeconfig --merge", () => {
  it("writes kubectl's own file when there is none, for nobody else to read", async () => {
    const { io, files, modes } = outside({});
    expect(await putAmongOwn(config("maison"), "maison", false, io)).toBe(0);
    expect(Object.keys(files)).toEqual(["/home/me/.kube/config"]);
    expect(modes["/home/me/.kube/config"]).toBe(0o600);
  });

  it("keeps the file as it was, and the context in use", async () => {
    const before = config("work");
    const { io, files, modes, said } = outside({ "/home/me/.kube/config": before });
    expect(await putAmongOwn(config("maison"), "maison", false, io)).toBe(0);
    const backup = "/home/me/.kube/config.before-maison-20261101T123015Z";
    expect(files[backup]).toBe(before);
    expect(modes[backup]).toBe(0o600);
    expect(files["/home/me/.kube/config"]).toContain("current-context: work\n");
    expect(said.join("")).toContain("kubectl config use-context maison");
  });

  it("asks before it switches, and does as told", async () => {
    const questions: string[] = [];
    const answer = (yes: boolean) => (question: string) => (questions.push(question), Promise.resolve(yes));
    for (const yes of [true, false]) {
      const { io, files } = outside({ "/home/me/.kube/config": config("work") }, { canAsk: true });
      await putAmongOwn(config("maison"), "maison", false, io, answer(yes));
      expect(files["/home/me/.kube/config"]).toContain(`current-context: ${yes ? "maison" : "work"}\n`);
    }
    expect(questions[0]).toBe("Use the context maison from now on, instead of work?");
  });

  it("writes and keeps nothing when all is there", async () => {
    const { io, files } = outside({});
    await putAmongOwn(config("maison"), "maison", false, io);
    const once = { ...files };
    expect(await putAmongOwn(config("maison"), "maison", false, io)).toBe(0);
    expect(files).toEqual(once);
  });

  it("leaves a file that it cannot read as it is", async () => {
    const { io, files, said } = outside({ "/home/me/.kube/config": "clusters: [" });
    expect(await putAmongOwn(config("maison"), "maison", false, io)).toBe(1);
    expect(files).toEqual({ "/home/me/.kube/config": "clusters: [" });
    expect(said.join("")).toContain("was left as it is");
  });

  it("takes the first file of KUBECONFIG that is there, else the last", () => {
    const env = { KUBECONFIG: "/a:/b::/c" };
    expect(kubeconfigFiles(outside({ "/b": "", "/c": "" }, { env }).io)).toEqual({ target: "/b", others: ["/c"] });
    expect(kubeconfigFiles(outside({}, { env }).io)).toEqual({ target: "/c", others: [] });
  });
});
