import { expect, it } from "vitest";
import { rulesPage } from "./rules-page.ts";

it("docs/checks.md is current (write it with -u)", async () => {
  await expect(rulesPage()).toMatchFileSnapshot("../../docs/checks.md");
});
