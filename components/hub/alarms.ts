/** Raises an alarm for events that the security account's own forwarding could not deliver. */
import * as pulumi from "@pulumi/pulumi";
import {
  forwardedFrom,
  forwardingDeadLetters,
  forwardingRuleName,
} from "../../functions/catalogue/forwarding";
import { alarmOnDeadLetters } from "../blocks/queue";

export interface ForwardingAlarmsArgs {
  readonly noticeTopicArn: pulumi.Input<string>;
}

/**
 * One alarm for each dead-letter queue of forwarding in the home region of the security account. An
 * alarm reaches topics of its own account and region only: elsewhere the sweeper looks.
 */
export class ForwardingAlarms extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: ForwardingAlarmsArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:ForwardingAlarms", name, {}, opts);
    for (const what of forwardedFrom({ security: true, home: true })) {
      const queueName = forwardingDeadLetters(what);
      alarmOnDeadLetters(
        `${name}-${what}`,
        { name: queueName },
        {
          queueName,
          what: `Events that ${forwardingRuleName(what)} could not deliver`,
          kept: false,
          alarmTopicArn: args.noticeTopicArn,
          opts: { parent: this },
        },
      );
    }
    this.registerOutputs({});
  }
}
