/** Checks the caller, the organization, its accounts and the administrators in them. */
import {
  type Account,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
} from "@aws-sdk/client-organizations";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { command } from "../../functions/model/command";
import type { Settings } from "../../settings";
import type { Clients } from "./clients";
import { fail, ok, read, readPages, type Verdict, warn } from "./finding";

/** The caller, and whether it is the security account. */
export interface Identity {
  readonly arn: string;
  readonly verdict: Verdict;
}

/** Asks who the credentials belong to. @throws Unread, too, where there are none */
export async function identity({ sts }: Clients, settings: Settings): Promise<Identity> {
  const found = await read("sts:GetCallerIdentity", sts.send(new GetCallerIdentityCommand({})));
  const { Account: account = "", Arn: arn = "" } = found;
  const [, partition] = arn.split(":");
  if (partition !== "aws") {
    const todo = "Deploy to the aws partition: Cordon supports no other.";
    return { arn, verdict: fail(`the credentials belong to the partition ${partition}`, todo) };
  }
  if (account !== settings.securityAccount) {
    const todo = `Use credentials of cordon:securityAccount ${settings.securityAccount}.`;
    return { arn, verdict: fail(`the credentials belong to ${account}`, todo) };
  }
  return { arn, verdict: ok(`these are ${arn.split(":").slice(5).join(":")}`) };
}

/** Compares the organization with the settings. */
export async function organization(
  { organizations }: Clients,
  settings: Settings,
): Promise<Verdict> {
  const { Organization: found } = await read(
    "organizations:DescribeOrganization",
    organizations.send(new DescribeOrganizationCommand({})),
  );
  if (found?.Id !== settings.organizationId) {
    const todo = `Set cordon:organizationId to ${found?.Id}, or use credentials of the other organization.`;
    return fail(`the organization is ${found?.Id}, not ${settings.organizationId}`, todo);
  }
  if (found.MasterAccountId !== settings.managementAccount) {
    const todo = `Set cordon:managementAccount to ${found.MasterAccountId}.`;
    return fail(
      `the management account is ${found.MasterAccountId}, not ${settings.managementAccount}`,
      todo,
    );
  }
  // StackSets with service-managed permissions and service control policies both need it.
  if (found.FeatureSet !== "ALL") {
    const todo = "Have the management account enable all features of AWS Organizations.";
    return fail("the organization has consolidated billing only", todo);
  }
  return ok(`${found.Id} with all features`);
}

/** Asks whether the organization takes service control policies: with all features it need not. */
export async function policyType({ organizations }: Clients): Promise<Verdict> {
  const { Roots = [] } = await read(
    "organizations:ListRoots",
    // An organization has one root.
    organizations.send(new ListRootsCommand({})),
  );
  const [root] = Roots;
  const type = root?.PolicyTypes?.find(({ Type }) => Type === "SERVICE_CONTROL_POLICY");
  if (type?.Status === "ENABLED") return ok("service control policies are enabled");
  return fail(
    `service control policies are ${type?.Status ?? "not enabled"}: none can be attached`,
    `Run ${command`aws organizations enable-policy-type --root-id=${root?.Id ?? "ROOT"} --policy-type SERVICE_CONTROL_POLICY`} in the management account.`,
  );
}

/** Lists every account of the organization. Open to delegated administrators. @throws Unread */
export async function listAccounts({ organizations }: Clients): Promise<readonly Account[]> {
  const pages = await readPages("organizations:ListAccounts", (from) =>
    organizations.send(new ListAccountsCommand(from)),
  );
  return pages.flatMap(({ Accounts = [] }) => Accounts);
}

/**
 * Gives the accounts in some units and in the units below them; the root holds all of them.
 *
 * @throws Unread
 */
export async function accountsUnder(
  { organizations }: Clients,
  units: readonly string[],
  all: readonly Account[],
): Promise<readonly Account[]> {
  if (units.some((id) => id.startsWith("r-"))) return all;
  const found: Account[] = [];
  const below = [...units];
  // Units are added while they are gone through.
  for (const ParentId of below) {
    const holding = await readPages("organizations:ListAccountsForParent", (from) =>
      organizations.send(new ListAccountsForParentCommand({ ParentId, ...from })),
    );
    found.push(...holding.flatMap(({ Accounts = [] }) => Accounts));
    const under = await readPages("organizations:ListOrganizationalUnitsForParent", (from) =>
      organizations.send(new ListOrganizationalUnitsForParentCommand({ ParentId, ...from })),
    );
    const nested = under.flatMap(({ OrganizationalUnits = [] }) => OrganizationalUnits);
    below.push(...nested.flatMap(({ Id }) => Id ?? []));
  }
  return found;
}

/** Reports whether an account is active. */
export function isLive(account: Account): boolean {
  return stateOf(account) === "ACTIVE";
}

/** Judges an account that the settings name and the StackSets do not reach. */
export function outsideUnits(id: string, accounts: readonly Account[]): Verdict {
  const state = accountState(id, accounts);
  if (state.state !== "ok") return state;
  return fail(
    "it is under none of cordon:organizationalUnits: the StackSets make no role in it",
    `Add a unit that holds ${id} to cordon:organizationalUnits.`,
  );
}

/** Judges whether one governed account is an active member. */
export function accountState(id: string, accounts: readonly Account[]): Verdict {
  const found = accounts.find((account) => account.Id === id);
  if (found === undefined) {
    const todo = `Correct ${id} in cordon:memberAccounts, or have the account join the organization.`;
    return fail("it is not an account of this organization", todo);
  }
  const state = stateOf(found);
  if (state !== "ACTIVE") {
    const todo = `Take ${id} out of cordon:memberAccounts, or have AWS Support reactivate the account.`;
    return fail(`${found.Name} is ${state}: nothing can be changed in it`, todo);
  }
  return ok(`${found.Name} is ACTIVE`);
}

/** Lists the accounts of the organization that Cordon does not govern. */
export function ungoverned(
  accounts: readonly Account[],
  known: readonly string[],
  memberDeployment: Settings["memberDeployment"],
): readonly Verdict[] {
  const others = accounts.filter(({ Id = "" }) => !known.includes(Id));
  const live = others.filter(isLive);
  const inactive = others.filter((account) => !isLive(account));
  const remedy =
    memberDeployment === "direct"
      ? "Add them to cordon:memberAccounts"
      : "Add units that hold them to cordon:organizationalUnits";
  return [
    ...(live.length === 0
      ? []
      : [
          warn(
            `${live.length} ACTIVE and not governed: ${named(live)}`,
            `${remedy}, or accept that nothing is contained in them.`,
          ),
        ]),
    ...(inactive.length === 0
      ? []
      : [ok(`${inactive.length} not ACTIVE and not governed: ${named(inactive)}`)]),
  ];
}

// Status is what State replaces; older endpoints answer with it alone.
function stateOf({ State, Status }: Account): string {
  return State ?? Status ?? "of no known state";
}

function named(accounts: readonly Account[]): string {
  const shown = accounts.slice(0, 10).map(({ Id }) => Id);
  return accounts.length > shown.length ? `${shown.join(", ")}, …` : shown.join(", ");
}
