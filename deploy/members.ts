/** Deploys the baseline and the range into the accounts that Cordon governs. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountProvider } from "../components/organization/account-provider";
import { DirectBaseline } from "../components/organization/baseline/direct-baseline";
import { keyRotationPart } from "../components/organization/baseline/key-rotation";
import {
  globalPart,
  regionalPart,
  resourceRolesPart,
} from "../components/organization/baseline/parts";
import { MemberBaseline } from "../components/organization/member-baseline";
import { isPosted } from "../functions/catalogue/channels";
import type { Settings } from "../settings";
import type { AccountReader } from "./discover";
import { pick } from "./pick";

/**
 * Refuses units without the security account, which would then have no roles. The root holds
 * every account.
 */
export async function checkUnits(settings: Settings, management: aws.Provider): Promise<void> {
  const { memberDeployment, organizationalUnits, securityAccount } = settings;
  if (memberDeployment === "direct" || organizationalUnits.some((id) => id.startsWith("r-"))) {
    return;
  }
  const { entityPath } = await aws.organizations.getEntityPath(
    { entityId: securityAccount },
    // The security account may ask only once it is a delegated administrator.
    { provider: management },
  );
  const above = entityPath.split("/");
  if (!organizationalUnits.some((id) => above.includes(id))) {
    throw new pulumi.RunError(
      `cordon:organizationalUnits must hold the security account, but it is at ${entityPath}`,
    );
  }
}

/** Refuses filters of channels by units that do not exist: they would let nothing through. */
export async function checkChannelUnits(
  { notify }: Settings,
  management: aws.Provider,
): Promise<void> {
  for (const [index, channel] of notify.entries()) {
    for (const unit of isPosted(channel) ? (channel.units ?? []) : []) {
      await aws.organizations
        .getEntityPath({ entityId: unit }, { provider: management })
        .catch((error: Error) => {
          throw new pulumi.RunError(
            `cordon:notify[${index}].units must name organizational units that exist, but Organizations does not know ${unit}: ${error.message}`,
          );
        });
    }
  }
}

/**
 * The accounts in which something is made one by one. The security account can be compromised too,
 * so it is governed like any member.
 */
export function governedAccounts(settings: Settings): readonly AccountReader[] {
  const { managementAccount, memberAccounts, governManagementAccount } = settings;
  const members = governManagementAccount ? [...memberAccounts, managementAccount] : memberAccounts;
  return [
    { account: settings.securityAccount },
    ...members.map((account) => ({
      account,
      provider: accountProvider(`member-${account}`, {
        account,
        ...pick(settings, "homeRegion", "deploymentRole"),
      }),
    })),
  ];
}

const directAccounts = 200;

/** Lists the accounts and units to which something is deployed: functions open no session in others. */
export function deploymentScope(settings: Settings): {
  readonly excludedAccounts: readonly string[];
  readonly targetUnits: readonly string[];
} {
  const { managementAccount, securityAccount, memberAccounts, organizationalUnits } = settings;
  const excludedAccounts = settings.governManagementAccount ? [] : [managementAccount];
  if (settings.memberDeployment === "direct") {
    const targetUnits = [securityAccount, ...memberAccounts, managementAccount];
    // With a comma each, in the environment of a function, which holds 4,096 bytes in all.
    if (targetUnits.length > directAccounts) {
      throw new pulumi.RunError(
        `cordon:memberAccounts must list at most ${directAccounts - 2} accounts where cordon:memberDeployment is direct, but ${memberAccounts.length} were provided`,
      );
    }
    return { excludedAccounts, targetUnits };
  }
  const everywhere = organizationalUnits.some((id) => id.startsWith("r-"));
  return {
    excludedAccounts,
    targetUnits: everywhere ? [] : [...organizationalUnits, managementAccount],
  };
}

/** Roles and forwarding of every account. StackSets skip the management account. */
export function deployBaseline(
  settings: Settings,
  governed: readonly AccountReader[],
  after: readonly pulumi.Resource[],
  quarantineGroups: ReadonlyMap<string, pulumi.Resource>,
): void {
  const shape = pick(settings, "homeRegion", "securityAccount", "rolePath", "permissionsBoundary");
  const baseline = {
    ...shape,
    ...pick(settings, "organizationId", "externalId", "breakGlassRoles", "breakGlassUsers"),
    ...pick(settings, "deploymentRole"),
    blocksAddresses: settings.blockAddresses !== undefined,
  };
  const parts = {
    global: globalPart(baseline),
    resources: resourceRolesPart(baseline),
    regional: regionalPart(baseline),
    ...(settings.accessKeyRule === "deploy" && {
      keyRotation: keyRotationPart({
        ...shape,
        ...pick(settings, "accessKeyMaxAgeDays", "accessKeyCheckHours"),
        ...pick(settings, "accessKeyAttempts", "accessKeyRetrySeconds"),
      }),
    }),
  };
  const byStackSets = settings.memberDeployment === "stack-sets";
  if (byStackSets) {
    new MemberBaseline("member-baseline", {
      ...pick(settings, "stage", "homeRegion", "governedRegions", "organizationalUnits"),
      ...pick(settings, "failureTolerancePercentage", "maxConcurrentPercentage"),
      ...parts,
      after: [...after, ...quarantineGroups.values()],
    });
  }
  const { homeRegion, governedRegions, managementAccount } = settings;
  const direct = byStackSets
    ? governed.filter(({ account }) => account === managementAccount)
    : governed;
  for (const { account, provider } of direct) {
    const opts = provider ? { providers: [provider] } : {};
    const groups = quarantineGroups.get(account);
    const ready = groups ? [...after, groups] : after;
    new DirectBaseline(
      `baseline-${account}`,
      {
        part: (place) => [...parts.global(place), ...parts.resources(place)],
        place: { account, region: homeRegion },
        after: ready,
      },
      opts,
    );
    if (parts.keyRotation !== undefined) {
      new DirectBaseline(
        `baseline-${account}-key-rotation`,
        { part: parts.keyRotation, place: { account, region: homeRegion } },
        opts,
      );
    }
    for (const region of governedRegions) {
      new DirectBaseline(
        `baseline-${account}-${region}`,
        { part: parts.regional, place: { account, region }, after: ready },
        opts,
      );
    }
  }
}

/** Loads the package of the range's network where there is a range, and nowhere else. */
export async function deployRange(
  { rangeAccount, homeRegion }: Settings,
  governed: readonly AccountReader[],
): Promise<void> {
  const provider = governed.find(({ account }) => account === rangeAccount)?.provider;
  if (provider === undefined) return;
  const { Range } = await import("../components/organization/range");
  new Range("range", { region: homeRegion }, { providers: [provider] });
}
