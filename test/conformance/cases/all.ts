/** Every area of the API's conformance cases. */
import type { Case } from "../case.ts";
import { lists, watches } from "./lists.ts";
import { verbs } from "./verbs.ts";

export const allCases: readonly Case[] = [verbs, lists, watches].flat();
