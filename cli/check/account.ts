/** Checks each governed account once: its roles, its quota of them, its support plan. */
import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { GetAccountSummaryCommand, GetRoleCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { DescribeTrustedAdvisorCheckResultCommand } from "@aws-sdk/client-support";
import { exposedKeyCheck } from "../../functions/catalogue/patterns";
import { deployedMemberRoles, trustPolicy } from "../../functions/iam/member-roles";
import type { Settings } from "../../settings";
import type { Clients, Credentials } from "./clients";
import { fail, isRefusal, ok, read, readIfThere, Unread, type Verdict, warn } from "./finding";
import { type Action, sessionPolicy } from "./permissions";
import { sayTheSame } from "./same-policy";

/** The session of an account, or why it did not open. */
export interface Entry {
  readonly verdict: Verdict;
  /** Absent where no session opened. */
  readonly credentials?: Credentials;
}

/**
 * Assumes the deployment role of another account, narrowed to the check's own reads.
 *
 * @throws Unread where STS failed for another reason than that it may not
 */
export async function openSession(
  { sts }: Clients,
  account: string,
  { deploymentRole, managementAccount }: Settings,
  actions: readonly Action[],
): Promise<Entry> {
  const RoleArn = `arn:aws:iam::${account}:role/${deploymentRole}`;
  try {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: "cordon-check",
        DurationSeconds: 900,
        Policy: sessionPolicy(actions),
      }),
    );
    return {
      verdict: ok(`${deploymentRole} can be assumed`),
      credentials: {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      },
    };
  } catch (error) {
    if (!isRefusal(error as Error)) throw new Unread("sts:AssumeRole", error as Error);
    // STS does not distinguish a missing role from one that trusts another principal.
    const template = account === managementAccount ? "management" : "member";
    const todo = `Deploy deploy/bootstrap/${template}.yaml in ${account}, and run the check with the deployment role of the security account.`;
    return { verdict: fail(`${deploymentRole} cannot be assumed`, todo) };
  }
}

function rolesOf({ blockAddresses }: Pick<Settings, "blockAddresses">) {
  return deployedMemberRoles(blockAddresses !== undefined);
}

/** Member roles that exist in an account, by name: Cordon's own, and foreign ones of the same name. */
export interface ExistingRoles {
  readonly own: readonly string[];
  readonly foreign: readonly string[];
}

/** Reads which of Cordon's member roles exist. They trust its functions alone, so none is assumed. */
export async function existingRoles({ iam }: Clients, settings: Settings): Promise<ExistingRoles> {
  const found = await Promise.all(
    rolesOf(settings).map(async (role) => {
      const answer = await readIfThere(
        "iam:GetRole",
        iam.send(new GetRoleCommand({ RoleName: role.name })),
        "NoSuchEntityException",
        "NoSuchEntity",
      );
      if (answer === undefined) return [];
      const trust = decodeURIComponent(answer.Role?.AssumeRolePolicyDocument ?? "");
      const wanted = trustPolicy(role, settings);
      // Names are unique whatever the path, which is part of the ARN that Cordon assumes.
      const own = sayTheSame(trust, wanted) && answer.Role?.Path === settings.rolePath;
      return [{ name: role.name, own }];
    }),
  );
  const roles = found.flat();
  return {
    own: roles.filter(({ own }) => own).map(({ name }) => name),
    foreign: roles.filter(({ own }) => !own).map(({ name }) => name),
  };
}

/** Judges the member roles: before the first deployment none exists, afterwards all of them do. */
export function memberRolesFinding(
  { own, foreign }: ExistingRoles,
  deployed: boolean,
  settings: Pick<Settings, "blockAddresses">,
): readonly Verdict[] {
  const missing = rolesOf(settings)
    .map(({ name }) => name)
    .filter((name) => !own.includes(name) && !foreign.includes(name));
  const expected = deployed || own.length > 0;
  const failures = [
    ...foreign.map((name) =>
      fail(
        `${name} has another trust policy or path than this stack's settings say`,
        "Deploy again; if another stack or tool made the role, remove it there first.",
      ),
    ),
    ...(expected && missing.length > 0
      ? [
          fail(
            `missing: ${missing.join(", ")}`,
            "Deploy again, and find out why the deployment does not create them.",
          ),
        ]
      : []),
  ];
  if (failures.length > 0) return failures;
  return own.length === 0
    ? [ok("none yet: the deployment creates them")]
    : [ok(`all ${own.length} exist; read, not assumed, since they trust Cordon's functions alone`)];
}

/**
 * Asks whether IAM has room for Cordon's roles, the member roles and others. One call gives quota
 * and use.
 */
export async function roleQuota(
  { iam }: Clients,
  existing: ExistingRoles,
  others: number,
  settings: Pick<Settings, "blockAddresses">,
): Promise<Verdict> {
  const { SummaryMap: { Roles, RolesQuota } = {} } = await read(
    "iam:GetAccountSummary",
    iam.send(new GetAccountSummaryCommand({})),
  );
  if (Roles === undefined || RolesQuota === undefined) {
    throw new Unread("iam:GetAccountSummary", new Error("the answer has no quota of roles"));
  }
  const wanted = rolesOf(settings).length - existing.own.length;
  const needed = wanted === 0 ? 0 : wanted + others;
  if (Roles + needed > RolesQuota) {
    const todo = "Delete unused roles, or have the quota of roles per account (L-FE177D64) raised.";
    return fail(`${Roles} of ${RolesQuota} roles, up to ${needed} more are needed`, todo);
  }
  return ok(`${Roles} of ${RolesQuota} roles`);
}

/** Asks Trusted Advisor, in us-east-1, what Cordon asks it: not every support plan lets it answer. */
export async function supportPlan({ support }: Clients): Promise<Verdict> {
  const found = await readIfThere(
    "support:DescribeTrustedAdvisorCheckResult",
    support.send(
      new DescribeTrustedAdvisorCheckResultCommand({ checkId: exposedKeyCheck.id, language: "en" }),
    ),
    "SubscriptionRequiredException",
  );
  return found === undefined
    ? warn(
        "the support plan has no Trusted Advisor API: exposed keys are known from AWS Health alone",
        "Choose a support plan with the API, or accept that keys which AWS Health misses are not found.",
      )
    : ok("Trusted Advisor answers");
}

/** Reads which of some regions the account has enabled, by region. @throws Unread */
export async function enabledRegions(
  { ec2 }: Clients,
  regions: readonly string[],
): Promise<ReadonlyMap<string, Verdict>> {
  const { Regions = [] } = await read(
    "ec2:DescribeRegions",
    ec2.send(new DescribeRegionsCommand({ AllRegions: true })),
  );
  return new Map(
    regions.map((region) => {
      const status = Regions.find(({ RegionName }) => RegionName === region)?.OptInStatus;
      return [region, regionState(region, status)] as const;
    }),
  );
}

function regionState(region: string, status: string | undefined): Verdict {
  switch (status) {
    case "opt-in-not-required":
      return ok("needs no opt-in");
    case "opted-in":
      return ok("opted in");
    case "not-opted-in":
      return fail(
        "the account has not opted in to this region",
        `Enable ${region} in this account, or take it out of cordon:governedRegions.`,
      );
    default:
      return fail(
        `EC2 has no such region${status ? ` (${status})` : ""}`,
        "Correct cordon:governedRegions.",
      );
  }
}
