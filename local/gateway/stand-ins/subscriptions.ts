/**
 * Stands in for SNS's subscriptions of queues and e-mail addresses, and for the delivery to them: the
 * emulator fails to publish once a queue of another account has subscribed. Strict: standard queues only,
 * subscribed by the account that owns them, which AWS confirms by itself; addresses, whose owners confirm
 * them (`confirm`), and which nobody can unsubscribe before; filter policies on message attributes; the
 * queue's policy decides what arrives. Everything else is refused by name.
 * What it leaves out: a subscription that nobody confirmed ends after 48 hours.
 * Messages come without a signature, for there is no certificate to check it by.
 */
import { randomUUID } from "node:crypto";
import { type State, stateOf } from "../emulator/moto";
import type { Caller } from "../iam/caller";
import { missing, type Policies } from "../iam/policies";
import { type Attribute, refusedByTopic, type SendingGateway, sendAs } from "../iam/send-as";
import { fromArn } from "../wire/arn";
import {
  type Answer,
  type ApiCall,
  ApiError,
  escapeXml,
  list,
  member,
  parseXml,
  text,
  UnknownOperationError,
  xml,
} from "../wire/protocol";
import { type Filter, filterOf, invalid, passes } from "./filter-policy";

/** What became of one message for one subscription. What SNS may not deliver it does not retry. */
export interface SnsDelivery {
  readonly subscription: string;
  readonly queue: string;
  readonly messageId: string;
  readonly delivered: boolean;
  /** Why not, with the decision of the policies that refused it. */
  readonly why?: string;
}

/** A mail that SNS sent to an address that is confirmed. */
export interface SnsMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface SubscriptionsStandIn {
  /** In the order in which they were sent. */
  readonly mails: readonly SnsMail[];
  /** Follows the link that SNS mailed to an address. @throws Error where none waits for it */
  confirm(address: string): void;
  /** In the order in which they ended; messages that a filter kept away are not among them. */
  readonly deliveries: readonly SnsDelivery[];
  /** Waits until no message is under way. */
  settled(): Promise<void>;
  /**
   * Publishes as an AWS service, for a resource of its; gives the reason if the topic is missing, or
   * its policy or its key refuses.
   */
  publishAs(principal: ServicePrincipal, notice: ServiceNotice): Promise<string | undefined>;
}

export interface ServicePrincipal {
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

export interface ServiceNotice {
  /** ARN of the topic. */
  readonly topic: string;
  readonly subject: string;
  readonly text: string;
}

interface Subscription {
  readonly arn: string;
  readonly topic: string;
  readonly protocol: "sqs" | "email";
  /** ARN of the queue, or address. */
  readonly endpoint: string;
  readonly owner: string;
  readonly raw: boolean;
  isPending: boolean;
  readonly filter?: Filter;
  /** As they were given. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface Published {
  readonly topic: string;
  readonly id: string;
  readonly subject?: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const service = "sns.amazonaws.com";

export class Subscriptions implements SubscriptionsStandIn {
  readonly deliveries: SnsDelivery[] = [];
  readonly mails: SnsMail[] = [];
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #state: State;

  constructor(
    private readonly gateway: SendingGateway,
    private readonly policies: Policies,
  ) {
    this.#state = stateOf(gateway.moto);
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  confirm(address: string): void {
    const waiting = [...this.#subscriptions.values()].filter(
      ({ endpoint, isPending }) => endpoint === address && isPending,
    );
    if (waiting.length === 0) throw new Error(`No subscription waits for ${address}`);
    for (const each of waiting) each.isPending = false;
  }

  /** Answers the operations about subscriptions; undefined for the rest of SNS. */
  async answer(call: ApiCall, caller: Caller): Promise<Answer | undefined> {
    switch (call.operation) {
      case "Subscribe":
        return this.#subscribe(call, caller);
      case "Unsubscribe": {
        const { arn, owner, isPending } = this.#find(call);
        // The topic's owner could, and AWS would keep the queue's owner from coming back for days.
        if (caller.account !== owner) throw new UnknownOperationError("sns:Unsubscribe of others");
        if (isPending) {
          throw invalid(
            "SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation",
          );
        }
        this.#subscriptions.delete(arn);
        return answered(call, "");
      }
      case "GetSubscriptionAttributes":
        return answered(call, `<Attributes>${this.#describe(call, caller)}</Attributes>`);
      case "Publish":
        this.#checkPublish(call);
        return undefined;
      case "DeleteTopic":
        if (this.#of(text(call.parameters.TopicArn)).some(({ isPending }) => !isPending)) {
          throw new UnknownOperationError("sns:DeleteTopic of a topic with subscriptions");
        }
        return undefined;
      case "ListSubscriptionsByTopic":
        return answered(call, `<Subscriptions>${await this.#list(call)}</Subscriptions>`);
      case "ConfirmSubscription":
      case "ListSubscriptions":
      case "PublishBatch":
      case "SetSubscriptionAttributes":
        throw new UnknownOperationError(`sns:${call.operation}`);
      default:
        return undefined;
    }
  }

