/** What the file of a setting needs: clients that wait and retry as Cordon's own do. */
export { memberConfig } from "../functions/aws/client";
export { tagsOf } from "../functions/aws/tags";
export type { OpenCustomSetting } from "../functions/catalogue/custom";
