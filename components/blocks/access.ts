/** Builds the IAM statements that several function roles share. */
import * as pulumi from "@pulumi/pulumi";
import { incidentPartitions, partitions } from "../../functions/catalogue/journal-partitions";
import { openIndex, outdatedIndex } from "../../functions/catalogue/names";
import type { StatementArgs } from "./inline-function";

/** Settings of sessions in member accounts. */
export interface MemberAccess {
  /** IAM path of the member roles, "/" or "/one/or/more/". */
  readonly rolePath: string;
  readonly externalId: string;
  readonly organizationId: string;
}

/** Allows sessions of member roles, in whichever account of the organization. */
export function sessionStatement(
  { rolePath, organizationId }: MemberAccess,
  ...roles: readonly string[]
): StatementArgs {
  return {
    actions: ["sts:AssumeRole"],
    resources: roles.map((role) => `arn:aws:iam::*:role${rolePath}${role}`),
    // A finding names an account before anybody has looked up whose it is.
    conditions: { StringEquals: { "aws:ResourceOrgID": organizationId } },
  };
}

/** Allows naming the person who approved as the source identity of such sessions. */
export function sourceIdentityStatement(
  { rolePath }: MemberAccess,
  ...roles: readonly string[]
): StatementArgs {
  return {
    actions: ["sts:SetSourceIdentity"],
    resources: roles.map((role) => `arn:aws:iam::*:role${rolePath}${role}`),
  };
}

/** The variables of every function that opens such sessions. */
export function memberEnvironment({ rolePath, externalId }: MemberAccess) {
  return { EXTERNAL_ID: externalId, ROLE_PATH: rolePath };
}

/** The account that holds the organization's list of accounts. */
export interface OrganizationAccess {
  readonly managementAccount: string;
  readonly organizationId: string;
}

/** The notice topic and the key that encrypts it. */
export interface NoticeAccess {
  readonly homeRegion: string;
  readonly noticeTopicArn: pulumi.Input<string>;
  readonly keyArn: pulumi.Input<string>;
}

/** Besides, the journal. */
export interface RecordAccess extends NoticeAccess {
  readonly journalTableName: pulumi.Input<string>;
  readonly journalTableArn: pulumi.Input<string>;
}

/** Besides, the key behind the seals of plans. */
export interface SealAccess {
  readonly sealKeyArn: pulumi.Input<string>;
}

/** Allows one of the two uses of that key: to seal plans, or to check seals. */
export function sealStatement(
  { sealKeyArn }: SealAccess,
  action: "kms:GenerateMac" | "kms:VerifyMac",
): StatementArgs {
  return { actions: [action], resources: [sealKeyArn] };
}

/** The approval page. */
export interface PageAccess {
  readonly url: pulumi.Input<string>;
  /** The key behind its links. */
  readonly keyArn: pulumi.Input<string>;
  /** Hours for which a link in a notice shows a plan: people may answer so long. */
  readonly hours: number;
}

/** Allows making links to the page, where there is one. */
export function linkStatements(page: PageAccess | undefined): readonly StatementArgs[] {
  return page === undefined ? [] : [{ actions: ["kms:GenerateMac"], resources: [page.keyArn] }];
}

/** Allows asking whose an account is: an event may name any, and only the organization knows ours. */
export function accountStatement(access: OrganizationAccess): StatementArgs {
  const { managementAccount, organizationId } = access;
  return {
    actions: ["organizations:DescribeAccount"],
    resources: [`arn:aws:organizations::${managementAccount}:account/${organizationId}/*`],
  };
}

/**
 * Allows listing accounts, and what the root and the units hold. The organization's whole list is the
 * one action here that AWS grants on no resource.
 */
export function listAccountsStatements(access: OrganizationAccess): readonly StatementArgs[] {
  const { managementAccount, organizationId } = access;
  const parents = (kind: "root" | "ou") =>
    `arn:aws:organizations::${managementAccount}:${kind}/${organizationId}/*`;
  return [
    { actions: ["organizations:ListAccounts"], resources: ["*"] },
    {
      actions: [
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
      ],
      resources: [parents("root"), parents("ou")],
    },
  ];
}

/** Allows publishing notices. SNS asks for a data key in the publisher's name. */
export function publishStatements(access: NoticeAccess): readonly StatementArgs[] {
  return [
    { actions: ["sns:Publish"], resources: [access.noticeTopicArn] },
    keyStatement(access, ["sns"]),
  ];
}

/** Allows looking up the organizational units above an account, which exceptions may name. */
export function unitsStatement(access: OrganizationAccess): StatementArgs {
  const { managementAccount, organizationId } = access;
  return {
    actions: ["organizations:ListParents"],
    resources: ["account", "ou"].map(
      (kind) => `arn:aws:organizations::${managementAccount}:${kind}/${organizationId}/*`,
    ),
  };
}

