/** Extra command-line arguments: flags without their dashes, to a value or to several. */
import { z } from "zod";
import { scalarText, text } from "./scalars.ts";

export const argumentName = text(/^[A-Za-z0-9][A-Za-z0-9-]*$/, "a flag without its dashes, such as allow-privileged");

export const argumentMap = z.record(argumentName, z.union([scalarText, z.array(scalarText)]));
