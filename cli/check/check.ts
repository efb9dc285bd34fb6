/** Runs every check, accounts and regions side by side, and collects the findings. */

import { homeRegion } from "../../functions/catalogue/names";
import type { Settings } from "../../settings";
import { existingRoles } from "./account";
import { channels } from "./channels";
import { type Clients, type ClientsOf, type Credentials, clientsOf } from "./clients";
import { type CheckId, checkIds, type Finding, judge, neededToContain } from "./finding";
import { type Governed, governedAccounts, namedAccounts } from "./governed";
import { ofAccount, pooled, type Run, sessionIn } from "./inside";
import { identity, organization, policyType } from "./organization";
import { managementActions, organizationActions } from "./permissions";
import { stackSetCount } from "./quota-needs";
import {
  guardDuty,
  guardDutyAdministrator,
  lambdaConcurrency,
  otherStages,
  securityHub,
  stackSets,
} from "./services";
import { delegatedAdministrator, trustedAccess } from "./trusted-services";

export interface CheckOptions {
  /** The accounts to check. @default every governed account, and the management account */
  readonly accounts?: readonly string[];
  /** Makes the clients of an account; without credentials, the security account's own. */
  readonly clients?: (credentials?: Credentials) => ClientsOf;
}

/** Accounts in which a response would or may fail, each with the checks that show it. */
export type Doubtful = Readonly<Record<string, readonly CheckId[]>>;

export interface Report {
  /** Account by account, the security account's first, checks in their own order. */
  readonly findings: readonly Finding[];
  /** Every account in which Cordon contains resources; absent where AWS did not list them. */
  readonly governed?: readonly string[];
  readonly uncontainable: Doubtful;
  /** Accounts of which AWS did not answer every check that containment needs. */
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
    deployed = (await existingRoles(own(homeRegion), settings)).own.length > 0;
    return [];
  });
  // The check of the account itself reports the same.
  if (!asked(account)) credentials.push(...unknown);
  const run: Run = { settings, asked, own, clients, caller, deployed, trails: new Map() };
  const { findings, governed } = await everything(run, options.accounts);
  return report(settings, [...credentials, ...findings], governed);
}

async function everything(
  run: Run,
  wanted: readonly string[] | undefined,
): Promise<{ findings: Finding[]; governed: Governed }> {
  const { settings, asked } = run;
  const account = settings.managementAccount;
  const actions = [...organizationActions, ...managementActions];
  const management = await sessionIn(run, account, actions);
  // The security account sees the organization too once it administers something in it, which a
  // first deployment may have to bring about.
  const organizations = (management.session ?? run.own)(homeRegion);
  const governed = await governedAccounts(settings, wanted, organizations);
  const found = await Promise.all([
    ofOrganization(run, organizations),
    // Where it is governed, its own check below reports the same.
    asked(account) && !governed.alive.includes(account) ? management.findings : [],
    asked(account) ? ofManagement(settings, governed.accounts, management.session) : [],
    pooled(governed.alive.filter(asked), accountsAtOnce, (id) =>
      ofAccount({ ...run, management: management.session }, id),
    ),
  ]);
  return { findings: [...governed.findings, ...found.flat(2)], governed };
}

async function ofOrganization(
  { settings, own, deployed }: Run,
  organizations: Clients,
): Promise<Finding[]> {
  const account = settings.securityAccount;
  const home = own(homeRegion);
  const found = await Promise.all([
    judge("organization", { account }, () => organization(organizations, settings)),
    judge("trusted-access", { account }, () => trustedAccess(organizations, settings, deployed)),
    judge("administrator", { account }, () =>
      delegatedAdministrator(organizations, settings, deployed),
    ),
    settings.serviceControlPolicy === "attach"
      ? judge("policy-type", { account }, () => policyType(organizations))
      : [],
    judge("channels", { account, region: homeRegion }, () => channels(home, settings, deployed)),
    judge("lambda-quota", { account, region: homeRegion }, () => lambdaConcurrency(home, settings)),
    judge("security-hub", { account, region: homeRegion }, () => securityHub(home)),
    ...settings.governedRegions.map((region) =>
      judge("guardduty", { account, region }, () => guardDuty(own(region), settings, deployed)),
    ),
  ]);
  return found.flat();
}

async function ofManagement(
  settings: Settings,
  governed: readonly string[],
  session?: ClientsOf,
): Promise<Finding[]> {
  if (session === undefined) return [];
  const account = settings.managementAccount;
  const place = { account, region: homeRegion };
  const needed = stackSetCount(settings);
  const found = await Promise.all([
    needed === 0
      ? []
      : judge("stack-set-quota", place, () => stackSets(session(homeRegion), needed)),
    judge("other-stages", place, () => otherStages(session(homeRegion), settings, governed)),
    ...settings.governedRegions.map((region) =>
      judge("guardduty", { account, region }, () =>
        guardDutyAdministrator(session(region), settings),
      ),
    ),
  ]);
  return found.flat();
}

function report(
  settings: Settings,
  findings: readonly Finding[],
  { accounts: governed, known }: Pick<Governed, "accounts" | "known"> = {
    accounts: namedAccounts(settings),
    known: false,
  },
): Report {
  const { securityAccount, managementAccount, governedRegions } = settings;
  const accounts = [...new Set([securityAccount, managementAccount, ...governed])];
  const order = ({ account, check: id, region }: Finding): number =>
    (accounts.indexOf(account) * checkIds.length + checkIds.indexOf(id)) *
      (governedRegions.length + 1) +
    (region === undefined ? 0 : governedRegions.indexOf(region) + 1);
  const sorted = [...findings].sort((one, other) => order(one) - order(other));
  const needed = sorted.filter(
    ({ account, check: id }) => governed.includes(account) && neededToContain.includes(id),
  );
  const uncontainable = doubtful(needed, "fail");
  const unknown = Object.entries(doubtful(needed, "unknown"));
  return {
    findings: sorted,
    ...(known && { governed }),
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
