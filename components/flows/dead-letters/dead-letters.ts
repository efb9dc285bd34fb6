/** Dead letters, deployed: the function that keeps and notifies, and the one that sends them again. */
import * as pulumi from "@pulumi/pulumi";
import type { ExposedKeyContract, QueuedFunctionContract } from "../../../contract/outputs";
import type { Environment as KeepEnvironment } from "../../../functions/handlers/notify-dead-letters";
import type { Environment as RedriveEnvironment } from "../../../functions/handlers/redrive";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import type { LetterQueue } from "../../../functions/record/dead-letters";
import { keepLettersStatements, type RecordAccess, redriveStatements } from "../../blocks/access";
import { alarmOnErrors } from "../../blocks/function-alarms";
import { InlineFunction } from "../../blocks/inline-function";
import { consumeStatement, mapQueue, maxReceiveCount } from "../../blocks/queue";
import { callEvery } from "../../blocks/schedule";

export interface DeadLettersArgs extends RecordAccess {
  readonly securityAccount: string;
  /** IAM path of the member roles, "/" or "/one/or/more/". */
  readonly rolePath: string;
  /** Name of the role that deploys, in every account. */
  readonly deploymentRole: string;
  /** Patterns of who may redrive, without commas; none for the security account's own principals. */
  readonly approvers: readonly string[];
  /** The queues of work whose dead letters report what nobody answers, by any name. */
  readonly queues: Readonly<Record<string, pulumi.Input<QueuedFunctionContract>>>;
  /** Those whose messages the next round, or the next report, repeats, by any name. */
  readonly upkeep: Readonly<Record<string, pulumi.Input<QueuedFunctionContract>>>;
  /** Those of whose letters others notify, by any name: they are kept, and sent again by command. */
  readonly silent?: Readonly<Record<string, pulumi.Input<QueuedFunctionContract>>>;
  readonly exposedKeys: pulumi.Input<Pick<ExposedKeyContract, "stateMachineArn">>;
}

const keepName = functionRoleNames.notifyDeadLetters;
const redriveName = functionRoleNames.redrive;

/** Minutes between two looks at letters whose notice had to wait. */
const lookMinutes = 5;

/** A dead-letter queue, what it belongs to, and where its letters go again. */
interface Source {
  readonly arn: string;
  readonly of: LetterQueue;
  /** URL of a queue, or ARN of a workflow. */
  readonly destination: string;
  /** What may be sent to. */
  readonly destinationArn: string;
}

/** Keeps dead letters, notifies of them, and sends them again. */
export class DeadLetters extends pulumi.ComponentResource {
  /** Name of the function that people invoke. */
  readonly redriveFunctionName: pulumi.Output<string>;

