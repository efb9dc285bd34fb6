/** The function by which people test their channels. */
import * as pulumi from "@pulumi/pulumi";
import type { Channel } from "../../../functions/catalogue/channels";
import type { Environment } from "../../../functions/handlers/test-channels";
import { functionRoleNames } from "../../../functions/iam/member-roles";
import { channelTestStatements, type RecordAccess } from "../../blocks/access";
import { InlineFunction } from "../../blocks/inline-function";

export interface ChannelTestArgs extends RecordAccess {
  readonly channels: readonly Channel[];
}

/**
 * It sends fixed messages and reads what became of them. It is not the function that delivers: whoever may
 * invoke that one can have it post anything.
 */
export class ChannelTest extends pulumi.ComponentResource {
  constructor(name: string, args: ChannelTestArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:ChannelTest", name, {}, opts);
    new InlineFunction<Environment>(
      `${name}-function`,
      {
        entry: "functions/handlers/test-channels.ts",
        functionName: functionRoleNames.testChannels,
        roleName: functionRoleNames.testChannels,
        description:
          "Sends test messages to the channels of cordon:notify, for people who invoke it",
        environment: {
          CHANNELS: JSON.stringify(args.channels.map(brief)),
          NOTICE_TOPIC_ARN: args.noticeTopicArn,
          JOURNAL_TABLE: args.journalTableName,
        },
        statements: [
          ...channelTestStatements(args),
          { actions: ["sns:ListSubscriptionsByTopic"], resources: [args.noticeTopicArn] },
        ],
        // Its answer comes after a minute at most.
        timeoutSeconds: 90,
        memoryMb: 256,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function brief({ name, type, ...more }: Channel): object {
  return { name, type, ...("to" in more && { to: more.to }) };
}
