/** Registries with mirrors or without TLS, for containerd: read at each pull, so that nothing is started anew. */
import type { Change } from "./change.ts";
import { usesContainerd } from "./install-container-runtime.ts";
import { registryFiles } from "./run-containerd.ts";
import type { Step } from "./step.ts";
import { fileChange } from "./wanted-file.ts";

export const setRegistries: Step = {
  id: "set-registries",
  summary: "tells containerd of the registries' mirrors",
  concerns: (want) => usesContainerd(want) && registryFiles(want).length > 0,
  questions: (want) => ({ files: registryFiles(want).map(({ path }) => path) }),
  decide(facts, want) {
    return registryFiles(want).flatMap((file): Change[] => {
      const change = fileChange(facts, file, want);
      return change === undefined ? [] : [{ step: "set-registries", summary: `write ${file.path}`, why: change.why, risk: "safe", run: [change.action] }];
    });
  },
};
