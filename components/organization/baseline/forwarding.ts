/** Carries events of one account's default bus in one region to the hub. */
import {
  type Forwarded,
  forwardingDeadLetters,
  forwardingRuleName,
} from "../../../functions/catalogue/forwarding";
import { deadLetterSeconds, ruleAdmission } from "../../blocks/queue";
import { hubBusArn } from "../../hub/bus";
import { forwarded } from "../../hub/forwarding";
import type { BaselinePart, BaselineResource } from "./resource";
import { logicalId, type RoleShape, shapeProperties } from "./roles";

export interface ForwardingArgs extends RoleShape {
  /** The region of the hub. */
  readonly homeRegion: string;
  readonly securityAccount: string;
}

/**
 * The rule and its role, in one hop to the hub: EventBridge does not pass a received event on to a
 * third bus. Beside the rule is a queue for what the hub did not take, since EventBridge takes
 * one in the rule's own account and region only.
 */
export function forwarding(what: Forwarded, args: ForwardingArgs): BaselinePart {
  return (place) => {
    const { account, region } = place;
    const name = forwardingRuleName(what);
    const { words, pattern, role } = forwarded[what];
    const roleName = role(region);
    const hubArn = hubBusArn(args);
    const id = logicalId(name);
    const queueName = forwardingDeadLetters(what);
    const queueArn = `arn:aws:sqs:${region}:${account}:${queueName}`;
    const resources: readonly BaselineResource[] = [
      {
        id: `${id}Role`,
        type: "AWS::IAM::Role",
        properties: {
          RoleName: roleName,
          Description: `Forwards ${words} of ${region} to Cordon's hub`,
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sts:AssumeRole",
                // Another account's rule must not be able to borrow the role.
                Condition: { StringEquals: { "aws:SourceAccount": account } },
              },
            ],
          },
          Policies: [
            {
              PolicyName: "hub",
              PolicyDocument: {
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Action: "events:PutEvents", Resource: hubArn }],
              },
            },
          ],
          ...shapeProperties(args, place),
        },
      },
      {
        id: `${id}DeadLetters`,
        type: "AWS::SQS::Queue",
        properties: {
          QueueName: queueName,
          MessageRetentionPeriod: deadLetterSeconds,
          SqsManagedSseEnabled: true,
        },
      },
      {
        id: `${id}DeadLettersPolicy`,
        type: "AWS::SQS::QueuePolicy",
        properties: {
          // The domain of the aws partition, the only one that settings allow.
          Queues: [`https://sqs.${region}.amazonaws.com/${account}/${queueName}`],
          PolicyDocument: ruleAdmission(
            queueArn,
            `arn:aws:events:${region}:${account}:rule/${name}`,
          ),
        },
        dependsOn: [`${id}DeadLetters`],
      },
      {
        id: `${id}Rule`,
        type: "AWS::Events::Rule",
        properties: {
          Name: name,
          Description: `Forwards ${words} to Cordon's hub`,
          EventPattern: pattern({ account, rolePath: args.rolePath }),
          State: "ENABLED",
          Targets: [
            {
              Id: "cordon-hub",
              Arn: hubArn,
              RoleArn: `arn:aws:iam::${account}:role${args.rolePath}${roleName}`,
              DeadLetterConfig: { Arn: queueArn },
            },
          ],
        },
        // EventBridge tries to assume the role when the target is put.
        dependsOn: [`${id}Role`, `${id}DeadLettersPolicy`],
      },
    ];
    return resources;
  };
}
