/** Composes everything Cordon deploys. Reads no configuration: settings come in, outputs go out. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ForwardingAlarms } from "./components/detect/forwarding-alarms";
import { HubBus } from "./components/detect/hub-bus";
import { Triage } from "./components/detect/triage";
import { DirectBaseline } from "./components/organization/baseline/direct-baseline";
import { formerly } from "./components/organization/baseline/former-names";
import { forwarding } from "./components/organization/baseline/forwarding";
import { globalPart, regionalPart } from "./components/organization/baseline/parts";
import { MemberBaseline } from "./components/organization/member-baseline";
import { QuarantineGroups } from "./components/organization/quarantine-groups";
import { Sweeper } from "./components/organization/sweeper";
import { EncryptionKey } from "./components/record/encryption-key";
import { Journal } from "./components/record/journal";
import { Notifications } from "./components/record/notifications";
import { ExposedKeyReconcile } from "./components/remediate/exposed-key-reconcile";
import { ExposedKeyWorkflow } from "./components/remediate/exposed-key-workflow";
import { ReleaseFunction } from "./components/remediate/release-function";
import { Responder } from "./components/remediate/responder";
import type { Outputs, StackContract } from "./contract";
import { type AccountReader, discover } from "./discover";
import { type PlaybookId, playbookIds } from "./functions/catalogue";
import type { Forwarded } from "./functions/patterns";
import { functionRoleNames, memberRoles } from "./functions/permissions";
import type { Settings } from "./settings";

/**
 * Deploys Cordon into the organization that the ambient credentials belong to.
 *
 * @throws pulumi.RunError when they belong to another account or partition than the settings say
 */
export async function deploy(settings: Settings): Promise<Outputs<StackContract>> {
  const partition = await checkCredentials(settings);
  await checkUnits(settings);
  const governed = governedAccounts(settings, partition);
  const vpcs = await discover(governed, settings.governedRegions);

  const record = deployRecord(settings, partition);
  const hub = deployDetection(settings, partition);
  const shared = { ...settings, ...record, partition, hubBusName: hub.busName };
  const triage = new Triage("triage", shared);
  const responders = Object.fromEntries(
    playbookIds.map((playbook) => [
      playbook,
      new Responder(playbook, { ...shared, playbook }).contract,
    ]),
  ) as Record<PlaybookId, Responder["contract"]>;
  const exposedKeys = new ExposedKeyWorkflow("exposed-key", shared);
  const reconcile = new ExposedKeyReconcile("reconcile", shared);
  const release = new ReleaseFunction("release", shared);
  new ForwardingAlarms("forwarding-alarms", shared);
  const quarantineGroups = new Map(
    governed.map(({ account, provider }) => [
      account,
      new QuarantineGroups(
        `quarantine-${account}`,
        { account, vpcs: vpcs.filter((vpc) => vpc.account === account) },
        provider ? { providers: [provider] } : {},
      ),
    ]),
  );
  // Only with its role may the sweeper come in: EC2 takes no second group of a name.
  deployBaseline(settings, partition, governed, hub, quarantineGroups);
  // Its schedule fires as soon as it stands; a group it made first could not be created here.
  const sweeper = new Sweeper(
    "sweeper",
    { ...shared, leftOut: settings.governManagementAccount ? [] : [settings.managementAccount] },
    { dependsOn: [...quarantineGroups.values()] },
  );

  return {
    mode: settings.mode,
    hubBusArn: hub.busArn,
    noticeTopicArn: record.noticeTopicArn,
    journalTableName: record.journalTableName,
    releaseFunctionName: release.functionName,
    memberRoleNames: memberRoles.map((role) => role.name),
    quarantineGroups: pulumi.all(
      Object.assign({}, ...[...quarantineGroups.values()].map(({ groupIds }) => groupIds)),
    ),
    responders: pulumi.output(responders),
    triage: triage.contract,
    sweeper: sweeper.contract,
    exposedKeys: pulumi
      .all([exposedKeys.contract, reconcile.functionName])
      .apply(([contract, reconcileFunctionName]) => ({ ...contract, reconcileFunctionName })),
  };
}

/** Refuses credentials that would build Cordon in the wrong place; returns the partition. */
async function checkCredentials(settings: Settings): Promise<string> {
  const [{ partition }, { accountId }] = await Promise.all([
    aws.getPartition(),
    aws.getCallerIdentity(),
  ]);
  if (partition !== "aws") {
    throw new pulumi.RunError(
      `the partition must be aws, but the credentials belong to ${partition}`,
    );
  }
  if (accountId !== settings.securityAccount) {
    throw new pulumi.RunError(
      `the credentials must be those of cordon:securityAccount ${settings.securityAccount}, but they belong to ${accountId}`,
    );
  }
  return partition;
}

