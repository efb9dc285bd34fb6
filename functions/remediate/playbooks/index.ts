/** Every playbook by its id in the catalogue. */
import type { PlaybookId } from "../../catalogue";
import type { Playbook } from "../../playbook";
import { containInstance } from "./contain-instance";

export const playbooks: { readonly [P in PlaybookId]: Playbook<P> } = {
  "contain-instance": containInstance,
};
