/** Carries one region's findings to the hub. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { guardDutyFindings } from "../../functions/patterns";
import { admitRule, deadLetterSeconds } from "../queued-function";
import { forwarderRoleName } from "./hub-bus";

export interface ForwardingArgs {
  /** The governed region whose default bus is read. */
  readonly region: string;
  readonly securityAccount: string;
  readonly hubBusArn: pulumi.Input<string>;
}

const ruleName = "cordon-forward-guardduty";

/**
 * Sends GuardDuty's findings from a region's default bus to the hub in one hop: EventBridge does
 * not pass a received event on to a third bus.
 */
export class Forwarding extends pulumi.ComponentResource {
  constructor(name: string, args: ForwardingArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:detect:Forwarding", name, {}, opts);
    const rule = this.createRule(name, args);
    const role = this.createRole(name, args);
    const policy = this.allowHub(name, args, role);
    const deadLetters = this.createDeadLetters(name, args);
    const admission = admitRule(
      `${name}-dead-letters-policy`,
      deadLetters,
      rule,
      { parent: this },
      args.region,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        region: args.region,
        rule: rule.name,
        targetId: "cordon-hub",
        arn: args.hubBusArn,
        roleArn: role.arn,
        deadLetterConfig: { arn: deadLetters.arn },
      },
      { parent: this, dependsOn: [policy, admission] },
    );
    this.registerOutputs({});
  }

  private createRule(name: string, args: ForwardingArgs): aws.cloudwatch.EventRule {
    return new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        region: args.region,
        name: ruleName,
        description: "Forwards GuardDuty findings to Cordon's hub",
        eventPattern: JSON.stringify(guardDutyFindings),
      },
      { parent: this },
    );
  }

  private createRole(name: string, args: ForwardingArgs): aws.iam.Role {
    return new aws.iam.Role(
      `${name}-role`,
      {
        name: forwarderRoleName(args.region),
        description: `Forwards findings of ${args.region} to Cordon's hub`,
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sts:AssumeRole",
              // Another account's rule must not be able to borrow the role.
              Condition: { StringEquals: { "aws:SourceAccount": args.securityAccount } },
            },
          ],
        }),
      },
      { parent: this },
    );
  }

  private allowHub(name: string, args: ForwardingArgs, role: aws.iam.Role): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        name: "hub",
        role: role.name,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "events:PutEvents", Resource: args.hubBusArn }],
        }),
      },
      { parent: this },
    );
  }

  /** EventBridge takes a dead-letter queue in the rule's own account and region only. */
  private createDeadLetters(name: string, args: ForwardingArgs): aws.sqs.Queue {
    return new aws.sqs.Queue(
      `${name}-dead-letters`,
      {
        region: args.region,
        name: `${ruleName}-dead-letters`,
        messageRetentionSeconds: deadLetterSeconds,
        sqsManagedSseEnabled: true,
      },
      { parent: this },
    );
  }
}
