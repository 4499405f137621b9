/** What a failure case runs against: an API, and time that is real or virtual. */
import type { Answer, Call } from "../client.ts";

export interface Surroundings {
  call(call: Call): Promise<Answer>;
  /** Milliseconds. */
  nowMs(): number;
  /** Resolves when so much time has passed. */
  pass(ms: number): Promise<void>;
  /** Changes so far, but for heartbeats: where it is the same nobody need look. Absent where it cannot be known. */
  changeCount?(): number;
  /** Absent where they cannot be reached: such cases are left out. */
  restartControllers?(): Promise<void>;
}

/** Throws where the answer is none of these codes. */
export async function ask(around: Surroundings, call: Call, ...codes: number[]): Promise<Answer> {
  const answer = await around.call(call);
  if (!(codes.length > 0 ? codes : [200, 201, 202]).includes(answer.code)) throw new Error(`${call.method} ${call.path}: ${answer.code} ${JSON.stringify(answer.body).slice(0, 300)}`);
  return answer;
}
