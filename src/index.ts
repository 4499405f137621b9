/** What `homelab.ts` imports: the only public entry of the package. */
export { defineHomelab } from "./config/define-homelab.ts";
