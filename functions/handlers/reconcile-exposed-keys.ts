/** Asks Trusted Advisor, on a schedule, for exposed keys whose events did not come. */
import { isRefusal } from "../aws/errors";
import { memberRoleName } from "../catalogue/member-role-name";
import { metrics } from "../catalogue/metrics";
import { underPolicy } from "../flows/exposed-key/cut";
import { type Reconciled, reconcile } from "../flows/exposed-key/reconcile";
import { adviceStatements } from "../iam/investigation-reads";
import { now, openInvestigations, openOrganization, openWorkflow } from "./adapters";
import { count } from "./delivery";
import { list, memberVariables, readEnvironment, type Texts, text } from "./environment";
import type { Handler } from "./handler";
import { logger } from "./logger";

const variables = {
  ...memberVariables,
  /** Names what the policy says of the workflow's playbook. */
  POLICY_REVISION: text,
  /** Accounts of the organization to which nothing is deployed. */
  EXCLUDED_ACCOUNTS: list,
  /** Organizational units and accounts to which Cordon is deployed; empty for every account. */
  TARGET_UNITS: list,
  STATE_MACHINE_ARN: text,
} as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

const environment = readEnvironment(variables);
const organization = openOrganization();
const workflow = openWorkflow(environment.STATE_MACHINE_ARN);
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);

/**
 * @throws when the accounts could not be listed, or Trusted Advisor of a reachable one could not be asked, after
 *   all others were: Lambda's alarm notifies the responders.
 */
export const handler: Handler<unknown, Reconciled> = async () => {
  const reconciled = await reconcile({
    excludedAccounts: environment.EXCLUDED_ACCOUNTS,
    accounts: () => organization.accounts(environment.TARGET_UNITS),
    advisor: async (account) => {
      const place = { account, region: "us-east-1" };
      return (await sessions.open(place, adviceStatements, "reconcile")).advisor;
    },
    isRefusal,
    start: (name, event) => workflow.start(underPolicy(environment.POLICY_REVISION, name), event),
    now,
  });
  const { started, withoutPlan, unreachable, failed } = reconciled;
  logger.info("exposed-keys.reconciled", { ...reconciled });
  count(metrics.eventsMissed, started);
  count(metrics.accountsWithoutSupportPlan, withoutPlan.length);
  count(metrics.accountsNotAsked, unreachable.length + failed.length);
  if (failed.length > 0) {
    throw new Error(
      `Trusted Advisor could not be asked in ${failed.map(({ account, why }) => `${account} (${why})`).join(", ")}`,
    );
  }
  return reconciled;
};
