import { expect, test } from "vitest";
import { homelabOf } from "../../test/rehearse/virtual-rehearsal.ts";
import { authorityFor, breakableRehearsal } from "./breakable-rehearsal.ts";

test("on a terminal it says how far it has come up, elsewhere nothing", async () => {
  const homelab = await homelabOf("examples/gazette/homelab.yaml");
  const written = async (isTerminal: boolean): Promise<string> => {
    let text = "";
    const rehearsal = breakableRehearsal(homelab, "1", authorityFor("kubernest-test", Date.UTC(2026, 0, 1)), { debug: () => undefined, isTerminal, width: 200, stderr: (more: string) => void (text += more) });
    try {
      expect((await rehearsal.settle(() => false)).isReady).toBe(true);
    } finally {
      await rehearsal.close();
    }
    return text;
  };
  expect(await written(true)).toMatch(/coming up: nodes 0\/\d.*coming up: nodes (\d+)\/\1 · pods placed/s);
  expect(await written(false)).toBe("");
});
