/** Runs every check, accounts and regions side by side, and gathers what they find. */
import type { Account } from "@aws-sdk/client-organizations";
import type { Settings } from "../../settings";
import { homeRegion } from "../../settings/core";
import { standingRoles } from "./account";
import { type Clients, type ClientsOf, type Credentials, clientsOf } from "./clients";
import { type CheckId, checkIds, type Finding, judge, neededToContain } from "./finding";
import { enteredWith, ofAccount, pooled, type Run } from "./inside";
import {
  accountStanding,
  delegatedAdministrator,
  identity,
  listAccounts,
  organization,
  trustedAccess,
  ungoverned,
} from "./organization";
import { managementActions, organizationActions } from "./permissions";
import { guardDuty, lambdaConcurrency, securityHub, stackSets } from "./services";

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

// Regions of one account are asked side by side, too.
const accountsAtOnce = 8;

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
  const asked = (id: string) => options.accounts?.includes(id) ?? true;
  let deployed = false;
  const unknown = await judge("member-roles", { account }, async () => {
    deployed = (await standingRoles(own(homeRegion), settings)).own.length > 0;
    return [];
  });
  // Where the account is asked itself, it says so there.
  if (!asked(account)) credentials.push(...unknown);
  const run: Run = { settings, asked, own, clients, caller, deployed, trails: new Map() };
  return report(settings, [...credentials, ...(await everything(run))]);
}

/** Every account in which Cordon contains something, its own first. */
export function governedAccounts({ securityAccount, memberAccounts }: Settings): readonly string[] {
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
      (id) => ofAccount({ ...run, management: management.entered }, id),
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
