import { describe, expect, it } from "vitest";
import { Settled } from "./settled.ts";

describe("what a control loop left settled", () => {
  it("holds for the very objects, in their order, and for no others", () => {
    const settled = new Settled<number>();
    const [set, a, b] = [{}, {}, {}];
    expect(settled.of(set, [a, b])).toBeUndefined();
    settled.note(set, [a, b], 7);
    expect(settled.of(set, [a, b])).toMatchObject({ kept: 7 });
    for (const beside of [[a], [b, a], [a, b, {}], [a, {}]]) expect(settled.of(set, beside)).toBeUndefined();
    expect(settled.of({}, [a, b])).toBeUndefined();
    settled.note(set, [a], 8);
    expect(settled.of(set, [a, b])).toBeUndefined();
  });
});
