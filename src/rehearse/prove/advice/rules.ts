/** All that is ever proposed, the cheapest first: a line of the file, then more of what runs, then another role, then hardware. */
import type { AdviceRule } from "./advice-rule.ts";
import { DATABASE_REPLICA } from "./database-replica.ts";
import { LEAVE_SOONER } from "./leave-sooner.ts";
import { MOVING_ADDRESS } from "./moving-address.ts";
import { ONE_MACHINE_MORE } from "./one-machine-more.ts";
import { SECOND_COPY } from "./second-copy.ts";
import { SECOND_INGRESS } from "./second-ingress.ts";
import { THREE_SERVERS } from "./three-servers.ts";

export const ADVICE_RULES: readonly AdviceRule[] = [SECOND_COPY, SECOND_INGRESS, DATABASE_REPLICA, MOVING_ADDRESS, THREE_SERVERS, LEAVE_SOONER, ONE_MACHINE_MORE];
