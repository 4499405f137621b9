#!/usr/bin/env node
/** The program, from its sources. What the package ships starts with `shipped-main.ts`. */
import { runProcess } from "./run-process.ts";

await runProcess(() => import("./cli.ts"));
