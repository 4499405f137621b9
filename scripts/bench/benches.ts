/** Every bench, in the order of the report. */
import type { Bench } from "./bench-definition.ts";
import { deployment1000 } from "./deployment-1000.ts";
import { firstAnswer } from "./first-answer.ts";
import { help } from "./help.ts";
import { memory5000Pods } from "./memory-5000-pods.ts";
import { render1000Apps } from "./render-1000-apps.ts";
import { watchers100 } from "./watchers-100.ts";
import { writesInProcess } from "./writes-in-process.ts";
import { writesOverHttp } from "./writes-over-http.ts";

export const BENCHES: readonly Bench[] = [firstAnswer, writesInProcess, writesOverHttp, deployment1000, memory5000Pods, watchers100, render1000Apps, help];