  constructor(name: string, args: DeadLettersArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:DeadLetters", name, {}, opts);
    const sources = sourcesOf(args);
    const keeper = this.createKeeper(name, args, sources);
    for (const [key, source] of Object.entries(sources)) {
      const how = { concurrency: 2 };
      mapQueue(`${name}-${key}`, source.arn, keeper.functionName, how, { parent: this });
    }
    callEvery(name, keeper, {
      ruleName: keepName,
      description: "Has dead letters notified whose notice had to wait",
      every: { minutes: lookMinutes },
      deadLetterQueueName: `${keepName}-schedule-dead-letters`,
      what: `Calls of ${keepName} that never came`,
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    alarmOnErrors(`${name}-errors-alarm`, {
      functionName: keepName,
      what: "could not keep a dead letter, or notify of it: see its log",
      alarmTopicArn: args.noticeTopicArn,
      opts: { parent: this },
    });
    this.redriveFunctionName = this.createRedrive(name, args, sources).functionName;
    this.registerOutputs({ redriveFunctionName: this.redriveFunctionName });
  }

  private createKeeper(
    name: string,
    args: DeadLettersArgs,
    sources: Readonly<Record<string, pulumi.Output<Source>>>,
  ): InlineFunction<KeepEnvironment> {
    return new InlineFunction<KeepEnvironment>(
      `${name}-keep`,
      {
        entry: "functions/handlers/notify-dead-letters.ts",
        functionName: keepName,
        roleName: keepName,
        description: "Dead letters: keeps them, and notifies of each",
        environment: {
          JOURNAL_TABLE: args.journalTableName,
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          QUEUES: pulumi
            .all(Object.values(sources))
            .apply((all) =>
              JSON.stringify(Object.fromEntries(all.map(({ arn, of }) => [arn, of]))),
            ),
          MAX_RECEIVE_COUNT: String(maxReceiveCount),
        },
        statements: [...keepLettersStatements(args), consumeStatement(...Object.values(sources))],
        timeoutSeconds: 30,
        memoryMb: 256,
      },
      { parent: this },
    );
  }

  private createRedrive(
    name: string,
    args: DeadLettersArgs,
    sources: Readonly<Record<string, pulumi.Output<Source>>>,
  ): InlineFunction<RedriveEnvironment> {
    const { workflow, ...queues } = sources;
    return new InlineFunction<RedriveEnvironment>(
      `${name}-redrive`,
      {
        entry: "functions/handlers/redrive.ts",
        functionName: redriveName,
        roleName: redriveName,
        description: "Dead letters: lists them, and sends one again for a person",
        environment: {
          JOURNAL_TABLE: args.journalTableName,
          DESTINATIONS: pulumi
            .all(Object.values(sources))
            .apply((all) =>
              JSON.stringify(
                Object.fromEntries(all.map(({ of, destination }) => [of.queue, destination])),
              ),
            ),
          SECURITY_ACCOUNT: args.securityAccount,
          ROLE_PATH: args.rolePath,
          DEPLOYMENT_ROLE: args.deploymentRole,
          APPROVERS: args.approvers.join(","),
        },
        statements: [
          ...redriveStatements(args),
          {
            actions: ["sqs:SendMessage"],
            resources: Object.values(queues).map(({ destinationArn }) => destinationArn),
          },
          ...(workflow
            ? [{ actions: ["states:StartExecution"], resources: [workflow.destinationArn] }]
            : []),
        ],
        timeoutSeconds: 30,
        memoryMb: 512,
      },
      { parent: this },
    );
  }
}

/** A queue's dead letters are named after it, and a workflow's after that. */
function sourcesOf(args: DeadLettersArgs): Readonly<Record<string, pulumi.Output<Source>>> {
  const { homeRegion, securityAccount, queues, upkeep, silent = {}, exposedKeys } = args;
  const source = (
    queue: pulumi.Input<QueuedFunctionContract>,
    how: Pick<LetterQueue, "upkeep" | "silent">,
  ) =>
    pulumi.output(queue).apply(
      ({ queueUrl, queueArn, functionName }): Source => ({
        arn: `${queueArn}-dead-letters`,
        of: {
          queue: lastOf(queueArn),
          handler: functionName,
          ...how,
        },
        destination: queueUrl,
        destinationArn: queueArn,
      }),
    );
  const all = (of: DeadLettersArgs["queues"], how: Pick<LetterQueue, "upkeep" | "silent">) =>
    Object.entries(of).map(([key, queue]) => [key, source(queue, how)] as const);
  return {
    ...Object.fromEntries([
      ...all(queues, {}),
      ...all(upkeep, { upkeep: true }),
      ...all(silent, { silent: true }),
    ]),
    workflow: pulumi.output(exposedKeys).apply(({ stateMachineArn }): Source => {
      const workflow = lastOf(stateMachineArn);
      return {
        arn: `arn:aws:sqs:${homeRegion}:${securityAccount}:${workflow}-dead-letters`,
        of: { queue: workflow, handler: workflow },
        destination: stateMachineArn,
        destinationArn: stateMachineArn,
      };
    }),
  };
}

/** Gives the name at the end of an ARN. */
function lastOf(arn: string): string {
  return arn.split(":").at(-1) ?? "";
}
