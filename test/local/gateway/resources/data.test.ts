import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  GenerateMacCommand,
  KMSClient,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { DescribeAccountCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  SESv2Client,
  SendEmailCommand,
} from "@aws-sdk/client-sesv2";
import {
  CreateTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { newcomer } from "../../../../local/gateway/accounts";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import {
  allow,
  allowing,
  assume,
  delegate,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The gateway, on data", () => {
  const world = useWorld();
  let keyArn: string;
  let seed: Credentials;

  const session = async (name: string, permissions: object, account = security) => {
    const roleArn = await makeRole(world, account, name, trustLambda, permissions);
    return world.callers.serviceSession("lambda", roleArn, "run", "cordon");
  };
  const keyPolicy = (extra: object[] = []) =>
    policy(
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${security}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      ...extra,
    );

  before(async () => {
    seed = seedOf(world, security);
    await new SQSClient(world.as(seed)).send(new CreateQueueCommand({ QueueName: "plain" }));
    const kms = new KMSClient(world.as(seed));
    const made = await kms.send(
      new CreateKeyCommand({
        Policy: JSON.stringify(
          keyPolicy([
            {
              Effect: "Allow",
              Principal: { Service: "cloudwatch.amazonaws.com" },
              Action: ["kms:Decrypt", "kms:GenerateDataKey"],
              Resource: "*",
            },
          ]),
        ),
      }),
    );
    keyArn = made.KeyMetadata?.Arn as string;
  });

  describe("mail", () => {
    const from = "cordon@example.com";
    const ses = `arn:aws:ses:${region}:${security}`;
    const mail = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: ["ann@example.com"] },
      Content: { Simple: { Subject: { Data: "s" }, Body: { Text: { Data: "t" } } } },
    });
    const send = async (name: string, ...resources: string[]) => {
      const condition = { "ForAllValues:StringLike": { "ses:Recipients": ["*@example.com"] } };
      const to = resources.map((resource) => `${ses}:${resource}`);
      const given = await session(name, policy(allow("ses:SendEmail", to, condition)));
      const sent = new SESv2Client(world.as(given)).send(mail);
      return sent.then(
        () => "sent",
        (error: Error) => error.message.replace(/^User: \S+ /, ""),
      );
    };
    const refused = (resource: string) =>
      `is not authorized to perform: ses:SendEmail on resource: ${ses}:${resource}`;

    it("takes the identity, and its default configuration set; an address goes before its domain", async () => {
      const owner = new SESv2Client(world.as(seed));
      await owner.send(new CreateEmailIdentityCommand({ EmailIdentity: "example.com" }));
      expect(await send("mail-1", "identity/example.com")).to.equal("sent");
      const ConfigurationSetName = "tracked";
      await owner.send(new CreateConfigurationSetCommand({ ConfigurationSetName }));
      await owner.send(
        new CreateEmailIdentityCommand({ EmailIdentity: from, ConfigurationSetName }),
      );
      expect(await send("mail-2", "identity/example.com")).to.include(refused(`identity/${from}`));
      expect(await send("mail-3", `identity/${from}`)).to.include(
        refused("configuration-set/tracked"),
      );
      expect(await send("mail-4", `identity/${from}`, "configuration-set/*")).to.equal("sent");
    });
  });

  describe("a table under a customer key", () => {
    const item = { id: { S: "1" } };
    const arn = `arn:aws:dynamodb:${region}:${security}:table/journal`;

    before(async () => {
      await new DynamoDBClient(world.as(seed)).send(
        new CreateTableCommand({
          TableName: "journal",
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: keyArn },
        }),
      );
    });

    it("needs the key by a call that DynamoDB makes in the caller's name", async () => {
      const put = async (name: string, condition: object) => {
        const may = [allow("dynamodb:PutItem", arn), allow("kms:Decrypt", keyArn, condition)];
        const given = await session(name, policy(...may));
        return new DynamoDBClient(world.as(given)).send(
          new PutItemCommand({ TableName: "journal", Item: item }),
        );
      };
      await put("forwarded", { Bool: { "aws:ViaAWSService": "true" } });
      const direct = await errorOf(put("direct", { Bool: { "aws:ViaAWSService": "false" } }));
      expect(direct.name).to.equal("AccessDeniedException");
      // AWS lists the services that name themselves there; which they are is not known here.
      const named = { StringEquals: { "aws:CalledViaFirst": "dynamodb.amazonaws.com" } };
      expect((await errorOf(put("named", named))).message).to.contain(
        "the local organization does not supply the condition key aws:calledviafirst of",
      );
    });

    it("needs the key too, by way of DynamoDB only", async () => {
      const put = (given: Credentials) =>
        new DynamoDBClient(world.as(given)).send(
          new PutItemCommand({ TableName: "journal", Item: item }),
        );
      const via = (service: string) =>
        policy(
          allow("dynamodb:PutItem", arn),
          allow("kms:Decrypt", keyArn, { StringEquals: { "kms:ViaService": service } }),
        );
      const without = await session("no-key", policy(allow("dynamodb:PutItem", arn)));
      const error = await errorOf(put(without));
      expect(error.name).to.equal("AccessDeniedException");
      expect(error.message).to.contain("not authorized to perform: kms:Decrypt");
      const wrong = await session("wrong-way", via("sns.us-east-1.amazonaws.com"));
      expect((await errorOf(put(wrong))).name).to.equal("AccessDeniedException");
      await put(await session("right-way", via("dynamodb.us-east-1.amazonaws.com")));
    });

    it("gives back every kind of value as it was put, and as it was updated", async () => {
      const dynamodb = new DynamoDBClient(world.as(seed));
      const step = {
        groups: { L: [{ S: "sg-1" }, { L: [] }, { M: {} }] },
        count: { N: "1.5" },
        done: { BOOL: false },
        before: { NULL: true as const },
        regions: { SS: ["eu-west-1", "us-east-1"] },
        proof: { B: new Uint8Array([0, 128, 255]) },
      };
      const whole = { id: { S: "whole" }, incident: { M: { steps: { L: [{ M: step }] } } } };
      await dynamodb.send(new PutItemCommand({ TableName: "journal", Item: whole }));
      const read = async () => {
        const Key = { id: { S: "whole" } };
        return (await dynamodb.send(new GetItemCommand({ TableName: "journal", Key }))).Item;
      };
      expect(await read()).to.deep.equal(whole);
      const { Attributes } = await dynamodb.send(
        new UpdateItemCommand({
          TableName: "journal",
          Key: { id: { S: "whole" } },
          UpdateExpression: "SET incident.steps[0].done = :done, marks = :marks",
          ExpressionAttributeValues: {
            ":done": { BOOL: true },
            ":marks": { M: { a: { S: "b" } } },
          },
          ReturnValues: "ALL_NEW",
        }),
      );
      const updated = {
        id: { S: "whole" },
        incident: { M: { steps: { L: [{ M: { ...step, done: { BOOL: true } } }] } } },
        marks: { M: { a: { S: "b" } } },
      };
      expect(Attributes).to.deep.equal(updated);
      expect(await read()).to.deep.equal(updated);
    });

    it("holds an update to the attributes that its policy names, and allows no other write by them", async () => {
      const TableName = "attributes";
      await new DynamoDBClient(world.as(seed)).send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        }),
      );
      const onlySeen = {
        "ForAllValues:StringEquals": { "dynamodb:Attributes": ["id", "seen", "noted"] },
        StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE"] },
      };
      const table = `arn:aws:dynamodb:${region}:${security}:table/${TableName}`;
      const may = policy(allow("dynamodb:*Item", table, onlySeen));
      const dynamodb = new DynamoDBClient(world.as(await session("attributes", may)));
      const Key = { id: { S: "one" } };
      const update = (UpdateExpression: string, more: object = {}) =>
        dynamodb.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression,
            ExpressionAttributeValues: { ":status": { S: "open" }, ":one": { N: "1" } },
            ...more,
          }),
        );
      const names = (named: string) => ({ ExpressionAttributeNames: { "#x": named } });
      await update("SET seen = :status, #x = if_not_exists(#x, :one) + :one", names("noted"));
      await update("REMOVE noted", {
        ConditionExpression: "attribute_exists(id) AND NOT contains(seen, :one)",
        ExpressionAttributeValues: { ":one": { S: "x" } },
      });
      const denied = [
        update("SET #x = :status", names("plan")),
        update("SET #x.seen = :status", names("plan")),
        update("SET plan = :status"),
        update("SET seen = plan"),
        update("SET seen = :status", { ConditionExpression: "size(plan) > :one" }),
        update("SET seen = :status", { ReturnValues: "ALL_OLD" }),
        dynamodb.send(new PutItemCommand({ TableName, Item: Key })),
        dynamodb.send(new GetItemCommand({ TableName, Key })),
      ];
      for (const each of await Promise.allSettled(denied)) {
        const { reason } = each as PromiseRejectedResult;
        expect(reason?.name).to.equal("AccessDeniedException");
      }
    });

    it("holds each call to the partitions that its policy names", async () => {
      await new DynamoDBClient(world.as(seed)).send(
        new CreateTableCommand({
          TableName: "log",
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        }),
      );
      const ofBreaches = {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["breach/*", "????"] },
      };
      const log = `arn:aws:dynamodb:${region}:${security}:table/log`;
      const may = policy(
        allow("dynamodb:*Item", log, ofBreaches),
        allow("dynamodb:Query", log, ofBreaches),
      );
      const dynamodb = new DynamoDBClient(world.as(await session("breaches", may)));
      const TableName = "log";
      const calls = (id: string): Readonly<Record<string, Promise<unknown>>> => ({
        put: dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id } } })),
        get: dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: id } } })),
        update: dynamodb.send(
          new UpdateItemCommand({
            TableName,
            Key: { id: { S: id } },
            UpdateExpression: "SET seen = :yes",
            ExpressionAttributeValues: { ":yes": { BOOL: true } },
          }),
        ),
        query: dynamodb.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "#id = :id",
            ExpressionAttributeNames: { "#id": "id" },
            ExpressionAttributeValues: { ":id": { S: id } },
          }),
        ),
        transaction: dynamodb.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item: { id: { S: "breach/other" } } } },
              { Delete: { TableName, Key: { id: { S: `${id}` } } } },
            ],
          }),
        ),
      });
      for (const [name, call] of Object.entries(calls("breach/1"))) {
        expect(await call.then(() => "done"), name).to.equal("done");
      }
      for (const id of ["breach", "incident/1", "12345"]) {
        for (const [name, call] of Object.entries(calls(id))) {
          expect((await errorOf(call)).name, `${name} ${id}`).to.equal("AccessDeniedException");
        }
      }
      await Promise.all(Object.values(calls("1234")));
    });

    it("needs the permission of every entry of a transaction", async () => {
      const write = (given: Credentials) =>
        new DynamoDBClient(world.as(given)).send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName: "journal", Item: { id: { S: "2" } } } },
              { Delete: { TableName: "journal", Key: { id: { S: "3" } } } },
            ],
          }),
        );
      const key = allow("kms:Decrypt", keyArn);
      const half = await session("half", policy(key, allow("dynamodb:PutItem", arn)));
      expect((await errorOf(write(half))).message).to.contain("dynamodb:DeleteItem");
      await write(
        await session(
          "whole",
          policy(key, allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], arn)),
        ),
      );
    });
  });

  describe("a key that computes codes", () => {
    it("is used by whom both policies allow the very use", async () => {
      const owner = new KMSClient(world.as(seed));
      const role = (name: string) => `arn:aws:iam::${security}:role/${name}`;
      const { KeyMetadata } = await owner.send(
        new CreateKeyCommand({
          KeyUsage: "GENERATE_VERIFY_MAC",
          KeySpec: "HMAC_256",
          Policy: JSON.stringify(
            keyPolicy([
              {
                Effect: "Deny",
                Principal: "*",
                Action: "kms:GenerateMac",
                Resource: "*",
                Condition: { ArnNotEquals: { "aws:PrincipalArn": [role("sealing")] } },
              },
            ]),
          ),
        }),
      );
      const seals = KeyMetadata?.Arn ?? "";
      const Message = Buffer.from("text");
      const of = { KeyId: seals, MacAlgorithm: "HMAC_SHA_256" as const, Message };
      const as = async (name: string, action: string) =>
        new KMSClient(world.as(await session(name, policy(allow(action, seals)))));
      const sealing = await as("sealing", "kms:GenerateMac");
      const { Mac } = await sealing.send(new GenerateMacCommand(of));
      const checking = await as("checking", "kms:VerifyMac");
      expect(await checking.send(new VerifyMacCommand({ ...of, Mac }))).to.include({
        MacValid: true,
      });
      const wrong = new VerifyMacCommand({ ...of, Mac, Message: Buffer.from("other") });
      expect((await errorOf(checking.send(wrong))).name).to.equal("KMSInvalidMacException");
      expect((await errorOf(sealing.send(new VerifyMacCommand({ ...of, Mac })))).name).to.equal(
        "AccessDeniedException",
      );
      const other = await as("other", "kms:*");
      expect((await errorOf(other.send(new GenerateMacCommand(of)))).name).to.equal(
        "AccessDeniedException",
      );
    });
  });

  describe("a topic under a customer key", () => {
    const arn = `arn:aws:sns:${region}:${security}:notices`;
    const publish = (given: Credentials) =>
      new SNSClient(world.as(given)).send(new PublishCommand({ TopicArn: arn, Message: "m" }));

    before(async () => {
      await new SNSClient(world.as(seed)).send(
        new CreateTopicCommand({ Name: "notices", Attributes: { KmsMasterKeyId: keyArn } }),
      );
    });

    it("needs the key's two permissions", async () => {
      const topic = allow("sns:Publish", arn);
      const without = await session("mute", policy(topic));
      expect((await errorOf(publish(without))).name).to.match(/^KMSAccessDenied/);
      const half = await session("half-mute", policy(topic, allow("kms:Decrypt", keyArn)));
      expect((await errorOf(publish(half))).message).to.contain("kms:GenerateDataKey");
      await publish(
        await session("loud", policy(topic, allow(["kms:Decrypt", "kms:GenerateDataKey"], keyArn))),
      );
    });

    it("needs both sides from another account", async () => {
      const may = policy(
        allow("sns:Publish", arn),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], keyArn),
      );
      const stranger = await session("stranger", may, shop);
      const error = await errorOf(publish(stranger));
      expect(error.name).to.match(/^AuthorizationError/);
      expect(error.message).to.contain("no resource-based policy allows the sns:Publish action");
      await new SNSClient(world.as(seed)).send(
        new SetTopicAttributesCommand({
          TopicArn: arn,
          AttributeName: "Policy",
          AttributeValue: JSON.stringify(
            policy({
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${shop}:role/stranger` },
              Action: "sns:Publish",
              Resource: arn,
            }),
          ),
        }),
      );
      expect((await errorOf(publish(stranger))).message).to.contain("kms:");
    });
  });

  describe("a queue", () => {
    const arn = `arn:aws:sqs:${region}:${security}:work`;

    before(async () => {
      await new SQSClient(world.as(seed)).send(
        new CreateQueueCommand({
          QueueName: "work",
          Attributes: {
            Policy: JSON.stringify(
              policy({
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: arn,
                Condition: {
                  ArnEquals: {
                    "aws:SourceArn": `arn:aws:events:${region}:${security}:rule/hub/contain`,
                  },
                },
              }),
            ),
          },
        }),
      );
    });

    it("admits the service that its policy names, for the rule that it names", async () => {
      const send = (rule: string) =>
        world.authorize({
          principal: {
            service: "events.amazonaws.com",
            sourceArn: `arn:aws:events:${region}:${security}:rule/${rule}`,
            sourceAccount: security,
          },
          action: "sqs:SendMessage",
          resource: arn,
          resourceAccount: security,
          region,
        });
      expect((await send("hub/contain")).allowed).to.equal(true);
      expect((await send("hub/other")).allowed).to.equal(false);
    });

    it("takes a role's message by its own policies, in its own account", async () => {
      const given = await session("sender", policy(allow("sqs:SendMessage", arn)));
      const url = `${world.url}/${security}/work`;
      const sqs = new SQSClient(world.as(given));
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "m" }));
      const other = await errorOf(
        sqs.send(
          new SendMessageCommand({ QueueUrl: `${world.url}/${security}/rest`, MessageBody: "m" }),
        ),
      );
      expect(other.name).to.match(/AccessDenied/);
    });
  });

  describe("a bus", () => {
    const events = (given: Credentials) => new EventBridgeClient(world.as(given));
    const entry = { Source: "cordon", DetailType: "Contained", Detail: "{}" };

    it("is refused by name while events are not delivered", async () => {
      const given = await session("early", policy(allow("events:PutEvents", "*")));
      const error = await errorOf(events(given).send(new PutEventsCommand({ Entries: [entry] })));
      expect(error.name).to.equal("CordonLocalUnknownOperation");
    });

    it("requires source and detail type, and passes entries to the delivery", async () => {
      const given = await session(
        "emitter",
        policy(
          allow("events:PutEvents", `arn:aws:events:${region}:${security}:event-bus/default`, {
            "ForAllValues:StringEquals": {
              "events:source": "cordon",
              "events:detail-type": "Contained",
            },
          }),
        ),
      );
      const delivered: unknown[] = [];
      world.onPutEvents = async (entries) => {
        delivered.push(...entries);
        return entries.map(() => ({ EventId: "1" }));
      };
      const answer = await events(given).send(new PutEventsCommand({ Entries: [entry] }));
      expect(answer).to.deep.include({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
      expect(delivered).to.deep.equal([entry]);
      const error = await errorOf(
        events(given).send(
          new PutEventsCommand({ Entries: [entry, { ...entry, DetailType: "Released" }] }),
        ),
      );
      expect(error.name).to.equal("AccessDeniedException");
      expect(delivered).to.have.length(1);
    });

    it("of another account needs its policy", async () => {
      const given = await session("forwarder", policy(allow("events:PutEvents", "*")), shop);
      const bus = `arn:aws:events:${region}:${security}:event-bus/default`;
      const put = () =>
        events(given).send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: bus }] }));
      expect((await errorOf(put())).name).to.equal("AccessDeniedException");
      await events(seed).send(
        new PutPermissionCommand({
          Policy: JSON.stringify(
            policy({
              Sid: "Forwarders",
              Effect: "Allow",
              Principal: "*",
              Action: "events:PutEvents",
              Resource: bus,
              Condition: {
                StringEquals: { "aws:PrincipalOrgID": "o-cordonlocal" },
                ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${shop}:role/forwarder` },
              },
            }),
          ),
        }),
      );
      expect((await put()).FailedEntryCount).to.equal(0);
    });
  });

  describe("the organization", () => {
    const describeAccount = (given: Credentials, id: string) =>
      new OrganizationsClient(world.as(given)).send(new DescribeAccountCommand({ AccountId: id }));
    const may = policy(allow("organizations:DescribeAccount", "*"));

    it("is visible to an account once it is a delegated administrator, and not before", async () => {
      const given = await session("reader", may);
      const early = await errorOf(describeAccount(given, shop));
      expect(early.name).to.equal("AccessDeniedException");
      await delegate(world);
      const { Account } = await describeAccount(given, shop);
      expect(Account).to.include({
        Id: "222233334444",
        Name: "shop-production",
        Status: "ACTIVE",
        Arn: "arn:aws:organizations::111122223333:account/o-cordonlocal/222233334444",
      });
    });

    it("does not know accounts outside it", async () => {
      const given = await session("reader-2", may);
      const error = await errorOf(describeAccount(given, "999988887777"));
      expect(error.name).to.equal("AccountNotFoundException");
    });

    it("is not visible to other members", async () => {
      const given = await session("reader-3", may, shop);
      const error = await errorOf(describeAccount(given, shop));
      expect(error.name).to.equal("AccessDeniedException");
    });

    it("counts an account in once it has joined, and not before", async () => {
      const reader = await session("reader-4", may);
      const ofOurs = allowing({ AWS: "*" }, "sts:AssumeRole", {
        StringEquals: { "aws:PrincipalOrgID": "o-cordonlocal" },
      });
      const target = await makeRole(world, shop, "for-members", ofOurs);
      const given = await session("joiner", policy(allow("sts:AssumeRole", "*")), newcomer.id);
      expect((await errorOf(assume(world, given, target))).name).to.equal("AccessDenied");
      const unknown = await errorOf(describeAccount(reader, "666677778888"));
      expect(unknown.name).to.equal("AccountNotFoundException");
      world.membership.join(newcomer);
      expect((await assume(world, given, target)).accessKeyId).to.match(/^ASIA/);
      const { Account } = await describeAccount(reader, "666677778888");
      expect(Account).to.include({ Name: "newcomer", Status: "ACTIVE" });
      expect(() => world.membership.join(newcomer)).to.throw("in the organization already");
    });
  });

  it("stops at a permissions boundary", async () => {
    const given = await session("bounded", policy(allow("sqs:*", "*")));
    const iam = new IAMClient(world.as(seed));
    const made = await iam.send(
      new CreatePolicyCommand({
        PolicyName: "boundary",
        PolicyDocument: JSON.stringify(policy(allow("s3:*", "*"))),
      }),
    );
    const send = () =>
      new SQSClient(world.as(given)).send(
        new SendMessageCommand({ QueueUrl: `${world.url}/${security}/plain`, MessageBody: "m" }),
      );
    await send();
    await iam.send(
      new PutRolePermissionsBoundaryCommand({
        RoleName: "bounded",
        PermissionsBoundary: made.Policy?.Arn as string,
      }),
    );
    expect((await errorOf(send())).message).to.contain("no permissions boundary allows");
  });

  it("honours policies attached by ARN, AWS's own among them", async () => {
    const given = await session("attached", policy(allow("sqs:*", "*")));
    const send = () =>
      new SQSClient(world.as(given)).send(
        new SendMessageCommand({ QueueUrl: `${world.url}/${security}/plain`, MessageBody: "m" }),
      );
    await send();
    await new IAMClient(world.as(seed)).send(
      new AttachRolePolicyCommand({
        RoleName: "attached",
        PolicyArn: "arn:aws:iam::aws:policy/AWSDenyAll",
      }),
    );
    expect((await errorOf(send())).message).to.contain("explicit deny in an identity-based policy");
  });

  it("trusts a condition on the principal's organization", async () => {
    const organizationTrust = allowing({ AWS: "*" }, "sts:AssumeRole", {
      StringEquals: { "aws:PrincipalOrgID": "o-somebodyelse" },
    });
    const target = await makeRole(world, shop, "foreign", organizationTrust);
    const given = await session("member", policy(allow("sts:AssumeRole", "*")));
    expect((await errorOf(assume(world, given, target))).name).to.equal("AccessDenied");
  });
});
