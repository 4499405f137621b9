/** Two machines, one of them without power: `plan` and `up` go on with the other, name the one that is off, begin no cluster that it may hold, and do the rest when it is back. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mirrorPath } from "../real/mirror.ts";
import { LabUnderTest, whyNot } from "./lab-command.ts";
import { whileUp } from "./while-up.ts";

const reason = await whyNot();

describe("a machine without power", () => {
  if (reason !== undefined) return void it("is left out", (context) => context.skip(reason));
  const lab = new LabUnderTest("away", "  lb1: { address: 192.168.1.11, roles: load-balancer }\n  cp1: { address: 192.168.1.12, roles: [control-plane, worker], cpu: 2, memory: 4Gi }", `artifacts: { mirror: ${mirrorPath()} }\n`, "endpoint: { address: 192.168.1.11, by: haproxy, on: [lb1] }");
  whileUp(lab);

  it("is named with how to try, and the other is prepared", () => {
    expect(lab.lab("power", "off", "cp1").code).toBe(0);
    const planned = lab.kubernest("plan", "--brief");
    expect(planned).toMatchObject({ code: 2, stdout: expect.stringMatching(/^Prepare the machines\n {2}lb1\n[^]*\nPlan [0-9a-f]{12}: \d+ changes, on 1 machine\.\n$/) as string });
    expect(planned.stdout).not.toContain("cp1");
    expect(planned.stderr).toMatch(/^cp1: .*\n {2}→ is it on, and at 192\.168\.1\.12\? try: ping 192\.168\.1\.12\nWithout cp1: the other machines go on, and what needs it waits\.\nno cluster is to be seen, and cp1 is away and may hold one/);
    const done = lab.kubernest("up", "--yes");
    expect(done).toMatchObject({ code: 1, stderr: expect.stringMatching(/\nAll but cp1, which does not answer\.\n {2}→ when it does: kubernest up; .*\n$/) as string });
    expect(lab.run("ssh lb1 systemctl is-active haproxy").stdout).toBe("active\n");
    expect(lab.kubernest("plan")).toMatchObject({ code: 1, stdout: "Nothing to do: everything else is as the file says.\n" });
  });

  it("comes back, and is what is left to be done", (context) => {
    if (!existsSync(join(mirrorPath(), "dl.k8s.io"))) context.skip("there is no mirror of release files: npm run real-mirror makes one");
    expect(lab.lab("power", "on", "cp1").code).toBe(0);
    const { code, stdout } = lab.kubernest("plan", "--brief");
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^Prepare the machines\n {2}cp1\n[^]*\nBegin the cluster\n {2}cp1\n/)]);
  });
});
