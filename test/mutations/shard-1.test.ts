import { testShard } from "./put-to-the-api.ts";

testShard(0);
