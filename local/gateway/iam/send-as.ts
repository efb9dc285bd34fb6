/**
 * Sends to queues, and asks to publish to topics, as an AWS service does that has no credentials of
 * its own: EventBridge, SNS, CloudWatch.
 */

import type { Moto, State } from "../emulator/moto";
import { fromArn } from "../wire/arn";
import { ApiError } from "../wire/protocol";
import type { Place } from "../world";
import type { AuthorizeRequest, Decision } from "./decision";
import { forwarded } from "./forwarded";

type Principal = AuthorizeRequest["principal"];

/** The gateway, as a service that sends needs it. */
export interface SendingGateway {
  readonly moto: Moto;
  authorize(request: AuthorizeRequest): Promise<Decision>;
}

/** What sending takes: the emulated state, and the policies' evaluator. */
interface Sender {
  readonly state: State;
  readonly gateway: SendingGateway;
}

/** An attribute of a message, as SNS passes it on. */
export interface Attribute {
  readonly type: "String" | "Number";
  readonly value: string;
}

/** Sends to a queue as a service, if the queue and its key let it; gives the reason if not. */
export async function sendAs(
  { gateway, state }: Sender,
  queue: string,
  principal: Principal,
  body: string,
  attributes: Readonly<Record<string, string | Attribute>> = {},
): Promise<string | undefined> {
  const { account, region, resource } = fromArn(queue);
  const at = { account, region };
  const QueueUrl = `${gateway.moto.url}/${account}/${resource}`;
  const settings = await state
    .json(at, "sqs", "AmazonSQS.GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })
    .catch(absence(`The queue ${queue} does not exist`));
  if (typeof settings === "string") return settings;
  const request = { principal, resourceAccount: account, region };
  const why = await refused(gateway, { ...request, action: "sqs:SendMessage", resource: queue });
  if (why !== undefined) return why;
  const key = (settings.Attributes as Record<string, string>).KmsMasterKeyId;
  if (key) {
    const denied = await refusedByKey(gateway, state, { at, via: "sqs" }, principal, key);
    if (denied !== undefined) return denied;
  }
  await state.json(at, "sqs", "AmazonSQS.SendMessage", {
    QueueUrl,
    MessageBody: body,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => {
        const { type, value: StringValue } =
          typeof value === "string" ? ({ type: "String", value } as const) : value;
        return [name, { DataType: type, StringValue }];
      }),
    ),
  });
  return undefined;
}

/** Asks whether a service may publish to a topic that has this key; gives the reason if not. */
export async function refusedByTopic(
  { gateway, state }: Sender,
  topic: string,
  key: string | undefined,
  principal: Principal,
): Promise<string | undefined> {
  const { account, region } = fromArn(topic);
  const request = { principal, resourceAccount: account, region };
  const why = await refused(gateway, { ...request, action: "sns:Publish", resource: topic });
  if (why !== undefined || !key) return why;
  return refusedByKey(gateway, state, { at: { account, region }, via: "sns" }, principal, key);
}

/** SQS and SNS use a key as the sender: it needs a data key, and to read it back. */
async function refusedByKey(
  gateway: Pick<SendingGateway, "authorize">,
  state: State,
  { at, via }: { readonly at: Place; readonly via: "sqs" | "sns" },
  principal: Principal,
  key: string,
): Promise<string | undefined> {
  const answer = await state
    .json(at, "kms", "TrentService.DescribeKey", { KeyId: key })
    .catch(absence(`The key ${key} does not exist`));
  if (typeof answer === "string") return answer;
  const { Arn, KeyState } = answer.KeyMetadata as { Arn: string; KeyState: string };
  if (KeyState !== "Enabled") return `The key ${Arn} is ${KeyState}`;
  const keys = forwarded(via, at.region);
  // SNS's developer guide, "Key management": KMS does not know for which rule EventBridge asks.
  const asking =
    "service" in principal && principal.service === "events.amazonaws.com"
      ? { service: principal.service }
      : principal;
  // A service has no session that another one could forward.
  if ("service" in principal) delete keys["aws:ViaAWSService"];
  for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
    const why = await refused(gateway, {
      principal: asking,
      action,
      resource: Arn,
      resourceAccount: fromArn(Arn).account,
      region: at.region,
      context: keys,
    });
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Asks whether a principal may do something; gives the sentence of the denial if not. */
export async function refused(
  gateway: Pick<SendingGateway, "authorize">,
  request: AuthorizeRequest,
): Promise<string | undefined> {
  const { allowed, why } = await gateway.authorize(request);
  if (allowed) return undefined;
  const { principal, action, resource } = request;
  const who = "service" in principal ? principal.service : principal.arn;
  return `${who} is not authorized to perform ${action} on ${resource} ${why}`;
}

/** Turns the service's "does not exist" into a reason; every other failure stays one. */
export function absence(why: string): (error: unknown) => string {
  return (error) => {
    if (error instanceof ApiError && /NotFound|NonExistent|DoesNotExist|NoSuch/.test(error.code))
      return why;
    throw error;
  };
}
