/** What says that a machine is off for good (docs: Non-graceful node shutdown): its pods are deleted and their volumes detached at once. */
export const OUT_OF_SERVICE_KEY = "node.kubernetes.io/out-of-service";
export const NO_EXECUTE = "NoExecute";
