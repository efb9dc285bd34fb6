/** One playbook, deployed: its rule, its queue, its function and that function's role. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { memberRoleName } from "../../../functions/catalogue/member-role-name";
import { approvalWorkflowArn } from "../../../functions/catalogue/own-roles";
import { inTwoLanes, type Lane, playbookPattern } from "../../../functions/catalogue/patterns";
import {
  catalogue,
  familiesOf,
  hasIntruder,
  optionalPlaybook,
  type PlaybookId,
  routedPlaybooks,
} from "../../../functions/catalogue/playbooks";
import type { Blocking } from "../../../functions/catalogue/unblockable";
import type { ResponsePolicy } from "../../../functions/decide/circumstances";
import type { Environment } from "../../../functions/handlers/respond";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  accountStatement,
  digestStatement,
  linkStatements,
  type MemberAccess,
  memberEnvironment,
  type OrganizationAccess,
  type PageAccess,
  type RecordAccess,
  recordStatements,
  requestsStatement,
  type SealAccess,
  sealStatement,
  sessionStatement,
  sourceIdentityStatement,
  stormStatement,
  unitsStatement,
} from "../../blocks/access";
import type { StatementArgs } from "../../blocks/inline-function";
import { maxReceiveCount } from "../../blocks/queue";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction, type QueuedFunctionArgs } from "../../blocks/queued-function";

export interface ResponderArgs
  extends RecordAccess,
    SealAccess,
    OrganizationAccess,
    MemberAccess,
    RedriveAccess {
  readonly playbook: PlaybookId;
  readonly mode: Environment["MODE"];
  readonly policy: ResponsePolicy["stage"];
  readonly sampleFindings: Environment["SAMPLE_FINDINGS"];
  readonly governedRegions: readonly string[];
  /** ARNs without commas. */
  readonly protectedResources: readonly string[];
  /** Notices of each urgency that are published on their own in ten minutes. */
  readonly noticesAlone: number;
  readonly brakes: ResponsePolicy["brakes"];
  readonly criticalResources: ResponsePolicy["criticalResources"];
  readonly forwarders: ResponsePolicy["forwarders"];
  readonly disableKeys: Environment["DISABLE_KEYS"];
  readonly guardrails: Environment["GUARDRAILS"];
  /** Name of the role that deploys, in every account. */
  readonly deploymentRole: string;
  /** The page to which notices link. @default none */
  readonly page?: PageAccess | undefined;
  readonly hubBusName: pulumi.Input<string>;
  /** For how long addresses are blocked, and which never; of the responder that blocks them. @default none is */
  readonly blocking?: Blocking | undefined;
  /** Gets findings whose remote addresses may be blocked; of the responder of instances. @default none is */
  readonly addresses?:
    | pulumi.Input<Pick<QueuedFunctionContract, "queueUrl" | "queueArn">>
    | undefined;
  /** Gets tasks to ask about the instances whose credentials this responder contains. */
  readonly hosts?: pulumi.Input<Pick<QueuedFunctionContract, "queueUrl" | "queueArn">>;
}

/** Seconds a responder may run: less than its lease, which is less than the queue's visibility. */
export const responderTimeoutSeconds = 120;

/** Answers the findings of one playbook. */
export class Responder extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;
  /** The queue of its severe findings, if it has two. */
  readonly urgent: pulumi.Output<QueuedFunctionContract> | undefined;

  constructor(name: string, args: ResponderArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Responder", name, {}, opts);
    const roleName = functionRoleNames.respond(args.playbook);
    const responder = new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: `cordon-${args.playbook}`,
        sources: sourcesOf(args, args.playbook === inTwoLanes ? "ordinary" : undefined),
        ...(args.playbook === inTwoLanes && {
          second: {
            suffix: "urgent",
            words: "the severe ones",
            sources: sourcesOf(args, "urgent"),
            senders: redrivers(args),
          },
        }),
        sendsItself: true,
        senders: [...redrivers(args), ...taskSenders(args)],
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/respond.ts",
        functionName: roleName,
        roleName,
        description: `${catalogue[args.playbook].title}: answers findings`,
        environment: {
          ...responderEnvironment(args),
          PLAYBOOK: args.playbook,
          MAX_RECEIVE_COUNT: String(maxReceiveCount),
          ...(args.hosts && { HOST_QUEUE_URL: pulumi.output(args.hosts).queueUrl }),
          ...(args.addresses && { ADDRESS_QUEUE_URL: pulumi.output(args.addresses).queueUrl }),
          ...(args.blocking && { BLOCKING: JSON.stringify(args.blocking) }),
        },
        statements: statements(args),
        timeoutSeconds: responderTimeoutSeconds,
        // More than the code needs: processor share grows with memory, and the import is on the
        // path to isolation.
        memoryMb: 1024,
      },
      { parent: this },
    );
    this.contract = responder.contract;
    this.urgent = responder.second;
    this.registerOutputs({ contract: this.contract, urgent: this.urgent });
  }
}

