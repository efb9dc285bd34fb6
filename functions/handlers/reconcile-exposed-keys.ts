/** Asks Trusted Advisor, on a schedule, for exposed keys whose events did not come. */
import { Logger } from "@aws-lambda-powertools/logger";
import { inMode } from "../exposed-key";
import { adviceStatements } from "../investigate/permissions";
import { memberRoleName } from "../member-role-name";
import { type Reconciled, reconcile } from "../reconcile";
import { type MemberAccess, now, openInvestigations, openWorkflow } from "./adapters";
import { count } from "./delivery";

/** What the component must set on the function. */
export interface Environment extends MemberAccess {
  readonly MODE: "dry-run" | "enforce";
  /** Comma-separated. */
  readonly GOVERNED_ACCOUNTS: string;
  readonly STATE_MACHINE_ARN: string;
}

const environment = process.env as unknown as Environment;
const logger = new Logger();
const workflow = openWorkflow(environment.STATE_MACHINE_ARN);
const sessions = openInvestigations(memberRoleName("identity", "investigate"), environment);

/** @throws when an account could not be asked, after all others were: Lambda's alarm tells people. */
export const handler = async (): Promise<Reconciled> => {
  const reconciled = await reconcile(environment.GOVERNED_ACCOUNTS.split(","), {
    advisor: async (account) => {
      const place = { partition: "aws", account, region: "us-east-1" };
      return (await sessions.open(place, adviceStatements, "reconcile")).advisor;
    },
    start: (name, event) => workflow.start(inMode(environment.MODE, name), event),
    now,
  });
  const { started, withoutPlan, failed } = reconciled;
  logger.info("exposed-keys.reconciled", { ...reconciled });
  count("EventsMissed", {}, started);
  count("AccountsWithoutSupportPlan", {}, withoutPlan.length);
  if (failed.length > 0) {
    throw new Error(
      `Trusted Advisor could not be asked in ${failed.map(({ account, why }) => `${account} (${why})`).join(", ")}`,
    );
  }
  return reconciled;
};
