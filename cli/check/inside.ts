/** Everything that is asked inside one account, region by region. */
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { homeRegion } from "../../functions/catalogue/names";
import { memberRoles } from "../../functions/iam/member-roles";
import type { Settings } from "../../settings";
import {
  type ExistingRoles,
  enabledRegions,
  existingRoles,
  memberRolesFinding,
  openSession,
  roleQuota,
  supportPlan,
} from "./account";
import type { ClientsOf, Credentials } from "./clients";
import { dryRun, serviceControlPolicies } from "./control-policies";
import { type Finding, judge, ok, read, unsettled } from "./finding";
import { type Action, accountActions } from "./permissions";
import { busRules, otherRoles } from "./quota-needs";
import { groupQuota, type KnownTrails, recorder, ruleQuota, trail } from "./region";

/** State that the checks of all accounts share. */
export interface Run {
  readonly settings: Settings;
  /** Reports whether the caller asked for an account. */
  readonly asked: (account: string) => boolean;
  /** The security account's own clients. */
  readonly own: ClientsOf;
  readonly clients: (credentials: Credentials) => ClientsOf;
  /** ARN of the caller. */
  readonly caller: string;
  /** Cordon's roles exist in the security account: this is not the first deployment. */
  readonly deployed: boolean;
  /** The management account's clients, where a session opened. */
  readonly management?: ClientsOf | undefined;
  readonly trails: KnownTrails;
}

// The calls of one account share its limits.
const regionsAtOnce = 4;

/** Opens a session in an account; the findings report that, or why it did not open. */
export async function sessionIn(
  run: Run,
  account: string,
  actions: readonly Action[],
): Promise<{ findings: Finding[]; session?: ClientsOf }> {
  if (account === run.settings.securityAccount) {
    const verdict = ok("not needed: these are its own credentials");
    return { findings: [{ check: "deployment-role", account, ...verdict }], session: run.own };
  }
  const answer: { session?: ClientsOf } = {};
  const findings = await judge("deployment-role", { account }, async () => {
    const { credentials, verdict } = await openSession(
      run.own(homeRegion),
      account,
      run.settings,
      actions,
    );
    if (credentials !== undefined) answer.session = run.clients(credentials);
    // StackSets work without it: only the check cannot look there.
    const { managementAccount, memberAccounts } = run.settings;
    return [managementAccount, ...memberAccounts].includes(account) ? verdict : unsettled(verdict);
  });
  return { findings, ...answer };
}

export async function ofAccount(run: Run, account: string): Promise<Finding[]> {
  const { findings, session } = await sessionIn(run, account, accountActions);
  if (session === undefined) return findings;
  const home = session(homeRegion);
  let roles: ExistingRoles = { own: [], foreign: [] };
  const roleFindings = await judge("member-roles", { account }, async () => {
    roles = await existingRoles(home, run.settings);
    return memberRolesFinding(roles, run.deployed, run.settings);
  });
  const found = await Promise.all([
    ofRegions(run, account, session, roles),
    judge("support-plan", { account }, () => supportPlan(home)),
    judge("iam-quota", { account }, () =>
      roleQuota(home, roles, otherRoles(run.settings, account), run.settings),
    ),
  ]);
  return [...findings, ...roleFindings, ...found.flat()];
}

async function ofRegions(
  run: Run,
  account: string,
  session: ClientsOf,
  roles: ExistingRoles,
): Promise<Finding[]> {
  const { governedRegions } = run.settings;
  let enabled: Awaited<ReturnType<typeof enabledRegions>> | undefined;
  const unknown = await judge("region", { account }, async () => {
    enabled = await enabledRegions(session(homeRegion), governedRegions);
    return [];
  });
  const findings = [...(enabled ?? [])].map(([region, verdict]): Finding => {
    return { check: "region", account, region, ...verdict };
  });
  // Nothing answers in a region that is not enabled.
  const open = governedRegions.filter((region) => (enabled?.get(region)?.state ?? "ok") === "ok");
  const found = await pooled(open, regionsAtOnce, (region) =>
    ofRegion(run, { account, region }, session, roles),
  );
  return [...unknown, ...findings, ...found.flat()];
}

async function ofRegion(
  run: Run,
  place: { readonly account: string; readonly region: string },
  session: ClientsOf,
  { own }: ExistingRoles,
): Promise<Finding[]> {
  const clients = session(place.region);
  const home = place.region === homeRegion;
  const deployed = own.length > 0;
  const ownerOf = (account: string) =>
    account === place.account
      ? session
      : account === run.settings.managementAccount
        ? run.management
        : undefined;
  const found = await Promise.all([
    judge("control-policies", place, async () => {
      const principal = await principalIn(run, place.account, session, deployed);
      return serviceControlPolicies(clients, {
        principal,
        home,
        ...place,
        blocksAddresses: run.settings.blockAddresses !== undefined,
      });
    }),
    judge("dry-run", place, () => dryRun(clients)),
    judge("trail", place, () => trail(clients, place.region, ownerOf, run.trails)),
    judge("recorder", place, () => recorder(clients, home)),
    judge("group-quota", place, () => groupQuota(clients, place.account, deployed)),
    judge("rule-quota", place, () => ruleQuota(clients, deployed, busRules(run.settings, place))),
  ]);
  return found.flat();
}

/**
 * Finds whose calls to simulate: a Cordon role where it exists; before that, the role that
 * will create it. Policies may exempt or bind roles by name, so Cordon's own role proves more.
 */
async function principalIn(
  run: Run,
  account: string,
  session: ClientsOf,
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
    session(homeRegion).iam.send(new GetRoleCommand({ RoleName })),
  );
  return Role?.Arn ?? "";
}

/** Does something with each item, so many at a time; results in the items' order. */
export async function pooled<T, R>(
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