/**
 * Refuses units that leave the security account out, which would then have no roles. The root holds
 * every account.
 */
async function checkUnits(settings: Settings): Promise<void> {
  const { memberDeployment, organizationalUnits, securityAccount } = settings;
  if (memberDeployment === "direct" || organizationalUnits.some((id) => id.startsWith("r-"))) {
    return;
  }
  const { entityPath } = await aws.organizations.getEntityPath({ entityId: securityAccount });
  const above = entityPath.split("/");
  if (!organizationalUnits.some((id) => above.includes(id))) {
    throw new pulumi.RunError(
      `cordon:organizationalUnits must hold the security account, but it is at ${entityPath}`,
    );
  }
}

/**
 * The accounts in which something is made one by one. The security account can be compromised too,
 * so it is governed like any member.
 */
function governedAccounts(settings: Settings, partition: string): readonly AccountReader[] {
  const { managementAccount, memberAccounts, governManagementAccount } = settings;
  const members = governManagementAccount ? [...memberAccounts, managementAccount] : memberAccounts;
  return [
    { account: settings.securityAccount },
    ...members.map((account) => ({
      account,
      provider: new aws.Provider(`member-${account}`, {
        region: settings.homeRegion,
        assumeRoles: [
          {
            roleArn: `arn:${partition}:iam::${account}:role/${settings.deploymentRole}`,
            sessionName: "cordon-deploy",
          },
        ],
      }),
    })),
  ];
}

function deployRecord(settings: Settings, partition: string) {
  const place = { ...settings, partition };
  const { keyArn } = new EncryptionKey("key", place);
  const journal = new Journal("journal", {
    keyArn,
    deletionProtection: settings.stage !== "local",
  });
  const notifications = new Notifications("notifications", {
    ...place,
    keyArn,
    publisherRoles: [
      ...playbookIds.map((id: PlaybookId) => functionRoleNames.respond(id)),
      functionRoleNames.triage,
      functionRoleNames.release,
      functionRoleNames.cutExposedKey,
      functionRoleNames.notifyExposure,
      functionRoleNames.exposedKeyWorkflow,
      functionRoleNames.sweep,
    ],
  });
  return {
    keyArn,
    journalTableName: journal.tableName,
    journalTableArn: journal.tableArn,
    noticeTopicArn: notifications.topicArn,
  };
}

function deployDetection(settings: Settings, partition: string): HubBus {
  const hub = new HubBus("hub", { ...settings, partition });
  const forward = (name: string, what: Forwarded, region: string) =>
    new DirectBaseline(name, {
      part: forwarding(what, settings),
      place: { partition, account: settings.securityAccount, region },
      after: [hub],
      formerly: formerly({ forwarding: name }),
    });
  for (const region of settings.governedRegions) {
    forward(`forwarding-${region}`, "guardduty", region);
  }
  // Findings of all regions are aggregated there, and there people choose the action.
  forward("forwarding-security-hub", "security-hub", settings.homeRegion);
  return hub;
}

/** Roles and forwarding of every account. StackSets skip the management account. */
function deployBaseline(
  settings: Settings,
  partition: string,
  governed: readonly AccountReader[],
  hub: HubBus,
  quarantineGroups: ReadonlyMap<string, QuarantineGroups>,
): void {
  const parts = { global: globalPart(settings), regional: regionalPart(settings) };
  const byStackSets = settings.memberDeployment === "stack-sets";
  if (byStackSets) {
    const after = [hub, ...quarantineGroups.values()];
    new MemberBaseline("member-baseline", { ...settings, ...parts, after });
  }
  const { homeRegion, governedRegions, managementAccount } = settings;
  const direct = byStackSets
    ? governed.filter(({ account }) => account === managementAccount)
    : governed;
  for (const { account, provider } of direct) {
    const opts = provider ? { providers: [provider] } : {};
    const groups = quarantineGroups.get(account);
    const after = groups ? [hub, groups] : [hub];
    new DirectBaseline(
      `baseline-${account}`,
      {
        part: parts.global,
        place: { partition, account, region: homeRegion },
        after,
        formerly: formerly({
          roles: `roles-${account}`,
          forwarding: `forwarding-exposures-${account}`,
        }),
      },
      opts,
    );
    for (const region of governedRegions) {
      new DirectBaseline(
        `baseline-${account}-${region}`,
        { part: parts.regional, place: { partition, account, region }, after },
        opts,
      );
    }
  }
}
