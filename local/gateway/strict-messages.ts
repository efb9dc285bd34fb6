/** Checks what SNS and Systems Manager check, or would not deliver, and the emulator does not. */
import { fromArn } from "./arn";
import { authorize } from "./authorize";
import { items, missing } from "./policies";
import { type ApiCall, ApiError, member, text, UnknownOperationError } from "./protocol";
import { readRunbook } from "./runbook";
import type { Place, World } from "./world";

type StrictCheck = (call: ApiCall, place: Place, world: World) => Promise<void>;

export const messageChecks: Readonly<Record<string, StrictCheck>> = {
  // Takes topics of any region, and hands messages to queues whose policies keep SNS out: on AWS
  // those are lost without a word.
  "sns:Publish": async (call, _place, world) => {
    const topic = text(call.parameters.TopicArn) ?? "";
    if (fromArn(topic).region !== call.region) {
      throw new ApiError("InvalidParameter", "Invalid parameter: TopicArn");
    }
    for (const { protocol, endpoint } of await subscriptionsOf(topic, world)) {
      if (protocol !== "sqs") throw new UnknownOperationError(`a topic's ${protocol} subscription`);
      const why = await refusedByQueue(topic, endpoint, world);
      if (why !== undefined) {
        throw new UnknownOperationError(`sns:Publish to ${topic}`, `: it would be lost, ${why}`);
      }
    }
  },
  // Take any content that is JSON.
  "ssm:CreateDocument": async (call) => requireRunbook(call),
  "ssm:UpdateDocument": async (call) => requireRunbook(call),
};

function requireRunbook({ parameters, operation }: ApiCall): void {
  const { DocumentType = "Automation", DocumentFormat, Content } = parameters;
  if (DocumentType !== "Automation" || DocumentFormat !== "JSON") {
    throw new UnknownOperationError(
      `ssm:${operation} of the type ${DocumentType} in ${text(DocumentFormat) ?? "no format"}`,
    );
  }
  readRunbook(text(Content) ?? "");
}

interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
}

function subscriptionsOf(topic: string, world: World): Promise<readonly Subscription[]> {
  const { account, region } = fromArn(topic);
  return world.policies.remember("sns", account, `subscriptions/${topic}`, async () => {
    const answer = await world.state
      .query({ account, region }, "sns", "ListSubscriptionsByTopic", { TopicArn: topic })
      .catch(missing);
    const result = member(answer, "ListSubscriptionsByTopicResult");
    return items(member(result, "Subscriptions")).map((each) => ({
      protocol: String(member(each, "Protocol")),
      endpoint: String(member(each, "Endpoint")),
    }));
  });
}

/** Asks whether SNS may send a topic's messages to a queue; gives the reason if not. */
async function refusedByQueue(
  topic: string,
  queue: string,
  world: World,
): Promise<string | undefined> {
  const { account, region, resource } = fromArn(queue);
  const key = await world.queueKey({ account, region }, resource);
  const needed = [
    { action: "sqs:SendMessage", resource: queue, resourceAccount: account },
    ...(key === undefined ? [] : ["kms:GenerateDataKey", "kms:Decrypt"]).map((action) => ({
      action,
      resource: key ?? "",
      resourceAccount: fromArn(key ?? "").account,
    })),
  ];
  for (const request of needed) {
    const { allowed, why } = await authorize(world.policies, {
      ...request,
      principal: { service: "sns.amazonaws.com", sourceArn: topic },
      region,
    });
    if (!allowed) return `${request.action} on ${request.resource} is denied ${why}`;
  }
  return undefined;
}
