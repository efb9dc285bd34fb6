/** Speaks for every event that no playbook answers. */
import * as pulumi from "@pulumi/pulumi";
import type { QueuedFunctionContract } from "../../../contract/outputs";
import { triagePattern } from "../../../functions/catalogue/patterns";
import { importedPattern } from "../../../functions/catalogue/security-hub-imports";
import type { Environment } from "../../../functions/handlers/triage";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import {
  accountStatement,
  digestStatement,
  notificationLogStatements,
  type OrganizationAccess,
  type RecordAccess,
  stormStatement,
} from "../../blocks/access";
import { type RedriveAccess, redrivers } from "../../blocks/queue-admission";
import { QueuedFunction } from "../../blocks/queued-function";

export interface TriageArgs extends RecordAccess, OrganizationAccess, RedriveAccess {
  readonly sampleFindings: Environment["SAMPLE_FINDINGS"];
  /** Notices of each urgency that are published on their own in ten minutes. */
  readonly noticesAlone: number;
  readonly hubBusName: pulumi.Input<string>;
}

/** Notifies the responders of findings on the hub that no playbook answers. */
export class Triage extends pulumi.ComponentResource {
  readonly contract: pulumi.Output<QueuedFunctionContract>;
  /** The queue of what Security Hub imports. */
  readonly imported: pulumi.Output<QueuedFunctionContract>;

  constructor(name: string, args: TriageArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Triage", name, {}, opts);
    const triage = new QueuedFunction<Environment>(
      `${name}-events`,
      {
        queueName: "cordon-triage",
        sources: [{ eventBusName: args.hubBusName, pattern: triagePattern }],
        senders: redrivers(args),
        second: {
          suffix: "imported",
          words: "what Security Hub imports",
          sources: [{ eventBusName: args.hubBusName, pattern: importedPattern }],
          senders: redrivers(args),
          // Each run counts in the same table as the detectors' findings, which must not wait for it.
          concurrency: 5,
          // Its standards check all accounts at about the same time.
          patienceMinutes: 60,
        },
        alarmTopicArn: args.noticeTopicArn,
        entry: "functions/handlers/triage.ts",
        functionName: "cordon-triage",
        roleName: functionRoleNames.triage,
        description: "Notifies of findings that no playbook answers",
        environment: {
          SAMPLE_FINDINGS: args.sampleFindings,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          NOTICES_ALONE: String(args.noticesAlone),
          JOURNAL_TABLE: args.journalTableName,
        },
        statements: [
          accountStatement(args),
          ...notificationLogStatements(args, "breach", "finding"),
          digestStatement(args),
          stormStatement(args),
        ],
        timeoutSeconds: 30,
        memoryMb: 512,
      },
      { parent: this },
    );
    const { contract, second } = triage;
    if (second === undefined) throw new pulumi.RunError("Triage has a second queue");
    this.contract = contract;
    this.imported = second;
    this.registerOutputs({ contract, imported: second });
  }
}
