/** Composes everything Cordon deploys. Reads no configuration: settings come in, outputs go out. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Forwarded, Forwarding } from "./components/detect/forwarding";
import { HubBus } from "./components/detect/hub-bus";
import { Triage } from "./components/detect/triage";
import { QuarantineGroups } from "./components/organization/quarantine-groups";
import { AccessKeyReports } from "./components/record/access-key-reports";
import { AccessKeyTopic } from "./components/record/access-key-topic";
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
  const { topicArn } = new AccessKeyTopic("access-keys", { ...settings, partition });
  const accessKeys = new AccessKeyReports("access-key-reports", { ...shared, topicArn });
  const quarantineGroups = governed.map((reader) =>
    deployInAccount(settings, partition, reader, vpcs, hub),
  );

  return {
    mode: settings.mode,
    hubBusArn: hub.busArn,
    noticeTopicArn: record.noticeTopicArn,
    journalTableName: record.journalTableName,
    releaseFunctionName: release.functionName,
    memberRoleNames: memberRoles.map((role) => role.name),
    quarantineGroups: pulumi.all(Object.assign({}, ...quarantineGroups)),
    responders: pulumi.output(responders),
    triage: triage.contract,
    exposedKeys: pulumi
      .all([exposedKeys.contract, reconcile.functionName])
      .apply(([contract, reconcileFunctionName]) => ({ ...contract, reconcileFunctionName })),
    accessKeys: pulumi
      .all([accessKeys.contract, topicArn])
      .apply(([contract, arn]) => ({ ...contract, topicArn: arn })),
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
      functionRoleNames.tellOldKey,
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
): QuarantineGroups["groupIds"] {
  const opts = provider ? { providers: [provider] } : {};
  new MemberRoles(`roles-${account}`, { ...settings, partition, account }, opts);
  // Trusted Advisor's events appear in this region only, on the bus of the account they are about.
  new Forwarding(
    `forwarding-exposures-${account}`,
    { what: "exposures", region: settings.homeRegion, account, hubBusArn: hub.busArn },
    opts,
  );
  const ofAccount = vpcs.filter((vpc) => vpc.account === account);
  return new QuarantineGroups(`quarantine-${account}`, { account, vpcs: ofAccount }, opts).groupIds;
}