/** What blocks addresses gets no events: the responder of instances hands findings on. */
function sourcesOf({ hubBusName, playbook }: ResponderArgs, lane: Lane | undefined) {
  if (!routedPlaybooks.includes(playbook)) return [];
  return [{ eventBusName: hubBusName, pattern: playbookPattern(playbook, lane) }];
}

/**
 * Lists who sends tasks: the watch, each responder, what takes people's requests, the workflow of
 * approvals, and what runs its playbook, too.
 */
function taskSenders({ securityAccount, playbook }: ResponderArgs): readonly string[] {
  const names = [
    functionRoleNames.watch,
    functionRoleNames.respond(playbook),
    // What these two send is looked up in the journal's table: who approved or asked, and what.
    functionRoleNames.approve,
    functionRoleNames.approvalWorkflow,
    ...(playbook === exposedKeyPlaybook ? [functionRoleNames.cutExposedKey] : []),
    // It names an incident of the journal's, which says which instance it is about.
    ...(playbook === hostPlaybook ? hostCredentialsPlaybooks.map(functionRoleNames.respond) : []),
    // It hands on what it has read of an event of the hub's.
    ...(playbook === optionalPlaybook ? [functionRoleNames.respond(hostPlaybook)] : []),
  ];
  return names.map((name) => `arn:aws:iam::${securityAccount}:role/${name}`);
}

/** The playbook of instances, and those that contain the credentials of their roles. */
export const hostPlaybook = "contain-instance" satisfies PlaybookId;
export const hostCredentialsPlaybooks: readonly PlaybookId[] = [
  "revoke-sessions",
  "contain-sequence",
];

/** The playbook that the exposed-key workflow runs, beside its own responder. */
export const exposedKeyPlaybook = "contain-access-key" satisfies PlaybookId;

/** The variables of every function that runs a playbook. */
export function responderEnvironment(
  args: Omit<ResponderArgs, "playbook">,
): Omit<
  QueuedFunctionArgs<Environment>["environment"],
  "PLAYBOOK" | "MAX_RECEIVE_COUNT" | "QUEUE_URL"
> {
  return {
    MODE: args.mode,
    POLICY: JSON.stringify(args.policy),
    SAMPLE_FINDINGS: args.sampleFindings,
    JOURNAL_TABLE: args.journalTableName,
    SEAL_KEY: args.sealKeyArn,
    NOTICE_TOPIC_ARN: args.noticeTopicArn,
    NOTICES_ALONE: String(args.noticesAlone),
    ...memberEnvironment(args),
    GOVERNED_REGIONS: args.governedRegions.join(","),
    PROTECTED_RESOURCES: args.protectedResources.join(","),
    BRAKES: JSON.stringify({
      brakes: args.brakes,
      criticalResources: args.criticalResources,
      forwarders: args.forwarders,
    }),
    BREAK_GLASS: JSON.stringify({ roles: args.breakGlassRoles, users: args.breakGlassUsers }),
    SECURITY_ACCOUNT: args.securityAccount,
    DEPLOYMENT_ROLE: args.deploymentRole,
    DISABLE_KEYS: args.disableKeys,
    GUARDRAILS: args.guardrails,
    ...(args.page && {
      PAGE: pulumi.jsonStringify({
        url: args.page.url,
        key: args.page.keyArn,
        hours: args.page.hours,
      }),
    }),
  };
}

/** Allows having people asked. */
export function askingStatement({
  homeRegion,
  securityAccount,
}: Pick<ResponderArgs, "homeRegion" | "securityAccount">): StatementArgs {
  const workflow = approvalWorkflowArn(homeRegion, securityAccount);
  return { actions: ["states:StartExecution"], resources: [workflow] };
}

/** Allows asking GuardDuty about findings: AWS grants both actions on no resource. */
const findingStatement: StatementArgs = {
  actions: ["guardduty:GetFindings", "guardduty:ListDetectors"],
  resources: ["*"],
};

/** Nothing here touches a target: that is for the session in the member account. */
function statements(args: ResponderArgs): readonly StatementArgs[] {
  const { family } = catalogue[args.playbook];
  const roles = familiesOf(args.playbook).map((each) => memberRoleName(each, "contain"));
  return [
    sessionStatement(
      args,
      ...roles,
      // Follows up what a contained principal made, or the credentials of an instance.
      ...(hasIntruder(family) ? [memberRoleName("identity", "investigate")] : []),
    ),
    sourceIdentityStatement(args, ...roles),
    accountStatement(args),
    unitsStatement(args),
    ...recordStatements(args),
    digestStatement(args),
    stormStatement(args),
    requestsStatement(args),
    sealStatement(args, "kms:GenerateMac"),
    ...linkStatements(args.page),
    askingStatement(args),
    findingStatement,
    ...[args.hosts, args.addresses].flatMap((queue) =>
      queue ? [{ actions: ["sqs:SendMessage"], resources: [pulumi.output(queue).queueArn] }] : [],
    ),
  ];
}
