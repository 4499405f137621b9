/** All that is ever proposed, the cheapest first: a line of the file, then more of what runs, then a cable or another role, then hardware. */
import type { AdviceRule } from "./advice-rule.ts";
import { BACKUP_OFTENER } from "./backup-oftener.ts";
import { DATABASE_REPLICA } from "./database-replica.ts";
import { HARD_SPREAD } from "./hard-spread.ts";
import { IMAGE_KEPT } from "./image-kept.ts";
import { LEAVE_SOONER } from "./leave-sooner.ts";
import { MOVING_ADDRESS } from "./moving-address.ts";
import { NAMES_OUTSIDE } from "./names-outside.ts";
import { ONE_MACHINE_MORE } from "./one-machine-more.ts";
import { ONE_SERVER_FEWER } from "./one-server-fewer.ts";
import { OTHER_PART } from "./other-part.ts";
import { SECOND_COPY } from "./second-copy.ts";
import { SECOND_DNS } from "./second-dns.ts";
import { SECOND_INGRESS } from "./second-ingress.ts";
import { SECOND_LOAD_BALANCER } from "./second-load-balancer.ts";
import { SPREAD_OVER_PARTS } from "./spread-over-parts.ts";
import { STORAGE_COPIED } from "./storage-copied.ts";
import { STORAGE_ON_NAS } from "./storage-on-nas.ts";
import { THREE_SERVERS } from "./three-servers.ts";

export const ADVICE_RULES: readonly AdviceRule[] = [
  BACKUP_OFTENER, NAMES_OUTSIDE, HARD_SPREAD, SPREAD_OVER_PARTS,
  SECOND_COPY, SECOND_INGRESS, SECOND_DNS, DATABASE_REPLICA, STORAGE_ON_NAS, IMAGE_KEPT,
  MOVING_ADDRESS, OTHER_PART, THREE_SERVERS, ONE_SERVER_FEWER, LEAVE_SOONER,
  SECOND_LOAD_BALANCER, STORAGE_COPIED, ONE_MACHINE_MORE,
];
