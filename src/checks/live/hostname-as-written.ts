import type { LiveCheck } from "./live-check.ts";

export const hostnameAsWritten: LiveCheck = {
  id: "hostname-as-written",
  severity: "info",
  summary: "A machine calls itself what the file calls it.",
  why: "A node's name is its machine's; `up` sets it, so this is a note: a name that surprises may mean that another machine answers at this address.",
  check: ({ homelab, facts }) =>
    Object.values(homelab.machines).flatMap(({ name, roles }) => {
      const found = facts[name]?.names.hostname;
      if (found === undefined || roles.length === 0 || found.split(".")[0] === name) return [];
      return [{ path: ["machines", name], at: "key", message: `${name} calls itself ${found}`, value: name, expected: found, fix: `\`kubernest up\` will rename it to ${name}; if ${found} is another machine, correct the address.` }];
    }),
};
