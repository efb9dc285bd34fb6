/** Composes everything Cordon deploys. Reads no configuration: settings come in, outputs go out. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Forwarded, Forwarding } from "./components/detect/forwarding";
import { ForwardingAlarms } from "./components/detect/forwarding-alarms";
import { HubBus } from "./components/detect/hub-bus";
import { Triage } from "./components/detect/triage";
import { QuarantineGroups } from "./components/organization/quarantine-groups";
import { Sweeper } from "./components/organization/sweeper";
import { EncryptionKey } from "./components/record/encryption-key";
import { Journal } from "./components/record/journal";
import { Notifications } from "./components/record/notifications";
import { ExposedKeyReconcile } from "./components/remediate/exposed-key-reconcile";
import { ExposedKeyWorkflow } from "./components/remediate/exposed-key-workflow";
import { MemberRoles } from "./components/remediate/member-roles";
import { ReleaseFunction } from "./components/remediate/release-function";
import { Responder } from "./components/remediate/responder";
import type { Outputs, StackContract } from "./contract";
import { type AccountReader, type DiscoveredVpc, discover } from "./discover";
import { type PlaybookId, playbookIds } from "./functions/catalogue";
import { functionRoleNames, memberRoles } from "./functions/permissions";
import type { Settings } from "./settings";

/**
 * Deploys Cordon into the organization that the ambient credentials belong to.
 *
 * @throws pulumi.RunError when they belong to another account or partition than the settings say
 */
export async function deploy(settings: Settings): Promise<Outputs<StackContract>> {
  const partition = await checkCredentials(settings);
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
  const quarantineGroups = governed.map((reader) =>
    deployInAccount(settings, partition, reader, vpcs, hub),
  );
  // Its schedule fires as soon as it stands; a group it made first could not be created here.
  const sweeper = new Sweeper(
    "sweeper",
    // Nothing is deployed to the management account.
    { ...shared, leftOut: [settings.managementAccount] },
    { dependsOn: quarantineGroups },
  );

  return {
    mode: settings.mode,
    hubBusArn: hub.busArn,
    noticeTopicArn: record.noticeTopicArn,
    journalTableName: record.journalTableName,
    releaseFunctionName: release.functionName,
    memberRoleNames: memberRoles.map((role) => role.name),
    quarantineGroups: pulumi.all(
      Object.assign({}, ...quarantineGroups.map(({ groupIds }) => groupIds)),
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

/** The security account can be compromised too, so it is governed like any member. */
function governedAccounts(settings: Settings, partition: string): readonly AccountReader[] {
  return [
    { account: settings.securityAccount },
    ...settings.memberAccounts.map((account) => ({
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
    new Forwarding(name, {
      what,
      region,
      account: settings.securityAccount,
      hubBusArn: hub.busArn,
    });
  for (const region of settings.governedRegions) {
    forward(`forwarding-${region}`, "guardduty", region);
  }
  // Findings of all regions are aggregated there, and there people choose the action.
  forward("forwarding-security-hub", "security-hub", settings.homeRegion);
  return hub;
}

function deployInAccount(
  settings: Settings,
  partition: string,
  { account, provider }: AccountReader,
  vpcs: readonly DiscoveredVpc[],
  hub: HubBus,
): QuarantineGroups {
  const opts = provider ? { providers: [provider] } : {};
  const ofAccount = vpcs.filter((vpc) => vpc.account === account);
  const groups = new QuarantineGroups(`quarantine-${account}`, { account, vpcs: ofAccount }, opts);
  // Only then may the sweeper come in: EC2 takes no second group of the name.
  new MemberRoles(
    `roles-${account}`,
    { ...settings, partition, account },
    { ...opts, dependsOn: groups },
  );
  const forward = (name: string, what: Forwarded, region: string) =>
    new Forwarding(name, { what, region, account, hubBusArn: hub.busArn }, opts);
  // Trusted Advisor's events appear in this region only, on the bus of the account they are about.
  forward(`forwarding-exposures-${account}`, "exposures", settings.homeRegion);
  for (const region of settings.governedRegions) {
    forward(`forwarding-network-${account}-${region}`, "network", region);
    forward(`forwarding-compliance-${account}-${region}`, "compliance", region);
  }
  return groups;
}