const exposedKeys = `${partitions.exposed}*`;
const approvals = `${partitions.approval}*`;
const approvalTokens = `${partitions.approvalToken}*`;
const requests = `${partitions.request}*`;
const brakes = `${partitions.brakes}*`;
/** The register of exceptions, which no function writes. */
const readExceptions = { actions: ["dynamodb:Query"], of: [`${partitions.exceptions}*`] };

/**
 * Allows publishing notices, writing incidents and exposed keys, counting with brakes, and reading
 * exceptions. Nothing here deletes: the journal is the only memory of what a target looked like before.
 */
export function recordStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, [
    { actions: ["dynamodb:PutItem", "dynamodb:Query"], of: [incidentPartitions, exposedKeys] },
    readExceptions,
    { actions: ["dynamodb:Query"], of: [approvals, brakes] },
    { actions: ["dynamodb:PutItem", "dynamodb:UpdateItem"], of: [`${partitions.finding}*`] },
    // An incident begins and is counted in one transaction, of which IAM judges each action by all keys.
    {
      actions: ["dynamodb:ConditionCheckItem", "dynamodb:UpdateItem"],
      of: [incidentPartitions, brakes],
    },
  ]);
}

/** Allows publishing notices, reading incidents, and writing what people are asked with its token. */
export function askStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, [
    { actions: ["dynamodb:Query"], of: [incidentPartitions, approvals] },
    { actions: ["dynamodb:PutItem"], of: [approvals, approvalTokens] },
  ]);
}

/** Allows reading what people asked for by command, and writing what became of it. */
export function requestsStatement(access: RecordAccess): StatementArgs {
  return itemStatement(access, {
    actions: ["dynamodb:Query", "dynamodb:UpdateItem"],
    of: [requests],
  });
}

/**
 * Allows reading incidents and what people were asked, writing answers, ending the wait for one, and
 * writing what people ask for.
 */
export function answerStatements(access: RecordAccess): readonly StatementArgs[] {
  return [
    itemStatement(access, {
      actions: ["dynamodb:Query"],
      of: [incidentPartitions, approvals, approvalTokens, requests],
    }),
    itemStatement(access, { actions: ["dynamodb:PutItem"], of: [requests] }),
    itemStatement(access, { actions: ["dynamodb:UpdateItem"], of: [approvals] }),
    keyStatement(access, ["dynamodb"]),
    // A token says which wait it ends: AWS grants this on no resource.
    { actions: ["states:SendTaskSuccess"], resources: ["*"] },
  ];
}

const letters = `${partitions.deadLetter}*`;

/** Allows publishing notices, and keeping dead letters with the count of them. */
export function keepLettersStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, [
    { actions: ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], of: [letters] },
  ]);
}

/** Allows reading dead letters, and writing which were sent again. */
export function redriveStatements(access: RecordAccess): readonly StatementArgs[] {
  return [
    itemStatement(access, { actions: ["dynamodb:Query", "dynamodb:UpdateItem"], of: [letters] }),
    keyStatement(access, ["dynamodb"]),
  ];
}

/** Allows publishing notices, resetting brakes, and changing the state of incidents, whose plans it never writes. */
export function releaseRecordStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, [
    { actions: ["dynamodb:Query"], of: [incidentPartitions, exposedKeys] },
    { actions: ["dynamodb:UpdateItem"], of: [incidentPartitions] },
    { actions: ["dynamodb:Query", "dynamodb:UpdateItem"], of: [brakes] },
  ]);
}

/**
 * Allows reading incidents, exceptions and brakes, publishing notices, and recording those about brakes
 * and about exceptions that end soon, which false positives were counted, what was held in a storm, and which
 * findings were updated.
 */
export function watchStatements(access: RecordAccess): readonly StatementArgs[] {
  return [
    openIncidentsStatement(access),
    ...withTable(access, [
      { actions: ["dynamodb:Query"], of: [incidentPartitions, approvals] },
      readExceptions,
      {
        actions: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        of: [`${partitions.endingException}*`, `${partitions.countedMark}*`],
      },
      {
        actions: ["dynamodb:Query", "dynamodb:UpdateItem"],
        of: [brakes, `${partitions.storm}*`],
      },
      { actions: ["dynamodb:Query"], of: [`${partitions.digest}*`] },
      {
        actions: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        of: [`${partitions.digestNotice}*`],
      },
    ]),
    indexStatement(access, outdatedIndex),
    {
      actions: ["dynamodb:UpdateItem"],
      resources: [access.journalTableArn],
      // Of an incident these attributes and no others: both keys, how its findings were updated, and whether
      // they are outdated.
      conditions: {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [incidentPartitions] },
        "ForAllValues:StringEquals": {
          "dynamodb:Attributes": ["incident", "item", "updates", "outdated", "changedAt"],
        },
        StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE"] },
      },
    },
  ];
}

