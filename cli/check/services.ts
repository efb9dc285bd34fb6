/** What the services say that the security account administers, and the quotas of the center. */
import { ListStackSetsCommand } from "@aws-sdk/client-cloudformation";
import {
  DescribeOrganizationConfigurationCommand as DescribeGuardDutyCommand,
  ListDetectorsCommand,
} from "@aws-sdk/client-guardduty";
import { GetAccountSettingsCommand } from "@aws-sdk/client-lambda";
import { DescribeOrganizationConfigurationCommand as DescribeSecurityHubCommand } from "@aws-sdk/client-securityhub";
import type { Clients } from "./clients";
import { fail, notYet, ok, read, readIfThere, type Verdict, warn } from "./finding";
import { concurrency } from "./needs";
import { quota } from "./quota";

/** Asks GuardDuty in one region of the security account whether it watches the organization. */
export async function guardDuty({ guardDuty }: Clients, deployed: boolean): Promise<Verdict> {
  const { DetectorIds = [] } = await read(
    "guardduty:ListDetectors",
    guardDuty.send(new ListDetectorsCommand({})),
  );
  const [DetectorId] = DetectorIds;
  if (DetectorId === undefined) {
    const todo = "Enable GuardDuty here, with the security account as delegated administrator.";
    return notYet(deployed, "no detector, so no finding arrives", todo);
  }
  const found = await readIfThere(
    "guardduty:DescribeOrganizationConfiguration",
    guardDuty.send(new DescribeGuardDutyCommand({ DetectorId })),
    // The account is not the administrator: each region has its own.
    "BadRequestException",
  );
  if (found === undefined) {
    const todo = "Have the management account designate the security account in this region.";
    return notYet(deployed, "the security account is not GuardDuty's administrator", todo);
  }
  const members = found.AutoEnableOrganizationMembers ?? "NONE";
  if (members !== "ALL") {
    const todo = "Set GuardDuty's auto-enable to ALL in this region.";
    return notYet(deployed, `members are enabled automatically: ${members}`, todo);
  }
  return ok("administrator, and every member is enabled");
}

/** Asks Security Hub in the home region whether the security account administers it. */
export async function securityHub({ securityHub }: Clients): Promise<Verdict> {
  const lost = "nobody can ask for containment from Security Hub";
  const found = await readIfThere(
    "securityhub:DescribeOrganizationConfiguration",
    securityHub.send(new DescribeSecurityHubCommand({})),
    // Security Hub is not enabled, or is administered elsewhere.
    "InvalidAccessException",
  );
  if (found === undefined) {
    const todo = "Enable Security Hub, with the security account as delegated administrator.";
    return warn(`not administered from here: ${lost}`, todo);
  }
  const type = found.OrganizationConfiguration?.ConfigurationType;
  if (type !== "CENTRAL") {
    // Auto-enable covers accounts that join later, and no account that is there already.
    const todo = "Switch Security Hub to central configuration.";
    return warn(`configuration is ${type ?? "LOCAL"}: existing accounts are not enabled`, todo);
  }
  return ok("administrator, with central configuration");
}

/** Asks how many functions may run at once. New accounts have ten, until they ask for more. */
export async function lambdaConcurrency({ lambda }: Clients): Promise<Verdict> {
  const { AccountLimit } = await read(
    "lambda:GetAccountSettings",
    lambda.send(new GetAccountSettingsCommand({})),
  );
  const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  if (free < concurrency) {
    const todo = `Have Lambda's concurrent executions raised (L-B99A9384) until ${concurrency} are unreserved.`;
    return fail(`${free} functions can run at once, ${concurrency} are needed`, todo);
  }
  return ok(`${free} functions can run at once`);
}

/**
 * Asks the management account, where every service-managed StackSet counts, whoever made it, for
 * room for some more.
 */
export async function stackSets(clients: Clients, needed: number): Promise<Verdict> {
  let standing = 0;
  let NextToken: string | undefined;
  do {
    const page = await read(
      "cloudformation:ListStackSets",
      clients.cloudFormation.send(
        new ListStackSetsCommand({ Status: "ACTIVE", ...(NextToken && { NextToken }) }),
      ),
    );
    standing += page.Summaries?.length ?? 0;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const most = await quota(clients, "cloudformation", "L-31709F13");
  if (standing + needed > most) {
    const todo = "Have the quota of StackSets (L-31709F13) raised in the management account.";
    return fail(`${standing} of ${most} StackSets, ${needed} more are needed`, todo);
  }
  return ok(`${standing} of ${most} StackSets`);
}
