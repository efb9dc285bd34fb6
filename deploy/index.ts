/** Composes everything Cordon deploys. Reads no configuration: settings come in, outputs go out. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ApprovalPage } from "../components/flows/approval/page";
import { ApprovalWorkflow } from "../components/flows/approval/workflow";
import { DeadLetters } from "../components/flows/dead-letters/dead-letters";
import { ExposedKeyReconcile } from "../components/flows/exposed-key/reconcile";
import { ExposedKeyWorkflow } from "../components/flows/exposed-key/workflow";
import { KeyRotationReports } from "../components/flows/key-rotation/reports";
import { KeyRotationTopic } from "../components/flows/key-rotation/topic";
import { ChannelDelivery } from "../components/flows/notify/delivery";
import { MailSubscriptions } from "../components/flows/notify/mail";
import { ChannelTest } from "../components/flows/notify/test";
import { ReleaseFunction } from "../components/flows/release/release";
import {
  exposedKeyPlaybook,
  hostCredentialsPlaybooks,
  hostPlaybook,
  Responder,
} from "../components/flows/respond/responder";
import { Watcher } from "../components/flows/respond/watcher";
import { Sweeper } from "../components/flows/sweep/sweeper";
import { Triage } from "../components/flows/triage/triage";
import { ForwardingAlarms } from "../components/hub/alarms";
import { HubBus } from "../components/hub/bus";
import { accountProvider } from "../components/organization/account-provider";
import { DirectBaseline } from "../components/organization/baseline/direct-baseline";
import { forwarding } from "../components/organization/baseline/forwarding";
import { ConformancePack } from "../components/organization/conformance-pack";
import { QuarantineGroups } from "../components/organization/quarantine-groups";
import { EncryptionKey } from "../components/record/encryption-key";
import { Journal } from "../components/record/journal";
import { Notifications } from "../components/record/notifications";
import { SealKey } from "../components/record/seal-key";
import { contractVersion, type Outputs, type StackContract } from "../contract/outputs";
import { isPosted } from "../functions/catalogue/channels";
import type { Forwarded } from "../functions/catalogue/forwarding";
import {
  type ByPlaybook,
  deployedPlaybooks,
  optionalPlaybook,
  type PlaybookId,
} from "../functions/catalogue/playbooks";
import { deployedMemberRoles, functionRoleNames } from "../functions/iam/member-roles";
import type { Settings } from "../settings";
import { boundAccounts } from "../settings/guardrails";
import { policyRevision } from "../settings/policy";
import { discover, discoverDetection } from "./discover";
import {
  checkChannelUnits,
  checkUnits,
  deployBaseline,
  deploymentScope,
  deployRange,
  governedAccounts,
} from "./members";
import { deployDetectors, deployGuardrails } from "./organization";
import { pick } from "./pick";

/**
 * Deploys Cordon into the organization that the ambient credentials belong to.
 *
 * @throws pulumi.RunError when they belong to another account or partition than the settings say
 */
