import { EventBridgeClient, PutPermissionCommand } from "@aws-sdk/client-eventbridge";
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import {
  allowing,
  errorOf,
  makeRole,
  seedOf,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

// Codes and messages: from messages that users of AWS have published where there are any, else likely ones.
describe("The gateway takes no policy that AWS refuses when it is set", () => {
  const world = useWorld();
  const settings = () => world.as(seedOf(world, shop));
  const absent = `arn:aws:iam::${shop}:role/absent`;
  const naming = (AWS: string, action: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS }, Action: action, Resource: "*" }],
    });
  let known: string;

  before(async () => {
    known = await makeRole(world, shop, "known", trustLambda);
  });

  it("a trust policy of a role that does not exist", async () => {
    const iam = new IAMClient(settings());
    const trust = (AWS: string) => JSON.stringify(allowing({ AWS }, "sts:AssumeRole"));
    const create = (AWS: string) =>
      iam.send(
        new CreateRoleCommand({ RoleName: "trusting", AssumeRolePolicyDocument: trust(AWS) }),
      );
    const refused = await errorOf(create(absent));
    expect(refused.name).to.equal("MalformedPolicyDocumentException");
    expect(refused.message).to.equal(`Invalid principal in policy: "AWS":"${absent}"`);
    await create(known);
    const update = (PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "trusting", PolicyDocument }));
    expect((await errorOf(update(trust(absent)))).name).to.equal(
      "MalformedPolicyDocumentException",
    );
    await update(trust(`arn:aws:iam::${shop}:root`));
  });

  it("a trust policy of more than 2048 characters, a managed one of more than 6144", async () => {
    const iam = new IAMClient(settings());
    const filled = (length: number) => {
      const document = JSON.stringify(
        allowing({ AWS: known }, "sts:AssumeRole", { StringEquals: { "sts:ExternalId": "" } }),
      );
      return document.replace('""', `"${"e".repeat(length - document.length)}"`);
    };
    const update = (length: number) =>
      iam.send(
        new UpdateAssumeRolePolicyCommand({ RoleName: "known", PolicyDocument: filled(length) }),
      );
    await update(2048);
    const refused = await errorOf(update(2049));
    expect(refused.name).to.equal("LimitExceededException");
    expect(refused.message).to.equal("Cannot exceed quota for ACLSizePerRole: 2048");
    const managed = new CreatePolicyCommand({ PolicyName: "long", PolicyDocument: filled(6145) });
    expect((await errorOf(iam.send(managed))).message).to.equal(
      "Cannot exceed quota for PolicySize: 6144",
    );
  });

  it("a key's policy for a role that does not exist", async () => {
    const kms = new KMSClient(settings());
    const create = (AWS: string) =>
      kms.send(new CreateKeyCommand({ Policy: naming(AWS, "kms:*") }));
    expect((await errorOf(create(absent))).message).to.equal(
      "Policy contains a statement with one or more invalid principals.",
    );
    const { KeyMetadata } = await create(known);
    const put = new PutKeyPolicyCommand({
      KeyId: KeyMetadata?.KeyId as string,
      Policy: naming(absent, "kms:*"),
    });
    expect((await errorOf(kms.send(put))).name).to.equal("MalformedPolicyDocumentException");
  });

  it("a topic's policy for a user that does not exist", async () => {
    const sns = new SNSClient(settings());
    const Policy = naming(`arn:aws:iam::${shop}:user/absent`, "sns:Publish");
    const create = sns.send(new CreateTopicCommand({ Name: "t", Attributes: { Policy } }));
    expect((await errorOf(create)).message).to.equal(
      "Invalid parameter: Policy Error: PrincipalNotFound",
    );
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "t" }));
    const set = (AttributeValue: string) =>
      sns.send(
        new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }),
      );
    expect((await errorOf(set(Policy))).name).to.equal("InvalidParameterException");
    await set(naming(known, "sns:Publish"));
  });

  it("a queue's policy for a role that does not exist", async () => {
    const sqs = new SQSClient(settings());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "q" }));
    const set = (AWS: string) =>
      sqs.send(
        new SetQueueAttributesCommand({
          QueueUrl,
          Attributes: { Policy: naming(AWS, "sqs:SendMessage") },
        }),
      );
    const refused = await errorOf(set(absent));
    expect(refused.name).to.equal("InvalidAttributeValue");
    expect(refused.message).to.equal("Invalid value for the parameter Policy.");
    await set(known);
  });

  it("an event bus's policy of more than 10240 bytes", async () => {
    const events = new EventBridgeClient(settings());
    const Policy = naming(known, `events:PutEvents${" ".repeat(10_240)}`);
    const put = events.send(new PutPermissionCommand({ Policy }));
    expect((await errorOf(put)).name).to.equal("PolicyLengthExceededException");
  });
});
