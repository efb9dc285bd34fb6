/** Lists the accounts that Cordon governs: those the settings name, and those under the StackSets' units. */
import type { Account } from "@aws-sdk/client-organizations";
import type { Settings } from "../../settings";
import type { Clients } from "./clients";
import { type Finding, judge } from "./finding";
import {
  accountState,
  accountsUnder,
  isLive,
  listAccounts,
  outsideUnits,
  ungoverned,
} from "./organization";

export interface Governed {
  /** Governed accounts, the security account first, as far as they are known. */
  readonly accounts: readonly string[];
  /** The active ones among them. */
  readonly alive: readonly string[];
  /** AWS listed them. */
  readonly known: boolean;
  readonly findings: readonly Finding[];
}

/** Gives the accounts that the settings name, Cordon's own first. */
export function namedAccounts(settings: Settings): readonly string[] {
  const { securityAccount, memberAccounts, governManagementAccount, managementAccount } = settings;
  return [
    securityAccount,
    ...(governManagementAccount ? [managementAccount] : []),
    ...memberAccounts,
  ];
}

/**
 * Asks which accounts there are; where that is unknown, it is so once and not for each account, and
 * those that the settings or the caller name are taken for governed.
 */
export async function governedAccounts(
  settings: Settings,
  wanted: readonly string[] | undefined,
  organizations: Clients,
): Promise<Governed> {
  const { securityAccount, managementAccount, memberDeployment } = settings;
  const named = namedAccounts(settings);
  const asked = (id: string) => wanted?.includes(id) ?? true;
  let answer: { all: readonly Account[]; under?: readonly Account[] } | undefined;
  const unread = await judge("account", { account: securityAccount }, async () => {
    const all = await listAccounts(organizations);
    answer =
      memberDeployment === "direct"
        ? { all }
        : { all, under: await accountsUnder(organizations, settings.organizationalUnits, all) };
    return [];
  });
  if (answer === undefined) {
    const others = wanted?.filter((id) => id !== managementAccount) ?? [];
    const accounts = [...new Set([...named, ...others])];
    return { accounts, alive: accounts, known: false, findings: unread };
  }
  const { all, under } = answer;
  const deployedTo = (under ?? [])
    // StackSets skip the management account, whatever the units hold.
    .filter((account) => isLive(account) && account.Id !== managementAccount)
    .map(({ Id = "" }) => Id);
  const accounts = [...new Set([...named, ...deployedTo])];
  const findings = [...new Set([...accounts, managementAccount])]
    .filter(asked)
    .map((account): Finding => {
      const verdict =
        under === undefined || account === managementAccount || deployedTo.includes(account)
          ? accountState(account, all)
          : outsideUnits(account, all);
      return { check: "account", account, ...verdict };
    });
  const others = ungoverned(all, [...accounts, managementAccount], memberDeployment);
  return {
    accounts,
    alive: accounts.filter((id) => all.some((account) => account.Id === id && isLive(account))),
    known: true,
    findings: [
      ...findings,
      ...others.map((verdict): Finding => {
        return { check: "account", account: securityAccount, ...verdict };
      }),
    ],
  };
}