export async function deploy(settings: Settings): Promise<Outputs<StackContract<PlaybookId>>> {
  await checkCredentials(settings);
  // The only provider of the management account.
  const management = accountProvider("management", {
    account: settings.managementAccount,
    ...pick(settings, "homeRegion", "deploymentRole"),
  });
  await checkUnits(settings, management);
  await checkChannelUnits(settings, management);
  const governed = governedAccounts(settings);
  const [vpcs, existing] = await Promise.all([
    discover(governed, settings.governedRegions),
    settings.detection === "managed"
      ? discoverDetection(management, settings.homeRegion, settings.governedRegions)
      : undefined,
  ]);

  const designated = deployDetectors(settings, management, existing);
  if (settings.serviceControlPolicy === "attach") {
    await deployGuardrails(settings, management, designated);
  }
  if (settings.conformancePack === "deploy") {
    new ConformancePack(
      "posture",
      {
        ...pick(settings, "stage", "homeRegion", "governedRegions"),
        excludedAccounts: settings.conformancePackExcludedAccounts,
      },
      { dependsOn: [designated] },
    );
  }
  const { sealKeyArn, ...record } = deployRecord(settings);
  const hub = deployHub(settings);
  const hubBusName = hub.busName;
  const organization = { ...pick(settings, "organizationId", "managementAccount") };
  const members = { ...pick(settings, "rolePath", "externalId", "organizationId") };
  const redrive = {
    ...pick(settings, "securityAccount", "breakGlassRoles", "breakGlassUsers"),
  };
  const scope = deploymentScope(settings);
  const triage = new Triage("triage", {
    ...record,
    ...organization,
    ...redrive,
    ...pick(settings, "sampleFindings", "noticesAlone"),
    hubBusName,
  });
  const page = settings.approvalPage
    ? new ApprovalPage("approval-page", {
        ...pick(settings, "homeRegion", "securityAccount", "approvalHours"),
        noticeTopicArn: record.noticeTopicArn,
        linkingRoles: [...planningRoles(settings), functionRoleNames.approve],
      })
    : undefined;
  const playbooks = {
    ...record,
    ...organization,
    ...members,
    ...redrive,
    ...pick(settings, "mode", "policy", "sampleFindings", "governedRegions", "noticesAlone"),
    ...pick(settings, "protectedResources", "disableKeys", "deploymentRole"),
    ...pick(settings, "brakes", "criticalResources", "forwarders"),
    sealKeyArn,
    page,
    guardrails: boundAccounts(settings),
    hubBusName,
  };
  const { blockAddresses: blocking } = settings;
  const blocksAddresses = blocking !== undefined;
  const addresses = blocking
    ? new Responder(optionalPlaybook, { ...playbooks, playbook: optionalPlaybook, blocking })
        .contract
    : undefined;
  const { contract: hosts, urgent } = new Responder(hostPlaybook, {
    ...playbooks,
    playbook: hostPlaybook,
    addresses,
  });
  const made: Partial<Record<PlaybookId, Responder["contract"] | undefined>> = {
    [hostPlaybook]: hosts,
    [optionalPlaybook]: addresses,
  };
  const responders = Object.fromEntries(
    deployedPlaybooks(blocksAddresses).map((playbook) => [
      playbook,
      made[playbook] ??
        new Responder(playbook, {
          ...playbooks,
          playbook,
          ...(hostCredentialsPlaybooks.includes(playbook) && { hosts }),
        }).contract,
    ]),
  ) as unknown as ByPlaybook<Responder["contract"]>;
  const approval = new ApprovalWorkflow("approval", {
    ...record,
    ...members,
    ...pick(settings, "securityAccount", "deploymentRole"),
    ...pick(settings, "approvers", "approvalHours"),
    page,
    responders,
  });
  const revision = policyRevision(settings.mode, settings.policy, exposedKeyPlaybook);
  const exposedKeys = new ExposedKeyWorkflow("exposed-key", {
    ...playbooks,
    ...pick(settings, "lookbackHours"),
    policyRevision: revision,
    responder: responders[exposedKeyPlaybook],
  });
  const { noticeTopicArn } = record;
  const reconcile = new ExposedKeyReconcile("reconcile", {
    ...organization,
    ...members,
    ...scope,
    ...pick(settings, "homeRegion", "securityAccount", "reconcileHours"),
    policyRevision: revision,
    noticeTopicArn,
  });
  const release = new ReleaseFunction("release", {
    ...record,
    ...members,
    ...redrive,
    ...pick(settings, "deploymentRole"),
    sealKeyArn,
    hubBusName,
    blocksAddresses,
  });
  const watcher = new Watcher("watch", {
    ...record,
    ...redrive,
    responders,
    hubBusName,
    ...(blocksAddresses && { releases: release.contract }),
  });
  new ForwardingAlarms("forwarding-alarms", { noticeTopicArn });
  const { topicArn } = new KeyRotationTopic("key-rotation", {
    ...pick(settings, "homeRegion", "securityAccount", "organizationId", "rolePath"),
    ...pick(settings, "accessKeyPublishers", "accessKeyPublisherAccounts"),
  });
  const owner = settings.notify.find((channel) => channel.type === "owner");
  const keyRotation = new KeyRotationReports("key-rotation-reports", {
    ...record,
    ...organization,
    ...members,
    ...redrive,
    ...pick(settings, "accessKeyMaxAgeDays"),
    ...(owner && { owner: pick(owner, "tag", "from", "domains") }),
    topicArn,
    hubBusName,
  });
  const posted = settings.notify.filter(isPosted);
  const delivery =
    posted.length > 0
      ? new ChannelDelivery("channels", {
          ...record,
          ...organization,
          ...redrive,
          channels: posted,
        })
      : undefined;
  if (settings.notify.length > 0) {
    new ChannelTest("channel-test", { ...record, channels: settings.notify });
  }
  new MailSubscriptions("mail", {
    noticeTopicArn,
    channels: settings.notify.filter((channel) => channel.type === "mail"),
  });
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
  // The sweeper's role comes after the groups: EC2 takes no second group of a name.
  deployBaseline(settings, governed, [designated, hub], quarantineGroups);
  // Its schedule fires as soon as it exists; a group that it made first could not be created here.
  const sweeper = new Sweeper(
    "sweeper",
    {
      ...record,
      ...organization,
      ...members,
      ...redrive,
      ...scope,
      ...pick(settings, "governedRegions", "sweepHours"),
      hubBusName,
    },
    { dependsOn: [...quarantineGroups.values()] },
  );
  const letters = new DeadLetters("dead-letters", {
    ...record,
    ...pick(settings, "securityAccount", "rolePath", "deploymentRole", "approvers"),
    queues: {
      ...responders,
      ...(urgent && { urgent }),
      triage: triage.contract,
      imported: triage.imported,
      release: release.contract,
    },
    upkeep: {
      watch: watcher.contract,
      sweep: sweeper.contract,
      "key-rotation": keyRotation.contract,
    },
    // Whose failures have an alert of their own.
    ...(delivery && { silent: { channels: delivery.contract } }),
    exposedKeys: exposedKeys.contract,
  });
  await deployRange(settings, governed);

  return {
    contractVersion,
    ...pick(settings, "mode", "policy"),
    hubBusArn: hub.busArn,
    noticeTopicArn: record.noticeTopicArn,
    journalTableName: record.journalTableName,
    releaseFunctionName: release.functionName,
    approveFunctionName: approval.functionName,
    redriveFunctionName: letters.redriveFunctionName,
    approvalPageUrl: page?.url ?? "",
    memberRoleNames: deployedMemberRoles(blocksAddresses).map((role) => role.name),
    quarantineGroups: pulumi.all(
      Object.assign({}, ...[...quarantineGroups.values()].map(({ groupIds }) => groupIds)),
    ),
    // Without a playbook that is not deployed.
    responders: pulumi.output({ ...responders }) as pulumi.Output<
      StackContract<PlaybookId>["responders"]
    >,
    urgent: pulumi.output(urgent ? { [hostPlaybook]: urgent } : {}),
    watch: watcher.contract,
    triage: triage.contract,
    imported: triage.imported,
    releases: release.contract,
    sweeper: sweeper.contract,
    exposedKeys: pulumi
      .all([exposedKeys.contract, reconcile.functionName])
      .apply(([contract, reconcileFunctionName]) => ({ ...contract, reconcileFunctionName })),
    keyRotation: pulumi
      .all([keyRotation.contract, topicArn])
      .apply(([contract, arn]) => ({ ...contract, topicArn: arn })),
  };
}

