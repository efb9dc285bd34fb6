import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeInstancesCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { GuardDutyClient, ListFindingsCommand } from "@aws-sdk/client-guardduty";
import { CreateRoleCommand, IAMClient, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { AddPermissionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { OrganizationsClient, UpdatePolicyCommand } from "@aws-sdk/client-organizations";
import { ModifyDBSnapshotAttributeCommand, RDSClient } from "@aws-sdk/client-rds";
import { PutBucketVersioningCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { send } from "../../../../local/gateway/emulator/moto";
import { errorOf, seedOf, shop } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

// Codes: from the service models, and from API references where these name one. No call to AWS was made.
describe("The gateway refuses arguments that AWS refuses", () => {
  const world = useWorld();
  const settings = () => world.as(seedOf(world, shop));
  /** Sends what the client's types forbid. */
  const given = <T>(input: object) => input as T;

  const cases: readonly (readonly [
    what: string,
    sending: () => Promise<unknown>,
    code: string,
    message: string,
  ])[] = [
    [
      "a parameter that is missing, in a query",
      () => new IAMClient(settings()).send(new CreateRoleCommand(given({ RoleName: "web" }))),
      "ValidationError",
      "1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
    ],
    [
      "a character outside the pattern",
      () =>
        new IAMClient(settings()).send(
          new CreateRoleCommand({ RoleName: "web role", AssumeRolePolicyDocument: "{}" }),
        ),
      "ValidationError",
      "1 validation error detected: Value 'web role' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    ],
    [
      "a character outside the pattern of a member of a list",
      () =>
        new IAMClient(settings()).send(
          new CreateRoleCommand({
            RoleName: "web",
            AssumeRolePolicyDocument: "{}",
            Tags: [
              { Key: "a", Value: "b" },
              { Key: "cost*", Value: "1" },
            ],
          }),
        ),
      "ValidationError",
      "at 'tags.2.member.key'",
    ],
    [
      "a value outside the enumeration",
      () =>
        new IAMClient(settings()).send(
          new UpdateAccessKeyCommand(given({ AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "Off" })),
        ),
      "ValidationError",
      "at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive",
    ],
    [
      "more than the range allows",
      () => new CloudTrailClient(settings()).send(new LookupEventsCommand({ MaxResults: 51 })),
      "ValidationException",
      "1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50",
    ],
    [
      "a rule's name of 65 characters",
      () =>
        new EventBridgeClient(settings()).send(
          new PutRuleCommand({ Name: "r".repeat(65), ScheduleExpression: "rate(1 day)" }),
        ),
      "ValidationException",
      "at 'name' failed to satisfy constraint: Member must have length less than or equal to 64",
    ],
    [
      "an empty list where one member is needed",
      () =>
        new EventBridgeClient(settings()).send(new PutTargetsCommand({ Rule: "r", Targets: [] })),
      "ValidationException",
      "at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      "a number where text is needed",
      () =>
        new DynamoDBClient(settings()).send(
          new PutItemCommand(given({ TableName: 5, Item: { id: { S: "a" } } })),
        ),
      "SerializationException",
      "Value '5' at 'tableName'",
    ],
    [
      "what a value of a map is without",
      () =>
        new CloudWatchClient(settings()).send(
          new PutMetricAlarmCommand(
            given({ AlarmName: "a", ComparisonOperator: "Above", EvaluationPeriods: 1 }),
          ),
        ),
      "ValidationException",
      "at 'comparisonOperator'",
    ],
    [
      "a statement of a function's policy with a dot in its name",
      () =>
        new LambdaClient(settings()).send(
          new AddPermissionCommand({
            FunctionName: "responder",
            StatementId: "from.events",
            Action: "lambda:InvokeFunction",
            Principal: "events.amazonaws.com",
          }),
        ),
      "ValidationException",
      "Value 'from.events' at 'statementId'",
    ],
    [
      "a parameter that is missing, in EC2's words",
      () =>
        new EC2Client(settings()).send(
          new ModifyNetworkInterfaceAttributeCommand(given({ Groups: ["sg-0123456789abcdef0"] })),
        ),
      "MissingParameter",
      "The request must contain the parameter networkInterfaceId",
    ],
    [
      "a range of EC2's",
      () =>
        new EC2Client(settings()).send(
          new RunInstancesCommand(given({ MinCount: "x", MaxCount: 1 })),
        ),
      "InvalidParameterValue",
      "Value (x) for parameter minCount is invalid. It must be a whole number",
    ],
    [
      "an enumeration of EC2's",
      () =>
        new EC2Client(settings()).send(
          new RunInstancesCommand(given({ MinCount: 1, MaxCount: 1, InstanceType: "t2.giant" })),
        ),
      "InvalidParameterValue",
      "Value (t2.giant) for parameter instanceType is invalid.",
    ],
    [
      "under the code that the operation declares: Organizations",
      () =>
        new OrganizationsClient(settings()).send(
          new UpdatePolicyCommand({ PolicyId: "policy-1", Name: "n" }),
        ),
      "InvalidInputException",
      "Value 'policy-1' at 'policyId'",
    ],
    [
      "under the code that the operation declares: GuardDuty",
      () =>
        new GuardDutyClient(settings()).send(
          new ListFindingsCommand({ DetectorId: "d".repeat(301) }),
        ),
      "BadRequestException",
      "at 'detectorId'",
    ],
    [
      "a value in an XML body",
      () =>
        new S3Client(settings()).send(
          new PutBucketVersioningCommand(
            given({ Bucket: "evidence", VersioningConfiguration: { Status: "Paused" } }),
          ),
        ),
      "InvalidArgument",
      "Value 'Paused' at 'versioningConfiguration.status'",
    ],
    [
      "a value in a header",
      () =>
        new S3Client(settings()).send(
          new PutObjectCommand(
            given({ Bucket: "evidence", Key: "a", Body: "b", StorageClass: "COLD" }),
          ),
        ),
      "InvalidArgument",
      "Value 'COLD' at 'storageClass'",
    ],
    [
      "a parameter that is missing, in SQS's words",
      () =>
        new SQSClient(settings()).send(
          new SendMessageCommand(given({ QueueUrl: `${world.url}/${shop}/findings` })),
        ),
      "MissingParameter",
      "The request must contain the parameter messageBody",
    ],
    [
      "what an entry of a map in a query is without",
      () =>
        new SNSClient(settings()).send(
          new PublishCommand(
            given({
              TopicArn: `arn:aws:sns:us-east-1:${shop}:t`,
              Message: "m",
              MessageAttributes: { kind: { StringValue: "a" } },
            }),
          ),
        ),
      "InvalidParameterException",
      "at 'messageAttributes.kind.member.dataType'",
    ],
  ];
  for (const [what, sending, code, message] of cases) {
    it(what, async () => {
      const error = await errorOf(sending());
      expect(error.name).to.equal(code);
      expect(error.message).to.contain(message);
    });
  }

  it("a parameter that EC2 does not know", async () => {
    const answer = await send({
      url: world.url,
      method: "POST",
      path: "/",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${seedOf(world, shop).accessKeyId}/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: Buffer.from("Action=DescribeInstances&Version=2016-11-15&InstanceIds.1=i-1"),
    });
    expect(answer.status).to.equal(400);
    expect(answer.body.toString()).to.contain("<Code>UnknownParameter</Code>");
    expect(answer.body.toString()).to.contain("The parameter InstanceIds is not recognized");
  });

  it("and takes what AWS takes: a list of nothing, of one, a page", async () => {
    const ec2 = new EC2Client(settings());
    for (const input of [
      { InstanceIds: [] },
      { Filters: [{ Name: "vpc-id", Values: ["vpc-1"] }] },
      { MaxResults: 5 },
    ]) {
      expect((await ec2.send(new DescribeInstancesCommand(input))).Reservations).to.deep.equal([]);
    }
  });

  it("and a list in a query whose items have a name of their own", async () => {
    const change = new ModifyDBSnapshotAttributeCommand({
      DBSnapshotIdentifier: "gone",
      AttributeName: "restore",
      ValuesToRemove: ["444455556666", "all"],
    });
    const error = await errorOf(new RDSClient(settings()).send(change));
    expect(error.name).to.equal("DBSnapshotNotFoundFault");
  });
});