  /** Sends what was published on its way; SNS answers the publisher without waiting for it. */
  published(call: ApiCall, answer: Answer): void {
    const { TopicArn, Subject, Message } = call.parameters;
    const topic = text(TopicArn) ?? "";
    const result = member(parseXml(answer.body.toString()), "PublishResponse");
    const subject = text(Subject);
    const message: Published = {
      topic,
      id: text(member(member(result, "PublishResult"), "MessageId")) ?? "",
      text: text(Message) ?? "",
      ...(subject !== undefined && { subject }),
      attributes: Object.fromEntries(
        attributesOf(call).map(({ name, type, value = "" }) => [
          name,
          { type: type === "Number" ? type : "String", value } as const,
        ]),
      ),
    };
    this.#send(message);
  }

  async publishAs(principal: ServicePrincipal, notice: ServiceNotice): Promise<string | undefined> {
    const { topic } = notice;
    const attributes = await this.policies.topicAttributes(topic).catch(missing);
    if (attributes === undefined) return `The topic ${topic} does not exist`;
    const sender = { gateway: this.gateway, state: this.#state };
    const why = await refusedByTopic(sender, topic, attributes.KmsMasterKeyId, principal);
    if (why === undefined) this.#send({ ...notice, id: randomUUID(), attributes: {} });
    return why;
  }

  #send(message: Published): void {
    for (const subscription of this.#of(message.topic)) {
      if (subscription.isPending || !passes(message.attributes, subscription.filter)) continue;
      if (subscription.protocol === "email") {
        const { subject = "AWS Notification Message", text: said } = message;
        this.mails.push({ to: subscription.endpoint, subject, text: said });
        continue;
      }
      const underWay = this.#deliver(message, subscription).finally(() =>
        this.#underWay.delete(underWay),
      );
      this.#underWay.add(underWay);
    }
  }

