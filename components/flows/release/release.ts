/** Deploys the release function, which restores the original values that an incident's journal holds. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { releaseRequests } from "../../../functions/catalogue/security-hub-actions";
import type { Environment } from "../../../functions/handlers/release";
import { deployedMemberRoles, functionRoleNames } from "../../../functions/iam/member-roles";
import {
  type MemberAccess,
  memberEnvironment,
  openIncidentsStatement,
  type RecordAccess,
  releaseRecordStatements,
  type SealAccess,
  sealStatement,
  sessionStatement,
} from "../../blocks/access";
import { maxReceiveCount } from "../../blocks/queue";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction } from "../../blocks/queued-function";

export interface ReleaseFunctionArgs extends RecordAccess, SealAccess, MemberAccess, RedriveAccess {
  readonly hubBusName: pulumi.Input<string>;
  /** Name of the role that deploys, in every account. */
  readonly deploymentRole: string;
  /** Whether incidents have an end, which the watch finds. @default false */
  readonly blocksAddresses?: boolean;
}

/**
 * Invoked by principals with lambda:InvokeFunction on it, and by its queue when an analyst chooses the
 * action in Security Hub.
 */
export class ReleaseFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly contract: pulumi.Output<QueuedFunctionContract>;

  constructor(name: string, args: ReleaseFunctionArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:ReleaseFunction", name, {}, opts);
    const release = new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: "cordon-release",
        sources: [{ eventBusName: args.hubBusName, pattern: releaseRequests }],
        senders: [
          ...redrivers(args),
          // What it sends is looked up in the journal.
          ...(args.blocksAddresses
            ? [`arn:aws:iam::${args.securityAccount}:role/${functionRoleNames.watch}`]
            : []),
        ],
        unhandled: "Release requests that were not answered",
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/release.ts",
        functionName: "cordon-release",
        roleName: functionRoleNames.release,
        description: "Reverts an incident's changes that are still in effect",
        environment: {
          JOURNAL_TABLE: args.journalTableName,
          SEAL_KEY: args.sealKeyArn,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          MAX_RECEIVE_COUNT: String(maxReceiveCount),
          SECURITY_ACCOUNT: args.securityAccount,
          DEPLOYMENT_ROLE: args.deploymentRole,
          ...memberEnvironment(args),
        },
        statements: [
          sessionStatement(
            args,
            ...deployedMemberRoles(args.blocksAddresses === true)
              .filter(({ duty }) => duty === "release")
              .map(({ name: role }) => role),
          ),
          ...releaseRecordStatements(args),
          openIncidentsStatement(args),
          sealStatement(args, "kms:VerifyMac"),
        ],
        timeoutSeconds: 120,
        memoryMb: 1024,
      },
      { parent: this },
    );
    this.functionName = release.functionName;
    this.contract = release.contract;
    this.registerOutputs({ contract: this.contract });
  }
}