/** Refuses credentials that would build Cordon in the wrong place. */
async function checkCredentials(settings: Settings): Promise<void> {
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
}

/** Names the roles that make plans, and have people asked about them. */
function planningRoles({ blockAddresses }: Settings): readonly string[] {
  return [
    ...deployedPlaybooks(blockAddresses !== undefined).map((id) => functionRoleNames.respond(id)),
    functionRoleNames.cutExposedKey,
  ];
}

function deployRecord(settings: Settings) {
  const { securityAccount, homeRegion } = settings;
  const { keyArn } = new EncryptionKey("key", { securityAccount });
  const journal = new Journal("journal", {
    keyArn,
    deletionProtection: settings.stage !== "local",
  });
  const notifications = new Notifications("notifications", {
    securityAccount,
    homeRegion,
    keyArn,
    ...pick(settings, "organizationId", "consumerAccounts"),
    publisherRoles: [
      ...deployedPlaybooks(settings.blockAddresses !== undefined).map(functionRoleNames.respond),
      functionRoleNames.triage,
      functionRoleNames.release,
      functionRoleNames.cutExposedKey,
      functionRoleNames.notifyExposure,
      functionRoleNames.exposedKeyWorkflow,
      functionRoleNames.sweep,
      functionRoleNames.notifyKeyRotation,
      ...(settings.notify.some(isPosted) ? [functionRoleNames.notifyChannels] : []),
      ...(settings.notify.length > 0 ? [functionRoleNames.testChannels] : []),
      functionRoleNames.askApproval,
      functionRoleNames.notifyDeadLetters,
    ],
  });
  const seals = new SealKey("seals", {
    securityAccount,
    seals: "the plans in Cordon's journal",
    alias: "alias/cordon-seals",
    sealingRoles: planningRoles(settings),
    checkingRoles: [functionRoleNames.release],
  });
  return {
    homeRegion,
    keyArn,
    sealKeyArn: seals.keyArn,
    journalTableName: journal.tableName,
    journalTableArn: journal.tableArn,
    noticeTopicArn: notifications.topicArn,
  };
}

/** The hub, and what the security account itself sends there. */
function deployHub(settings: Settings): HubBus {
  const hub = new HubBus("hub", {
    ...pick(settings, "securityAccount", "organizationId", "rolePath"),
  });
  const shape = pick(settings, "homeRegion", "securityAccount", "rolePath", "permissionsBoundary");
  const forward = (name: string, what: Forwarded, region: string) =>
    new DirectBaseline(name, {
      part: forwarding(what, shape),
      place: { account: settings.securityAccount, region },
      after: [hub],
    });
  for (const region of settings.governedRegions) {
    forward(`forwarding-${region}`, "guardduty", region);
  }
  // Findings of all regions are aggregated there, and there analysts choose the action.
  forward("forwarding-security-hub", "security-hub", settings.homeRegion);
  return hub;
}
