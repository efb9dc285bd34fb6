/** Builds the IAM statements that several function roles share. */
import * as pulumi from "@pulumi/pulumi";
import { openIndex } from "../../functions/catalogue/names";
import type { StatementArgs } from "./inline-function";

/** Settings of sessions in member accounts. */
export interface MemberAccess {
  /** IAM path of the member roles, "/" or "/one/or/more/". */
  readonly rolePath: string;
  readonly externalId: string;
}

/** Allows sessions of member roles, in whichever account. */
export function sessionStatement(
  { rolePath }: MemberAccess,
  ...roles: readonly string[]
): StatementArgs {
  return {
    actions: ["sts:AssumeRole"],
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

/**
 * Allows publishing notices and writing the journal. Nothing here deletes: the journal is the only
 * memory of what a target looked like before.
 */
export function recordStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]);
}

/** Allows listing the open incidents, by the journal's index. */
export function openIncidentsStatement({ journalTableArn }: RecordAccess): StatementArgs {
  return {
    actions: ["dynamodb:Query"],
    resources: [pulumi.interpolate`${journalTableArn}/index/${openIndex}`],
  };
}

/** Allows publishing notices, and recording them in the notification log beside the journal. */
export function notificationLogStatements(access: RecordAccess): readonly StatementArgs[] {
  return withTable(access, ["dynamodb:PutItem", "dynamodb:UpdateItem"]);
}

function withTable(access: RecordAccess, actions: readonly string[]): readonly StatementArgs[] {
  return [
    { actions: ["sns:Publish"], resources: [access.noticeTopicArn] },
    { actions: [...actions], resources: [access.journalTableArn] },
    keyStatement(access, ["dynamodb", "sns"]),
  ];
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
