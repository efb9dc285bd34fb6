/** Resource table: DynamoDB, SNS, SQS, KMS, EventBridge, Lambda, CloudWatch, Logs and S3. */

import { forwarded } from "../iam/forwarded";
import { missing } from "../iam/policies";
import { fromArn, toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import type { Place } from "../world";
import { unscoped } from "./compute";
import type { Check, Operation, Request } from "./operation";

function name(request: Request, parameter: string): string {
  const value = text(request.parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

/** A key used on the caller's behalf by a service that encrypts with it. */
function viaService(action: string, key: string, service: string, request: Request): Check {
  return {
    action: `kms:${action}`,
    resource: key,
    account: fromArn(key).account,
    context: {
      "kms:CallerAccount": request.account,
      ...forwarded(service, request.region),
    },
  };
}

/** Item operations on a table under a customer key need that key too, by way of DynamoDB. */
async function tableChecks(
  request: Request,
  tableName: string,
  actions: readonly string[],
  entries: readonly unknown[],
  index?: string,
): Promise<readonly Check[]> {
  const table = tableName.startsWith("arn:")
    ? tableName
    : toArn("dynamodb", request.region, request.account, `table/${tableName}`);
  const { account, region, resource } = fromArn(table);
  const facts = await request.world.table({ account, region }, resource.replace(/^table\//, ""));
  const { partitionKeys, customerKey } = facts;
  const partitionKey = partitionKeys.get(index);
  // A table or index that does not exist has no key, and the call fails.
  const leading =
    partitionKey === undefined ? [] : entries.map((entry) => partitionOf(entry, partitionKey));
  return [
    ...actions.map((action) => ({
      action: `dynamodb:${action}`,
      resource: index ? `${table}/index/${index}` : table,
      account,
      context: {
        ...(leading.length > 0 && { "dynamodb:LeadingKeys": leading }),
        ...attributeContext(action, request),
      },
    })),
    ...(customerKey ? [viaService("Decrypt", customerKey, "dynamodb", request)] : []),
  ];
}

/**
 * Names the attributes of an UpdateItem: dynamodb:Attributes. Of other calls a name that no policy
 * lists, so that the condition operators of sets do not hold for none.
 */
function attributeContext(
  action: string,
  { parameters }: Request,
): Record<string, string | string[]> {
  const returned = text(parameters.ReturnValues);
  return {
    "dynamodb:Attributes":
      action === "UpdateItem" ? attributesOf(parameters) : ["(attributes of another call)"],
    ...(returned !== undefined && { "dynamodb:ReturnValues": returned }),
  };
}

const words =
  /^(SET|REMOVE|ADD|DELETE|AND|OR|NOT|IN|BETWEEN|attribute_(not_)?exists|attribute_type|begins_with|contains|size|if_not_exists|list_append)$/i;

function attributesOf(parameters: Request["parameters"]): string[] {
  const names = (parameters.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const written = `${text(parameters.UpdateExpression) ?? ""} ${text(parameters.ConditionExpression) ?? ""}`;
  // Of a path its first part; a value begins with a colon.
  const found = [...written.matchAll(/(?<![\w#:.])(#?[A-Za-z_]\w*)/g)].map(([, name = ""]) => name);
  const expressed = found.filter((name) => !words.test(name)).map((name) => names[name] ?? name);
  return [...new Set([...Object.keys(parameters.Key ?? {}), ...expressed])];
}

/** The partition that a call, or an entry of a transaction, is about: dynamodb:LeadingKeys. */
function partitionOf(entry: unknown, partitionKey: string): string {
  const value = member(entry, "KeyConditionExpression")
    ? comparedTo(entry, partitionKey)
    : member(member(entry, "Item") ?? member(entry, "Key"), partitionKey);
  const found = text(member(value, "S")) ?? text(member(value, "N")) ?? text(member(value, "B"));
  // Without a value the condition operators of sets would hold.
  if (found === undefined) throw new UnknownOperationError(`a call without ${partitionKey}`);
  return found;
}

function comparedTo(entry: unknown, partitionKey: string): unknown {
  const names = Object.entries(member(entry, "ExpressionAttributeNames") ?? {});
  const written = names.find(([, attribute]) => attribute === partitionKey)?.[0] ?? partitionKey;
  const condition = text(member(entry, "KeyConditionExpression")) ?? "";
  const terms = [...condition.matchAll(/(?<![\w#])(#?\w+) *= *(:\w+)/g)];
  const value = terms.find(([, attribute]) => attribute === written)?.[2] ?? "";
  return member(member(entry, "ExpressionAttributeValues"), value);
}

function table(action: string): Operation {
  return (request) =>
    tableChecks(
      request,
      name(request, "TableName"),
      [action],
      [request.parameters],
      text(request.parameters.IndexName),
    );
}

const transactionActions: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

/** A transaction needs the permission of every entry; it has none of its own. */
async function transactWriteItems(request: Request): Promise<readonly Check[]> {
  const tables = new Map<string, { actions: Set<string>; entries: unknown[] }>();
  for (const item of list(request.parameters.TransactItems)) {
    for (const [kind, action] of Object.entries(transactionActions)) {
      const entry = member(item, kind);
      const tableName = text(member(entry, "TableName"));
      if (!tableName) continue;
      const { actions, entries } = tables.get(tableName) ?? { actions: new Set(), entries: [] };
      tables.set(tableName, { actions: actions.add(action), entries: [...entries, entry] });
    }
  }
  const checks = await Promise.all(
    [...tables].map(([tableName, { actions, entries }]) =>
      tableChecks(request, tableName, [...actions], entries),
    ),
  );
  return checks.flat();
}

async function publish(request: Request): Promise<readonly Check[]> {
  const topic = name(request, "TopicArn");
  const { account, region } = fromArn(topic);
  const attributes = await request.world.policies.topicAttributes(topic).catch(missing);
  const master = attributes?.KmsMasterKeyId;
  const key = master ? await request.world.customerKey({ account, region }, master) : undefined;
  return [
    { action: "sns:Publish", resource: topic, account },
    ...(key ? keyChecks(["GenerateDataKey", "Decrypt"], key, "sns", request) : []),
  ];
}

/** Both the caller's policy and, across accounts, the topic's may name protocol and endpoint. */
function subscribe(request: Request): readonly Check[] {
  const topic = name(request, "TopicArn");
  return [
    {
      action: "sns:Subscribe",
      resource: topic,
      account: fromArn(topic).account,
      context: {
        "sns:Protocol": name(request, "Protocol"),
        "sns:Endpoint": name(request, "Endpoint"),
      },
    },
  ];
}

function keyChecks(
  actions: readonly string[],
  key: string,
  service: string,
  request: Request,
): readonly Check[] {
  return actions.map((action) => viaService(action, key, service, request));
}

/** Queue URLs end in account and name, whatever host the caller reached them by. */
function queueOf(request: Request): Place & { readonly name: string; readonly arn: string } {
  const match = /\/(\d{12})\/([^/]+)$/.exec(name(request, "QueueUrl"));
  if (!match) throw new UnknownOperationError(`the queue ${name(request, "QueueUrl")}`);
  const [, account = "", queue = ""] = match;
  const { region } = request;
  return { account, region, name: queue, arn: toArn("sqs", region, account, queue) };
}

function queue(action: string, keyActions: readonly string[] = []): Operation {
  return async (request) => {
    const { arn, name: queueName, ...place } = queueOf(request);
    const key = keyActions.length > 0 ? await request.world.queueKey(place, queueName) : undefined;
    return [
      { action: `sqs:${action}`, resource: arn, account: place.account },
      ...(key ? keyChecks(keyActions, key, "sqs", request) : []),
    ];
  };
}

// The emulator writes the key's id into the first 36 bytes of what it encrypts.
function keyOf(request: Request): string {
  const named = text(request.parameters.KeyId);
  if (named) return named;
  const blob = Buffer.from(text(request.parameters.CiphertextBlob) ?? "", "base64");
  return blob.subarray(0, 36).toString("utf8");
}

function key(action: string): Operation {
  return async (request) => {
    const { account, region, world } = request;
    const named = keyOf(request);
    const arn = await world.customerKey({ account, region }, named);
    if (!arn) throw new UnknownOperationError(`kms:${action} with ${named}, a key AWS manages,`);
    return [
      {
        action: `kms:${action}`,
        resource: arn,
        account: fromArn(arn).account,
        context: { "kms:CallerAccount": account },
      },
    ];
  };
}

/** One check for each bus; its source and detail type keys hold a value for every entry. */
function putEvents(request: Request): readonly Check[] {
  const { account, region } = request;
  const entriesByBus = new Map<string, unknown[]>();
  for (const entry of list(request.parameters.Entries)) {
    const bus = text(member(entry, "EventBusName")) ?? "default";
    const arn = bus.startsWith("arn:") ? bus : toArn("events", region, account, `event-bus/${bus}`);
    entriesByBus.set(arn, [...(entriesByBus.get(arn) ?? []), entry]);
  }
  return [...entriesByBus].map(([bus, entries]) => ({
    action: "events:PutEvents",
    resource: bus,
    account: fromArn(bus).account,
    context: {
      "events:source": entries.map((entry) => text(member(entry, "Source")) ?? ""),
      "events:detail-type": entries.map((entry) => text(member(entry, "DetailType")) ?? ""),
    },
  }));
}

function invoke(request: Request): readonly Check[] {
  const { account, region } = request;
  const fn = name(request, "FunctionName");
  const arn = fn.startsWith("arn:") ? fn : toArn("lambda", region, account, `function:${fn}`);
  return [{ action: "lambda:InvokeFunction", resource: arn, account: fromArn(arn).account }];
}

function logStream(action: string): Operation {
  return (request) => {
    const { account, region } = request;
    const stream = `log-group:${name(request, "logGroupName")}:log-stream:${name(request, "logStreamName")}`;
    return [
      { action: `logs:${action}`, resource: toArn("logs", region, account, stream), account },
    ];
  };
}

export const dataOperations: Readonly<Record<string, Operation>> = {
  "dynamodb:GetItem": table("GetItem"),
  "dynamodb:PutItem": table("PutItem"),
  "dynamodb:UpdateItem": table("UpdateItem"),
  "dynamodb:DeleteItem": table("DeleteItem"),
  "dynamodb:Query": table("Query"),
  "dynamodb:TransactWriteItems": transactWriteItems,
  "sns:ListSubscriptionsByTopic": (request) => {
    const resource = name(request, "TopicArn");
    const { account } = fromArn(resource);
    return [{ action: "sns:ListSubscriptionsByTopic", resource, account }];
  },
  "sns:Publish": publish,
  "sns:Subscribe": subscribe,
  "sqs:ReceiveMessage": queue("ReceiveMessage", ["Decrypt"]),
  "sqs:DeleteMessage": queue("DeleteMessage"),
  "sqs:ChangeMessageVisibility": queue("ChangeMessageVisibility"),
  "sqs:GetQueueAttributes": queue("GetQueueAttributes"),
  "sqs:SendMessage": queue("SendMessage", ["GenerateDataKey", "Decrypt"]),
  "sqs:SendMessageBatch": queue("SendMessage", ["GenerateDataKey", "Decrypt"]),
  "kms:Decrypt": key("Decrypt"),
  "kms:GenerateDataKey": key("GenerateDataKey"),
  "kms:GenerateMac": key("GenerateMac"),
  "kms:VerifyMac": key("VerifyMac"),
  "events:PutEvents": putEvents,
  "lambda:Invoke": invoke,
  "logs:CreateLogStream": logStream("CreateLogStream"),
  "logs:PutLogEvents": logStream("PutLogEvents"),
  "cloudwatch:PutMetricData": (request) => [
    {
      action: "cloudwatch:PutMetricData",
      resource: toArn("cloudwatch", request.region, request.account, "dataset/default"),
      account: request.account,
      context: { "cloudwatch:namespace": name(request, "Namespace") },
    },
  ],
  "s3:ListBuckets": unscoped("s3:ListAllMyBuckets"),
};
