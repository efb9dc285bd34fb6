/** Runs every check, accounts and regions side by side, and gathers what they find. */
import { GetRoleCommand } from "@aws-sdk/client-iam";
import type { Account } from "@aws-sdk/client-organizations";
import { memberRoles } from "../../functions/permissions";
import type { Settings } from "../../settings";
import { homeRegion } from "../../settings/core";
import {
  enabledRegions,
  enter,
  memberRolesStanding,
  roleQuota,
  type StandingRoles,
  standingRoles,
  supportPlan,
} from "./account";
import { type Clients, type ClientsOf, type Credentials, clientsOf } from "./clients";
import { dryRun, serviceControlPolicies } from "./control-policies";
import { type CheckId, checkIds, type Finding, judge, neededToContain, ok, read } from "./finding";
import {
  accountStanding,
  delegatedAdministrator,
  guardDuty,
  identity,
  lambdaConcurrency,
  listAccounts,
  organization,
  securityHub,
  stackSets,
  trustedAccess,
  ungoverned,
} from "./organization";
import { type Action, accountActions, managementActions, organizationActions } from "./permissions";
import { groupQuota, recorder, ruleQuota, trail } from "./region";

export interface CheckOptions {
  /** The accounts to ask. @default every governed account, and the management account */
  readonly accounts?: readonly string[];
  /** Makes the clients of an account; without credentials, the security account's own. */
  readonly clients?: (credentials?: Credentials) => ClientsOf;
}

/** Accounts in which a response would fail, or may, and the checks that say so. */
export type Doubtful = Readonly<Record<string, readonly CheckId[]>>;

export interface Report {
  /** Account by account as the settings list them, checks in their own order. */
  readonly findings: readonly Finding[];
  readonly uncontainable: Doubtful;
  /** Containable as far as AWS said, which it did not of all that is needed. */
  readonly unproven: Doubtful;
}

/** What the checks of all accounts share. */
interface Run {
  readonly settings: Settings;
  /** Tells whether the caller asked for an account. */
  readonly asked: (account: string) => boolean;
  /** The security account's own clients. */
  readonly own: ClientsOf;
  readonly clients: (credentials: Credentials) => ClientsOf;
  /** ARN of the caller. */
  readonly caller: string;
  /** Cordon's roles stand in the security account: this is no first deployment. */
  readonly deployed: boolean;
}

// Accounts at a time, and regions of one account at a time: its calls share the account's limits.
const accountsAtOnce = 8;
const regionsAtOnce = 4;

/** Asks AWS for everything a deployment with these settings needs. Changes nothing. */
export async function check(settings: Settings, options: CheckOptions = {}): Promise<Report> {
  const clients = options.clients ?? ((credentials) => clientsOf(credentials && { credentials }));
  const own = clients();
  const { securityAccount: account } = settings;
  let caller = "";
  const credentials = await judge("credentials", { account }, async () => {
    const { arn, verdict } = await identity(own(homeRegion), settings);
    caller = arn;
    return verdict;
  });
  // With others' credentials every further answer would be about another account.
  if (credentials.some(({ state }) => state !== "ok")) return report(settings, credentials);
  let deployed = false;
  await judge("member-roles", { account }, async () => {
    deployed = (await standingRoles(own(homeRegion), settings)).own.length > 0;
    return [];
  });
  const asked = (id: string) => options.accounts?.includes(id) ?? true;
  const run = { settings, asked, own, clients, caller, deployed };
  return report(settings, [...credentials, ...(await everything(run))]);
}

/** Every account in which Cordon contains something, its own first. */
function governedAccounts({ securityAccount, memberAccounts }: Settings): readonly string[] {
  return [securityAccount, ...memberAccounts];
}

