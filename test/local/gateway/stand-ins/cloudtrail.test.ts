import {
  CloudTrailClient,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from "@aws-sdk/client-cloudtrail";
import { DynamoDBClient, ListTablesCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import { type SeededUser, seedAssumableRole, seedUser } from "../../../../local/seeds/identities";
import {
  allow,
  assume,
  data,
  errorOf,
  policy,
  region,
  seedOf,
  shop,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The event history", () => {
  const world = useWorld();
  let thief: SeededUser;
  let stolen: Credentials;
  let now = 0;
  const began = new Date(Date.now() - 60_000);

  /** Looks up as the account's owner, a second after the last time. */
  const lookUp = async (
    input: LookupEventsCommandInput,
    { account = shop, in: at = region } = {},
  ) => {
    now += 1_000;
    const settings = { ...world.as(seedOf(world, account)), region: at };
    return new CloudTrailClient(settings).send(new LookupEventsCommand(input));
  };
  const byKey = (accessKeyId: string): LookupEventsCommandInput => ({
    LookupAttributes: [{ AttributeKey: "AccessKeyId", AttributeValue: accessKeyId }],
    StartTime: began,
  });
  const names = (events: readonly { EventName?: string | undefined }[] | undefined) =>
    events?.map(({ EventName }) => EventName);

  before(async () => {
    world.cloudTrail.clock = () => now;
    const site = { account: shop, region };
    thief = await seedUser(world, site, {
      name: "ann",
      path: "/shop/",
      allow: ["s3:*", "ec2:DescribeInstances", "sts:*", "dynamodb:*", "iam:CreateUser"].concat([
        "iam:CreateAccessKey",
        "iam:UpdateAssumeRolePolicy",
        "iam:ListUsers",
      ]),
    });
    const role = await seedAssumableRole(world, site, thief.arn, {
      name: "deploy",
      allow: ["ec2:DescribeInstances"],
    });
    stolen = thief.keys[0] as Credentials;
    world.callers.sourceAddress(stolen.accessKeyId, "198.51.100.23");
    // What a thief does: look around, read data, make a way back in, take on a role.
    const settings = world.as(stolen);
    await new STSClient(settings).send(new GetCallerIdentityCommand({}));
    const s3 = new S3Client({ ...settings, forcePathStyle: true });
    await s3.send(new ListBucketsCommand({}));
    await errorOf(s3.send(new GetObjectCommand({ Bucket: "orders", Key: "all.csv" })));
    const tables = new DynamoDBClient(settings);
    await errorOf(tables.send(new ScanCommand({ TableName: "orders" })));
    await errorOf(tables.send(new ListTablesCommand({})));
    await new EC2Client({ ...settings, region: "eu-west-1" }).send(
      new DescribeInstancesCommand({}),
    );
    const iam = new IAMClient({ ...settings, region: "eu-west-1" });
    await iam.send(new CreateUserCommand({ UserName: "backdoor" }));
    await iam.send(new CreateAccessKeyCommand({ UserName: "backdoor" }));
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: "deploy",
        PolicyDocument: JSON.stringify(
          policy({ ...allow("sts:AssumeRole", "*"), Resource: undefined, Principal: { AWS: "*" } }),
        ),
      }),
    );
    const attach = { UserName: "backdoor", PolicyArn: "arn:aws:iam::aws:policy/AWSDenyAll" };
    await errorOf(iam.send(new AttachUserPolicyCommand(attach)));
    const session = await assume(world, stolen, role.arn, { sessionName: "deploying" });
    await new EC2Client(world.as(session)).send(new DescribeInstancesCommand({}));
    const away = await seedAssumableRole(world, { account: data, region }, thief.arn, {
      name: "reports",
    });
    await assume(world, stolen, away.arn, { sessionName: "away" });
    // What others did at the same time, in this account and in another one.
    await new IAMClient(world.as(seedOf(world, shop))).send(new ListUsersCommand({}));
    const other = await seedUser(world, { account: data, region }, { name: "ann" });
    await new STSClient(world.as(other.keys[0] as Credentials)).send(
      new GetCallerIdentityCommand({}),
    );
  });

  it("returns a key's activity, newest first, without data events", async () => {
    const { Events, NextToken } = await lookUp(byKey(stolen.accessKeyId));
    expect(NextToken).to.equal(undefined);
    // ListTables and the reads of objects and items are not here: the first was refused by name.
    expect(names(Events)).to.deep.equal([
      "AssumeRole",
      "AssumeRole",
      "AttachUserPolicy",
      "UpdateAssumeRolePolicy",
      "CreateAccessKey",
      "CreateUser",
      "ListBuckets",
      "GetCallerIdentity",
    ]);
    expect(Events?.map(({ ReadOnly }) => ReadOnly)).to.deep.equal([
      "true",
      "true",
      "false",
      "false",
      "false",
      "false",
      "true",
      "true",
    ]);
    expect(new Set(Events?.map(({ Username }) => Username))).to.deep.equal(new Set(["ann"]));
  });

  it("returns source address, identity, resources and result", async () => {
    const { Events = [] } = await lookUp(byKey(stolen.accessKeyId));
    const made = Events.find(({ EventName }) => EventName === "CreateAccessKey");
    expect(made).to.include({
      AccessKeyId: stolen.accessKeyId,
      EventSource: "iam.amazonaws.com",
      Username: "ann",
      ReadOnly: "false",
    });
    const event = JSON.parse(made?.CloudTrailEvent ?? "");
    expect(event.userIdentity).to.deep.equal({
      type: "IAMUser",
      principalId: thief.id,
      arn: "arn:aws:iam::222233334444:user/shop/ann",
      accountId: "222233334444",
      accessKeyId: stolen.accessKeyId,
      userName: "ann",
    });
    expect(event).to.include({
      sourceIPAddress: "198.51.100.23",
      awsRegion: "us-east-1",
      eventType: "AwsApiCall",
      eventCategory: "Management",
      recipientAccountId: "222233334444",
      eventID: made?.EventId,
    });
    expect(event.eventTime).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(made?.EventTime?.toISOString()).to.equal(event.eventTime.replace("Z", ".000Z"));
    expect(event.requestParameters).to.deep.equal({ userName: "backdoor" });
    const { accessKey } = event.responseElements;
    expect(accessKey).to.include({ userName: "backdoor", status: "Active" });
    expect(accessKey).not.to.have.property("secretAccessKey");
    expect(made?.Resources).to.deep.equal([
      { ResourceType: "AWS::IAM::User", ResourceName: "backdoor" },
      { ResourceType: "AWS::IAM::AccessKey", ResourceName: accessKey.accessKeyId },
    ]);
    const denied = Events.find(({ EventName }) => EventName === "AttachUserPolicy");
    expect(JSON.parse(denied?.CloudTrailEvent ?? "")).to.include({ errorCode: "AccessDenied" });
  });

  it("follows a key into the sessions that it opened", async () => {
    const { Events = [] } = await lookUp(byKey(stolen.accessKeyId));
    const { responseElements } = JSON.parse(Events[1]?.CloudTrailEvent ?? "");
    const { accessKeyId, secretAccessKey, sessionToken } = responseElements.credentials;
    expect(accessKeyId).to.match(/^ASIA/);
    expect([secretAccessKey, sessionToken]).to.deep.equal([undefined, undefined]);
    const { Events: later = [] } = await lookUp(byKey(accessKeyId));
    expect(later.map(({ EventName, Username }) => [EventName, Username])).to.deep.equal([
      ["DescribeInstances", "deploying"],
    ]);
    const event = JSON.parse(later[0]?.CloudTrailEvent ?? "");
    expect(event.sourceIPAddress).to.equal("198.51.100.23");
    expect(event.userIdentity).to.include({
      type: "AssumedRole",
      arn: "arn:aws:sts::222233334444:assumed-role/deploy/deploying",
      accessKeyId,
    });
    expect(event.userIdentity.principalId).to.match(/^AROA[A-Z0-9]{17}:deploying$/);
    const { sessionIssuer, attributes } = event.userIdentity.sessionContext;
    expect(sessionIssuer).to.deep.include({
      type: "Role",
      arn: "arn:aws:iam::222233334444:role/deploy",
      accountId: "222233334444",
      userName: "deploy",
    });
    expect(attributes.mfaAuthenticated).to.equal("false");
    expect(attributes.creationDate).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("shows the account of a role that a stranger assumed it", async () => {
    const { Events = [] } = await lookUp({}, { account: data });
    const taken = Events.find(({ EventName }) => EventName === "AssumeRole");
    const event = JSON.parse(taken?.CloudTrailEvent ?? "");
    expect(event.recipientAccountId).to.equal("333344445555");
    expect(event.userIdentity).to.deep.equal({
      type: "AWSAccount",
      principalId: thief.id,
      accountId: "222233334444",
    });
    expect(event.requestParameters).to.deep.equal({
      roleArn: "arn:aws:iam::333344445555:role/reports",
      roleSessionName: "away",
    });
  });

  it("keeps each region's events in it, and IAM's in us-east-1", async () => {
    const away = await lookUp(byKey(stolen.accessKeyId), { in: "eu-west-1" });
    expect(names(away.Events)).to.deep.equal(["DescribeInstances"]);
  });

  it("shows no account another's events", async () => {
    expect((await lookUp(byKey(stolen.accessKeyId), { account: data })).Events).to.deep.equal([]);
    const byName: LookupEventsCommandInput = {
      LookupAttributes: [{ AttributeKey: "Username", AttributeValue: "ann" }],
    };
    const { Events } = await lookUp(byName, { account: data });
    expect(names(Events)).to.deep.equal(["GetCallerIdentity"]);
  });

  it("gives pages that go with their question", async () => {
    const question = { ...byKey(stolen.accessKeyId), MaxResults: 3 };
    const first = await lookUp(question);
    expect(names(first.Events)).to.deep.equal(["AssumeRole", "AssumeRole", "AttachUserPolicy"]);
    const second = await lookUp({ ...question, NextToken: first.NextToken });
    const third = await lookUp({ ...question, NextToken: second.NextToken });
    expect(names(third.Events)).to.deep.equal(["ListBuckets", "GetCallerIdentity"]);
    expect(third.NextToken).to.equal(undefined);
    const other = { ...byKey("AKIAIOSFODNN7EXAMPLE"), NextToken: first.NextToken };
    expect((await errorOf(lookUp(other))).name).to.equal("InvalidNextTokenException");
  });

  it("keeps to the time that is asked for, and to its limits", async () => {
    const ended = { ...byKey(stolen.accessKeyId), EndTime: new Date(began.getTime() + 1) };
    expect((await lookUp(ended)).Events).to.deep.equal([]);
    const reversed = { StartTime: new Date(), EndTime: began };
    expect((await errorOf(lookUp(reversed))).name).to.equal("InvalidTimeRangeException");
    expect((await errorOf(lookUp({ MaxResults: 51 }))).name).to.equal("ValidationException");
    const attribute = { AttributeKey: "Username" as const, AttributeValue: "ann" };
    const two = { LookupAttributes: [attribute, attribute] };
    expect((await errorOf(lookUp(two))).name).to.equal("InvalidLookupAttributesException");
    const byResource = {
      LookupAttributes: [{ AttributeKey: "ResourceName" as const, AttributeValue: "backdoor" }],
    };
    expect((await errorOf(lookUp(byResource))).message).to.contain("LookupEvents by ResourceName");
  });

  it("answers two look-ups a second, in each account and region", async () => {
    now += 60_000;
    const ask = async (account: string, at = region) => {
      const settings = { ...world.as(seedOf(world, account)), region: at };
      const asked = new CloudTrailClient(settings).send(new LookupEventsCommand({}));
      return asked.then(
        () => "answered",
        (error: Error) => error.name,
      );
    };
    const inTurn = async (times: number) => {
      const answers: string[] = [];
      for (let asked = 0; asked < times; asked += 1) answers.push(await ask(shop));
      return answers;
    };
    expect(await inTurn(3)).to.deep.equal(["answered", "answered", "ThrottlingException"]);
    expect([await ask(shop, "eu-west-1"), await ask(data)]).to.deep.equal(["answered", "answered"]);
    now += 499;
    expect(await inTurn(1)).to.deep.equal(["ThrottlingException"]);
    now += 1;
    expect(await inTurn(2)).to.deep.equal(["answered", "ThrottlingException"]);
  });

  it("can be made to lag behind, as on AWS", async () => {
    world.cloudTrail.delayMs = 300_000;
    expect((await lookUp(byKey(stolen.accessKeyId))).Events).to.deep.equal([]);
    now += 300_000;
    expect((await lookUp(byKey(stolen.accessKeyId))).Events).to.have.length(8);
  });

  it("dates events by the functions' clock, which runs on when waits are left out", async () => {
    world.cloudTrail.delayMs = 0;
    const { clock } = world.callers;
    const ahead = 7_200_000;
    const since = new Date(Date.now() + ahead - 1_000);
    world.callers.clock = () => new Date(Date.now() + ahead);
    try {
      await new STSClient(world.as(stolen)).send(new GetCallerIdentityCommand({}));
      const found = await lookUp({ ...byKey(stolen.accessKeyId), StartTime: since });
      expect(names(found.Events)).to.deep.equal(["GetCallerIdentity"]);
    } finally {
      world.callers.clock = clock;
    }
  });
});
