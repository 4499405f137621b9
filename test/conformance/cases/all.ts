/** Every area of the API's conformance cases. */
import type { Case } from "../case.ts";
import { admission, dryRun, fieldValidation, policies } from "./admission.ts";
import { authorization } from "./auth.ts";
import { controllers } from "./controllers.ts";
import { customResources } from "./custom-resources.ts";
import { defaulting } from "./defaulting.ts";
import { discovery, tables } from "./discovery.ts";
import { lists, watches } from "./lists.ts";
import { garbage, subresources } from "./objects-lives.ts";
import { patches, serverSideApply } from "./patches.ts";
import { scheduling } from "./scheduling.ts";
import { validation } from "./validation.ts";
import { verbs } from "./verbs.ts";
import { certificates, webhooks } from "./webhooks.ts";

export const allCases: readonly Case[] = [verbs, lists, watches, patches, serverSideApply, defaulting, validation, fieldValidation, dryRun, admission, policies, webhooks, certificates, garbage, subresources, tables, discovery, customResources, authorization, controllers, scheduling].flat();
