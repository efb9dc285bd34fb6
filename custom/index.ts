/** Adds playbooks of one's own to Cordon, without a fork: docs/custom-playbooks.md. Import it before all else. */
export { addPlaybooks, type CustomPlaybook } from "../functions/catalogue/custom";
