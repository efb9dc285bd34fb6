/** The settings the preflight's unit tests run with: those of the stack staging, account by account. */
import { join } from "node:path";
import { readStack } from "../../../cli/check/configuration";

export const root = join(__dirname, "..", "..", "..");
export const settings = { ...readStack(root, "staging"), memberDeployment: "direct" as const };

// As Pulumi.staging.yaml says.
export const security = "555566667777";
export const member = "888899990000";