  async #subscribe(call: ApiCall, caller: Caller): Promise<Answer> {
    const topic = text(call.parameters.TopicArn) ?? "";
    const endpoint = text(call.parameters.Endpoint) ?? "";
    const protocol = text(call.parameters.Protocol) ?? "";
    if (protocol !== "sqs" && protocol !== "email")
      throw new UnknownOperationError(`a subscription of protocol ${protocol}`);
    if (fromArn(topic).region !== call.region) throw invalid("TopicArn");
    if (protocol === "sqs" && !/^arn:aws:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/.test(endpoint))
      throw invalid("SQS endpoint ARN");
    if (protocol === "email" && !/^[^\s@]+@[^\s@]+$/.test(endpoint)) throw invalid("Email address");
    if ((await this.policies.topicAttributes(topic).catch(missing)) === undefined) {
      throw new ApiError("NotFound", "Topic does not exist", 404);
    }
    if (protocol === "sqs" && fromArn(endpoint).account !== caller.account) {
      throw new UnknownOperationError(
        "a subscription that the queue's owner would have to confirm",
      );
    }
    // SNS answers the words "pending confirmation" in place of an ARN that nobody asks for.
    if (protocol === "email" && text(call.parameters.ReturnSubscriptionArn) !== "true") {
      throw new UnknownOperationError("an e-mail subscription without ReturnSubscriptionArn");
    }
    const attributes = givenAttributes(call);
    if (protocol === "email" && attributes.RawMessageDelivery !== undefined) {
      throw invalid(
        "Attributes Reason: Delivery protocol [email] does not support raw message delivery",
      );
    }
    const known = this.#of(topic).find((each) => each.endpoint === endpoint);
    if (known && JSON.stringify(known.attributes) !== JSON.stringify(attributes)) {
      throw invalid("Attributes Reason: Subscription already exists with different attributes");
    }
    const filter = attributes.FilterPolicy;
    const made = known ?? {
      arn: `${topic}:${randomUUID()}`,
      topic,
      protocol,
      endpoint,
      owner: caller.account,
      isPending: protocol === "email",
      raw: attributes.RawMessageDelivery === "true",
      ...(filter !== undefined && { filter: filterOf(filter) }),
      attributes,
    };
    this.#subscriptions.set(made.arn, made);
    return answered(call, `<SubscriptionArn>${made.arn}</SubscriptionArn>`);
  }

  async #list(call: ApiCall): Promise<string> {
    const listed = text(call.parameters.TopicArn) ?? "";
    if ((await this.policies.topicAttributes(listed).catch(missing)) === undefined) {
      throw new ApiError("NotFound", "Topic does not exist", 404);
    }
    return this.#of(listed)
      .map(({ arn, owner, protocol, endpoint, topic, isPending }) => {
        const shown: Record<string, string> = {
          TopicArn: topic,
          Protocol: protocol,
          SubscriptionArn: isPending ? "PendingConfirmation" : arn,
          Owner: owner,
          Endpoint: endpoint,
        };
        const members = Object.entries(shown).map(
          ([name, value]) => `<${name}>${escapeXml(value)}</${name}>`,
        );
        return `<member>${members.join("")}</member>`;
      })
      .join("");
  }

  #describe(call: ApiCall, caller: Caller): string {
    const { arn, topic, protocol, endpoint, owner, raw, attributes, isPending } = this.#find(call);
    if (caller.account !== owner && caller.account !== fromArn(topic).account) {
      throw new ApiError(
        "AuthorizationError",
        `${caller.arn} owns neither ${arn} nor its topic`,
        403,
      );
    }
    const described: Record<string, string> = {
      SubscriptionArn: arn,
      TopicArn: topic,
      Protocol: protocol,
      Endpoint: endpoint,
      Owner: owner,
      RawMessageDelivery: String(raw),
      PendingConfirmation: String(isPending),
      // A link in a mail is followed without credentials.
      ConfirmationWasAuthenticated: String(protocol === "sqs"),
      ...(attributes.FilterPolicy && {
        FilterPolicy: attributes.FilterPolicy,
        FilterPolicyScope: "MessageAttributes",
      }),
    };
    return Object.entries(described)
      .map(([key, value]) => `<entry><key>${key}</key><value>${escapeXml(value)}</value></entry>`)
      .join("");
  }

  #checkPublish(call: ApiCall): void {
    const { TopicArn, MessageStructure } = call.parameters;
    if (this.#of(text(TopicArn)).length === 0) return;
    if (MessageStructure !== undefined) {
      throw new UnknownOperationError("sns:Publish of a message structure to subscribers");
    }
    for (const { name, type, value } of attributesOf(call)) {
      if (type !== "String" && type !== "Number") {
        throw new UnknownOperationError(`an attribute of type ${type}`);
      }
      if (type === "Number" && !(Number.isFinite(Number(value)) && value)) {
        throw new ApiError(
          "ParameterValueInvalid",
          `The message attribute '${name}' with type 'Number' must use a valid numeric value.`,
        );
      }
      if (!value) {
        throw new ApiError(
          "ParameterValueInvalid",
          `The message attribute '${name}' must contain non-empty message attribute value for message attribute type 'String'.`,
        );
      }
    }
  }

  async #deliver(message: Published, { arn, endpoint: queue, raw }: Subscription): Promise<void> {
    const { topic, attributes } = message;
    const principal = { service, sourceArn: topic, sourceAccount: fromArn(topic).account };
    const sender = { gateway: this.gateway, state: this.#state };
    const why =
      raw && Object.keys(attributes).length > 10
        ? "SQS takes ten attributes of a raw message"
        : await sendAs(
            sender,
            queue,
            principal,
            raw ? message.text : envelope(message),
            raw ? attributes : {},
          ).catch((error: Error) => `The delivery failed here: ${error.message}`);
    this.deliveries.push({
      subscription: arn,
      queue,
      messageId: message.id,
      delivered: why === undefined,
      ...(why !== undefined && { why }),
    });
  }

  #of(topic: string | undefined): readonly Subscription[] {
    return [...this.#subscriptions.values()].filter((each) => each.topic === topic);
  }

  #find(call: ApiCall): Subscription {
    const found = this.#subscriptions.get(text(call.parameters.SubscriptionArn) ?? "");
    if (!found) throw new ApiError("NotFound", "Subscription does not exist", 404);
    return found;
  }
}

function givenAttributes(call: ApiCall): Record<string, string> {
  const given = Object.fromEntries(
    list(call.parameters.Attributes).map((entry) => [
      text(member(entry, "key")) ?? "",
      text(member(entry, "value")) ?? "",
    ]),
  );
  for (const [name, value] of Object.entries(given)) {
    const known =
      name === "FilterPolicy" ||
      (name === "FilterPolicyScope" && value === "MessageAttributes") ||
      (name === "RawMessageDelivery" && /^(true|false)$/.test(value));
    if (!known) throw new UnknownOperationError(`${name} ${value} of a subscription`);
  }
  return given;
}

function attributesOf(call: ApiCall) {
  return list(call.parameters.MessageAttributes).map((entry) => ({
    name: text(member(entry, "Name")) ?? "",
    type: text(member(member(entry, "Value"), "DataType")) ?? "",
    value: text(member(member(entry, "Value"), "StringValue")),
  }));
}

function envelope({ topic, id, subject, text: message, attributes }: Published): string {
  const entries = Object.entries(attributes).map(([name, { type: Type, value: Value }]) => [
    name,
    { Type, Value },
  ]);
  return JSON.stringify({
    Type: "Notification",
    MessageId: id,
    TopicArn: topic,
    ...(subject !== undefined && { Subject: subject }),
    Message: message,
    Timestamp: new Date().toISOString(),
    ...(entries.length > 0 && { MessageAttributes: Object.fromEntries(entries) }),
  });
}

function answered({ operation }: ApiCall, result: string): Answer {
  const inner = `<${operation}Result>${result}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return xml(200, `<${operation}Response>${inner}${metadata}</${operation}Response>`);
}