async function everything(run: Run): Promise<Finding[]> {
  const { settings, asked } = run;
  const account = settings.managementAccount;
  const actions = [...organizationActions, ...managementActions];
  const management = await enteredWith(run, account, actions);
  // The security account sees the organization too once it administers something in it, which a
  // first deployment may have to bring about.
  const organizations = (management.entered ?? run.own)(homeRegion);
  const { accounts, findings } = await listed(run, organizations);
  const alive = (id: string) =>
    accounts === undefined || accountStanding(id, accounts).state === "ok";
  const found = await Promise.all([
    ofOrganization(run, organizations),
    asked(account) ? management.findings : [],
    asked(account) ? ofManagement(account, management.entered) : [],
    pooled(
      governedAccounts(settings).filter((id) => asked(id) && alive(id)),
      accountsAtOnce,
      (id) => ofAccount(run, id),
    ),
  ]);
  return [...findings, ...found.flat(2)];
}

/** Asks which accounts there are; where that is unknown, it is so once and not for each account. */
async function listed(
  { settings, asked }: Run,
  organizations: Clients,
): Promise<{ accounts?: readonly Account[]; findings: Finding[] }> {
  const { securityAccount, managementAccount } = settings;
  const governed = governedAccounts(settings);
  const answer: { accounts?: readonly Account[] } = {};
  const findings = await judge("account", { account: securityAccount }, async () => {
    answer.accounts = await listAccounts(organizations);
    return ungoverned(answer.accounts, [...governed, managementAccount]);
  });
  const { accounts } = answer;
  if (accounts === undefined) return { findings };
  const standing = [...governed, managementAccount].filter(asked).map((account): Finding => {
    return { check: "account", account, ...accountStanding(account, accounts) };
  });
  return { accounts, findings: [...standing, ...findings] };
}

async function ofOrganization(
  { settings, own, deployed }: Run,
  organizations: Clients,
): Promise<Finding[]> {
  const account = settings.securityAccount;
  const home = own(homeRegion);
  const found = await Promise.all([
    judge("organization", { account }, () => organization(organizations, settings)),
    judge("trusted-access", { account }, () => trustedAccess(organizations, deployed)),
    judge("administrator", { account }, () =>
      delegatedAdministrator(organizations, settings, deployed),
    ),
    judge("lambda-quota", { account, region: homeRegion }, () => lambdaConcurrency(home)),
    judge("security-hub", { account, region: homeRegion }, () => securityHub(home)),
    ...settings.governedRegions.map((region) =>
      judge("guardduty", { account, region }, () => guardDuty(own(region), deployed)),
    ),
  ]);
  return found.flat();
}

async function ofManagement(account: string, entered?: ClientsOf): Promise<Finding[]> {
  if (entered === undefined) return [];
  const place = { account, region: homeRegion };
  return judge("stack-set-quota", place, () => stackSets(entered(homeRegion)));
}

/** Enters an account, if it can: the findings say so or why not. */
async function enteredWith(
  run: Run,
  account: string,
  actions: readonly Action[],
): Promise<{ findings: Finding[]; entered?: ClientsOf }> {
  if (account === run.settings.securityAccount) {
    const verdict = ok("not needed: these are its own credentials");
    return { findings: [{ check: "deployment-role", account, ...verdict }], entered: run.own };
  }
  const answer: { entered?: ClientsOf } = {};
  const findings = await judge("deployment-role", { account }, async () => {
    const { credentials, verdict } = await enter(
      run.own(homeRegion),
      account,
      run.settings,
      actions,
    );
    if (credentials !== undefined) answer.entered = run.clients(credentials);
    return verdict;
  });
  return { findings, ...answer };
}

async function ofAccount(run: Run, account: string): Promise<Finding[]> {
  const { findings, entered } = await enteredWith(run, account, accountActions);
  if (entered === undefined) return findings;
  const home = entered(homeRegion);
  let roles: StandingRoles = { own: [], foreign: [] };
  const standing = await judge("member-roles", { account }, async () => {
    roles = await standingRoles(home, run.settings);
    return memberRolesStanding(roles, run.deployed);
  });
  const found = await Promise.all([
    ofRegions(run, account, entered, roles),
    judge("support-plan", { account }, () => supportPlan(home)),
    judge("iam-quota", { account }, () => roleQuota(home, roles)),
  ]);
  return [...findings, ...standing, ...found.flat()];
}

