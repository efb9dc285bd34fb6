/** Connects a queue's sources, rules on an event bus and topics, and admits them to it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { admitRule } from "./queue";
import { allowSending, refuseOthers } from "./queue-admission";

/** A rule on an event bus; it has the queue's name. */
interface RuleSource {
  readonly eventBusName: pulumi.Input<string>;
  /** EventBridge pattern of the events that come here. */
  readonly pattern: object;
  /** @default the function's description */
  readonly description?: string;
}

/** An SNS topic of this account and region. */
interface TopicSource {
  readonly topicArn: pulumi.Input<string>;
}

export interface FeedArgs {
  /** Name of the queue and of its rule; its dead letters have "…-dead-letters". */
  readonly queueName: string;
  readonly description: string;
  /** The queue's sources: at most one rule and one topic. */
  readonly sources: readonly (RuleSource | TopicSource)[];
  /** Who may send to the queue besides its sources: patterns of aws:PrincipalArn. */
  readonly senders: readonly string[];
}

/** A source that exists, and is connected once the queue admits it. */
interface Feed {
  readonly service: "events" | "sns";
  readonly arn: pulumi.Input<string>;
  connect(admission: pulumi.Resource): void;
}

/** Feeds a queue from its sources. What a rule cannot deliver goes to the dead letters. */
export function feedQueue(
  name: string,
  args: FeedArgs,
  queue: aws.sqs.Queue,
  deadLetters: aws.sqs.Queue,
  opts: pulumi.CustomResourceOptions,
): void {
  const feeds = args.sources.map((source) =>
    "topicArn" in source
      ? topicFeed(name, source, queue, opts)
      : ruleFeed(name, args, source, queue, deadLetters, opts),
  );
  // A queue has one policy, for all that send here.
  const admission = new aws.sqs.QueuePolicy(
    `${name}-queue-policy`,
    {
      queueUrl: queue.url,
      policy: pulumi
        .output({
          queueArn: queue.arn,
          sources: feeds.map(({ service, arn }) => ({ service, arn })),
        })
        .apply(({ queueArn, sources }) =>
          JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              ...sources.map(({ service, arn }) => allowSending(service, queueArn, arn)),
              refuseOthers(
                queueArn,
                sources.map(({ arn }) => arn),
                args.senders,
              ),
            ],
          }),
        ),
    },
    opts,
  );
  for (const feed of feeds) feed.connect(admission);
}

function topicFeed(
  name: string,
  { topicArn }: TopicSource,
  queue: aws.sqs.Queue,
  opts: pulumi.CustomResourceOptions,
): Feed {
  return {
    service: "sns",
    arn: topicArn,
    connect(admission) {
      new aws.sns.TopicSubscription(
        `${name}-subscription`,
        { topic: topicArn, protocol: "sqs", endpoint: queue.arn },
        { ...opts, dependsOn: [admission] },
      );
    },
  };
}

function ruleFeed(
  name: string,
  { queueName, description }: FeedArgs,
  source: RuleSource,
  queue: aws.sqs.Queue,
  deadLetters: aws.sqs.Queue,
  opts: pulumi.CustomResourceOptions,
): Feed {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-rule`,
    {
      name: queueName,
      description: source.description ?? description,
      eventBusName: source.eventBusName,
      eventPattern: JSON.stringify(source.pattern),
    },
    opts,
  );
  const undelivered = admitRule(`${name}-dead-letters-policy`, deadLetters, rule, opts);
  return {
    service: "events",
    arn: rule.arn,
    connect(admission) {
      new aws.cloudwatch.EventTarget(
        `${name}-target`,
        {
          rule: rule.name,
          eventBusName: source.eventBusName,
          targetId: queueName,
          arn: queue.arn,
          // EventBridge drops what it cannot deliver after 24 hours; here it keeps it.
          deadLetterConfig: { arn: deadLetters.arn },
        },
        { ...opts, dependsOn: [admission, undelivered] },
      );
    },
  };
}
