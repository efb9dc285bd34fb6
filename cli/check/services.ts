/** Checks the services that the security account administers, and its quotas. */
import { DescribeStackSetCommand, ListStackSetsCommand } from "@aws-sdk/client-cloudformation";
import {
  DescribeOrganizationConfigurationCommand as DescribeGuardDutyCommand,
  ListDetectorsCommand,
  ListOrganizationAdminAccountsCommand,
} from "@aws-sdk/client-guardduty";
import { GetAccountSettingsCommand } from "@aws-sdk/client-lambda";
import { DescribeOrganizationConfigurationCommand as DescribeSecurityHubCommand } from "@aws-sdk/client-securityhub";
import { stackSetName } from "../../components/organization/baseline/stack-set-name";
import type { Settings } from "../../settings";
import type { Clients } from "./clients";
import { fail, notYet, ok, read, readIfThere, readPages, type Verdict, warn } from "./finding";
import { accountsUnder, listAccounts } from "./organization";
import { quota } from "./quota";
import { concurrency } from "./quota-needs";

/**
 * Asks GuardDuty in one region of the security account whether it watches the organization. Only a
 * managed detection can still bring that about: where others run it, what is missing stays missing.
 */
export async function guardDuty(
  { guardDuty }: Clients,
  { detection }: Settings,
  deployed: boolean,
): Promise<Verdict> {
  const lacking = (detail: string, todo: string) =>
    detection === "managed" ? notYet(deployed, detail, todo) : fail(detail, todo);
  const { DetectorIds = [] } = await read(
    "guardduty:ListDetectors",
    guardDuty.send(new ListDetectorsCommand({})),
  );
  const [DetectorId] = DetectorIds;
  if (DetectorId === undefined) {
    const todo = "Enable GuardDuty here, with the security account as delegated administrator.";
    return lacking("no detector, so no finding arrives", todo);
  }
  const found = await readIfThere(
    "guardduty:DescribeOrganizationConfiguration",
    guardDuty.send(new DescribeGuardDutyCommand({ DetectorId })),
    // The account is not the administrator: each region has its own.
    "BadRequestException",
  );
  if (found === undefined) {
    const todo = "Have the management account designate the security account in this region.";
    return lacking(
      "the security account is not GuardDuty's administrator, so no member's finding arrives",
      todo,
    );
  }
  const members = found.AutoEnableOrganizationMembers ?? "NONE";
  if (members !== "ALL") {
    const todo = "Set GuardDuty's auto-enable to ALL in this region.";
    const detail = `members are enabled automatically: ${members}`;
    return detection === "managed" ? notYet(deployed, detail, todo) : warn(detail, todo);
  }
  return ok("administrator, and every member is enabled");
}

/**
 * Asks GuardDuty in one region of the management account whom it has designated: an organization has
 * one administrator there, and no deployment takes the place of another.
 */
export async function guardDutyAdministrator(
  { guardDuty }: Clients,
  { securityAccount }: Settings,
): Promise<readonly Verdict[]> {
  const { AdminAccounts = [] } = await read(
    "guardduty:ListOrganizationAdminAccounts",
    guardDuty.send(new ListOrganizationAdminAccountsCommand({})),
  );
  const other = AdminAccounts.find(({ AdminAccountId }) => AdminAccountId !== securityAccount);
  if (other === undefined) return [];
  return [
    fail(
      `${other.AdminAccountId} administers GuardDuty, and findings of members go nowhere else`,
      `Deploy from ${other.AdminAccountId}, or have the management account designate ${securityAccount} instead.`,
    ),
  ];
}

/** Asks Security Hub in the home region whether the security account administers it. */
export async function securityHub({ securityHub }: Clients): Promise<Verdict> {
  const lost = "analysts cannot request containment from Security Hub";
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
export async function lambdaConcurrency({ lambda }: Clients, settings: Settings): Promise<Verdict> {
  const { AccountLimit } = await read(
    "lambda:GetAccountSettings",
    lambda.send(new GetAccountSettingsCommand({})),
  );
  const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  const needed = concurrency(settings);
  if (free < needed) {
    const todo = `Have Lambda's concurrent executions raised (L-B99A9384) until ${needed} are unreserved.`;
    return fail(`${free} functions can run at once, ${needed} are needed`, todo);
  }
  return ok(`${free} functions can run at once`);
}

/**
 * Asks the management account, where every service-managed StackSet counts, for
 * room for some more.
 */
export async function stackSets(clients: Clients, needed: number): Promise<Verdict> {
  const existing = (await stackSetNames(clients)).length;
  const most = await quota(clients, "cloudformation", "L-31709F13");
  if (existing + needed > most) {
    const todo = "Have the quota of StackSets (L-31709F13) raised in the management account.";
    return fail(`${existing} of ${most} StackSets, ${needed} more are needed`, todo);
  }
  return ok(`${existing} of ${most} StackSets`);
}

/**
 * Asks the management account whether StackSets of another stage reach one of these accounts: the
 * roles of both have the same names, so that an account takes one baseline.
 */
export async function otherStages(
  clients: Clients,
  { stage }: Settings,
  governed: readonly string[],
): Promise<readonly Verdict[]> {
  const others = (await stackSetNames(clients)).flatMap((name) => {
    const found = ofStage.exec(name)?.[1] ?? stage;
    return found === stage ? [] : [{ name, other: found }];
  });
  if (others.length === 0) return [ok("no other stage deploys to the organization")];
  const all = await listAccounts(clients);
  return Promise.all(
    others.map(async ({ name: StackSetName, other }) => {
      const { StackSet } = await read(
        "cloudformation:DescribeStackSet",
        clients.cloudFormation.send(new DescribeStackSetCommand({ StackSetName })),
      );
      const theirs = await accountsUnder(clients, StackSet?.OrganizationalUnitIds ?? [], all);
      const both = theirs.flatMap(({ Id = "" }) => (governed.includes(Id) ? [Id] : []));
      return both.length === 0
        ? ok(`stage ${other} deploys to other accounts`)
        : fail(
            `stage ${other} deploys to ${both.join(", ")}, too: an account takes one baseline`,
            "Take the accounts out of cordon:organizationalUnits or cordon:memberAccounts of one of the stages.",
          );
    }),
  );
}

const ofStage = new RegExp(`^${stackSetName("global", "(.+)")}$`);

async function stackSetNames({ cloudFormation }: Clients): Promise<readonly string[]> {
  const pages = await readPages("cloudformation:ListStackSets", (from) =>
    cloudFormation.send(new ListStackSetsCommand({ Status: "ACTIVE", ...from })),
  );
  const summaries = pages.flatMap(({ Summaries = [] }) => Summaries);
  return summaries.map(({ StackSetName = "" }) => StackSetName);
}