async function ofRegions(
  run: Run,
  account: string,
  entered: ClientsOf,
  roles: StandingRoles,
): Promise<Finding[]> {
  const { governedRegions } = run.settings;
  let enabled: Awaited<ReturnType<typeof enabledRegions>> | undefined;
  const unknown = await judge("region", { account }, async () => {
    enabled = await enabledRegions(entered(homeRegion), governedRegions);
    return [];
  });
  const findings = [...(enabled ?? [])].map(([region, verdict]): Finding => {
    return { check: "region", account, region, ...verdict };
  });
  // Nothing answers in a region that is not enabled.
  const open = governedRegions.filter((region) => (enabled?.get(region)?.state ?? "ok") === "ok");
  const found = await pooled(open, regionsAtOnce, (region) =>
    ofRegion(run, { account, region }, entered, roles),
  );
  return [...unknown, ...findings, ...found.flat()];
}

async function ofRegion(
  run: Run,
  place: { readonly account: string; readonly region: string },
  entered: ClientsOf,
  { own }: StandingRoles,
): Promise<Finding[]> {
  const clients = entered(place.region);
  const home = place.region === homeRegion;
  const deployed = own.length > 0;
  const found = await Promise.all([
    judge("control-policies", place, async () => {
      const principal = await principalIn(run, place.account, entered, deployed);
      return serviceControlPolicies(clients, { principal, home, ...place });
    }),
    judge("dry-run", place, () => dryRun(clients)),
    judge("trail", place, () => trail(entered, place.region)),
    judge("recorder", place, () => recorder(clients, home)),
    judge("group-quota", place, () => groupQuota(clients, deployed)),
    judge("rule-quota", place, () => ruleQuota(clients, deployed)),
  ]);
  return found.flat();
}

/**
 * Finds whose calls to simulate: a role of Cordon's where it stands; before that, the role that
 * will make it. Policies may exempt or bind roles by name, so the one says more than the other.
 */
async function principalIn(
  run: Run,
  account: string,
  entered: ClientsOf,
  deployed: boolean,
): Promise<string> {
  const [, name] = run.caller.split("/");
  const isOwn = account === run.settings.securityAccount;
  // A user's ARN, or root's, can be asked about as it is; a session's cannot.
  if (isOwn && !deployed && !run.caller.includes(":assumed-role/")) return run.caller;
  const RoleName = deployed
    ? (memberRoles[0]?.name ?? "")
    : isOwn
      ? (name ?? "")
      : run.settings.deploymentRole;
  const { Role } = await read(
    "iam:GetRole",
    entered(homeRegion).iam.send(new GetRoleCommand({ RoleName })),
  );
  return Role?.Arn ?? "";
}

function report(settings: Settings, findings: readonly Finding[]): Report {
  const { securityAccount, managementAccount, governedRegions } = settings;
  const accounts = [
    ...new Set([securityAccount, managementAccount, ...governedAccounts(settings)]),
  ];
  const order = ({ account, check: id, region }: Finding): number =>
    (accounts.indexOf(account) * checkIds.length + checkIds.indexOf(id)) *
      (governedRegions.length + 1) +
    (region === undefined ? 0 : governedRegions.indexOf(region) + 1);
  const sorted = [...findings].sort((one, other) => order(one) - order(other));
  // Nobody contains anything in the management account.
  const needed = sorted.filter(
    ({ account, check: id }) => account !== managementAccount && neededToContain.includes(id),
  );
  const uncontainable = doubtful(needed, "fail");
  const unknown = Object.entries(doubtful(needed, "unknown"));
  return {
    findings: sorted,
    uncontainable,
    unproven: Object.fromEntries(unknown.filter(([account]) => !(account in uncontainable))),
  };
}

function doubtful(findings: readonly Finding[], state: Finding["state"]): Doubtful {
  const found: Record<string, CheckId[]> = {};
  for (const { account, check: id, state: its } of findings) {
    const known = found[account] ?? [];
    if (its === state && !known.includes(id)) found[account] = [...known, id];
  }
  return found;
}

/** Does something with each item, so many at a time; results in the items' order. */
async function pooled<T, R>(
  items: readonly T[],
  atOnce: number,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return results;
}