/**
 * Fields that an update of a finding may hold, by AWS's names for them in conditions, which Cordon never
 * writes (Security Hub User Guide, "Configuring access to BatchUpdateFindings": the keys are for denies).
 */
const foreignFields = [
  "Confidence",
  "Criticality",
  "Severity.Label",
  "Severity.Normalized",
  "Severity.Product",
  "Types",
  "VerificationState",
];

/**
 * Allows updating findings in Security Hub and GuardDuty: their status and note, and that they are
 * archived. AWS grants GuardDuty's actions here on no resource.
 */
export function findingStatements(securityAccount: string): readonly StatementArgs[] {
  const update = "securityhub:BatchUpdateFindings";
  const never = (operator: string, field: string, value: string): StatementArgs => ({
    effect: "Deny",
    actions: [update],
    resources: ["*"],
    conditions: { [operator]: { [`securityhub:ASFFSyntaxPath/${field}`]: value } },
  });
  return [
    {
      actions: [update, "securityhub:GetFindings"],
      resources: [`arn:aws:securityhub:*:${securityAccount}:hub/default`],
    },
    ...foreignFields.map((field) => never("Null", field, "false")),
    never("StringEquals", "Workflow.Status", "NEW"),
    {
      actions: [
        "guardduty:ArchiveFindings",
        "guardduty:ListDetectors",
        "guardduty:UpdateFindingsFeedback",
      ],
      resources: ["*"],
    },
  ];
}

/** Allows listing the open incidents, by the journal's index. */
export function openIncidentsStatement(access: RecordAccess): StatementArgs {
  return indexStatement(access, openIndex);
}

function indexStatement({ journalTableArn }: RecordAccess, index: string): StatementArgs {
  return {
    actions: ["dynamodb:Query"],
    resources: [pulumi.interpolate`${journalTableArn}/index/${index}`],
  };
}

/** Allows counting the notices of a storm, and holding them. */
export function stormStatement(access: RecordAccess): StatementArgs {
  return itemStatement(access, {
    actions: ["dynamodb:UpdateItem"],
    of: [`${partitions.storm}*`],
  });
}

/** Allows noting what the digests list. */
export function digestStatement(access: RecordAccess): StatementArgs {
  return itemStatement(access, {
    actions: ["dynamodb:UpdateItem"],
    of: [`${partitions.digest}*`],
  });
}

/** Allows publishing notices, and recording them in the notification log beside the journal. */
export function notificationLogStatements(
  access: RecordAccess,
  ...logs: readonly ("breach" | "finding" | "keyRotation")[]
): readonly StatementArgs[] {
  return withTable(access, [
    {
      actions: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      of: logs.map((log) => `${partitions[log]}*`),
    },
  ]);
}

/** Allows publishing alerts, and recording which channels have which messages. */
export function deliveryStatements(access: RecordAccess): readonly StatementArgs[] {
  const of = [partitions.delivery, partitions.thread, partitions.channel];
  return withTable(access, [
    {
      actions: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      of: of.map((partition) => `${partition}*`),
    },
  ]);
}

/** Allows publishing tests of channels, and reading which have them. */
export function channelTestStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, [{ actions: ["dynamodb:Query"], of: [`${partitions.delivery}*`] }]);
}

interface ItemUse {
  readonly actions: readonly string[];
  /** Patterns of the partitions. */
  readonly of: readonly string[];
}

/** Allows publishing notices, and actions on the items of some partitions. */
function withTable(access: RecordAccess, uses: readonly ItemUse[]): readonly StatementArgs[] {
  return [
    { actions: ["sns:Publish"], resources: [access.noticeTopicArn] },
    ...uses.map((use) => itemStatement(access, use)),
    keyStatement(access, ["dynamodb", "sns"]),
  ];
}

/** Allows actions on items: each of these calls names the partition it is about. */
function itemStatement({ journalTableArn }: RecordAccess, { actions, of }: ItemUse): StatementArgs {
  return {
    actions: [...actions],
    resources: [journalTableArn],
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [...of] } },
  };
}

function keyStatement(access: NoticeAccess, services: readonly string[]): StatementArgs {
  return {
    actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
    resources: [access.keyArn],
    conditions: {
      StringEquals: {
        "kms:ViaService": services.map(
          (service) => `${service}.${access.homeRegion}.amazonaws.com`,
        ),
      },
    },
  };
}
