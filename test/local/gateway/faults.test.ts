import { DynamoDBClient, ListTablesCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { TokenBuckets } from "../../../local/gateway/buckets";
import type { Caller, Credentials } from "../../../local/gateway/iam/caller";
import {
  allow,
  errorOf,
  makeGroup,
  makeRole,
  policy,
  region,
  seedOf,
  shop,
  trustLambda,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

describe("The gateway's faults", () => {
  const world = useWorld();
  let given: Credentials;
  let own: EC2Client;
  let seed: EC2Client;
  let vpc: string;

  const groupNames = async () => {
    const answer = await seed.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }),
    );
    return answer.SecurityGroups?.map((group) => group.GroupName).sort();
  };

  before(async () => {
    seed = new EC2Client(world.as(seedOf(world, shop)));
    vpc = (await seed.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc
      ?.VpcId as string;
    const roleArn = await makeRole(
      world,
      shop,
      "own",
      trustLambda,
      policy(allow(["ec2:*", "sqs:*", "dynamodb:*"], "*")),
    );
    given = await world.callers.serviceSession("lambda", roleArn, "run", "cordon");
    own = new EC2Client(world.as(given));
  });
  afterEach(() => {
    world.faults.disarm();
    world.latencyMs = 0;
    world.policyLagMs = 0;
    world.buckets = undefined;
  });

  it("dates answers by the clock that runs on for functions, and for others by this machine's", async () => {
    const dateOf = async (client: EC2Client) => {
      const unknown = new DeleteSecurityGroupCommand({ GroupId: "sg-0123456789abcdef0" });
      const { $response } = (await errorOf(client.send(unknown))) as {
        $response?: { headers: Record<string, string> };
      };
      return Date.parse($response?.headers.date ?? "");
    };
    const { clock } = world.callers;
    world.callers.clock = () => new Date("2031-01-01T00:00:00Z");
    try {
      expect(await dateOf(seed)).to.be.lessThan(Date.parse("2030-01-01"));
      // Its session ended long ago by that clock; the answer that says so is dated, too.
      expect(await dateOf(own)).to.equal(Date.parse("2031-01-01T00:00:00Z"));
    } finally {
      world.callers.clock = clock;
    }
  });

  it("drop: the call takes effect, the answer never comes", async () => {
    world.faults.arm({ at: 2, kind: "drop" });
    await own.send(new DescribeVpcsCommand({}));
    await errorOf(makeGroup(own, vpc, "dropped"));
    expect(world.faults.fired).to.equal(true);
    expect(world.faults.counted).to.equal(2);
    expect(await groupNames()).to.include("dropped");
    expect(world.record.entries.find((call) => call.fault === "drop")).to.include({
      action: "ec2:CreateSecurityGroup",
      status: 0,
      allowed: true,
    });
  });

  it("refuse: nothing happens and no answer comes", async () => {
    world.faults.arm({ at: 1, kind: "refuse" });
    await errorOf(makeGroup(own, vpc, "refused"));
    expect(await groupNames()).not.to.include("refused");
    await makeGroup(own, vpc, "after-refused");
  });

  it("throttle: nothing happens and the service's own error comes", async () => {
    world.faults.arm({ at: 1, kind: "throttle" });
    const error = await errorOf(makeGroup(own, vpc, "throttled"));
    expect(error.name).to.equal("RequestLimitExceeded");
    expect(await groupNames()).not.to.include("throttled");
    world.faults.arm({ at: 1, kind: "throttle" });
    const put = new PutItemCommand({ TableName: "t", Item: { id: { S: "1" } } });
    const json = await errorOf(new DynamoDBClient(world.as(given)).send(put));
    expect(json.name).to.equal("ThrottlingException");
  });

  it("buckets: Cordon's calls beyond AWS's rate are throttled, seeds' are not", async () => {
    world.buckets = new TokenBuckets(() => 0);
    const revoke = (client: EC2Client) =>
      errorOf(client.send(new DeleteSecurityGroupCommand({ GroupId: "sg-0123456789abcdef0" })));
    const names = await Promise.all(
      Array.from({ length: 51 }, async () => (await revoke(own)).name),
    );
    expect(names.filter((name) => name === "InvalidGroup.NotFound")).to.have.length(50);
    expect(names.filter((name) => name === "RequestLimitExceeded")).to.have.length(1);
    expect((await revoke(seed)).name).to.equal("InvalidGroup.NotFound");
  });

  it("kill: the call takes effect, the caller is named and never answered", async () => {
    const killed: string[] = [];
    world.faults.arm({ at: 1, kind: "kill", onKill: (caller) => killed.push(caller.accessKeyId) });
    await errorOf(makeGroup(own, vpc, "killed"));
    expect(killed).to.deep.equal([given.accessKeyId]);
    expect(await groupNames()).to.include("killed");
  });

  it("stall: the call takes effect, the connection stays open, no answer comes", async () => {
    world.faults.arm({ at: 1, kind: "stall" });
    const waiting = new EC2Client(world.as(given));
    const stalled = errorOf(makeGroup(waiting, vpc, "stalled"));
    while (!(await groupNames())?.includes("stalled"));
    waiting.destroy();
    expect((await stalled).message).to.equal("socket hang up");
  });

  it("lag: for a while reads answer as before the write, and what it made is not found", async () => {
    const group = await makeGroup(own, vpc, "before");
    const ownNames = async () =>
      (await own.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups?.map(
        (each) => each.GroupName,
      );
    // Longer than this test: what is read again was not waited for.
    world.faults.arm({ at: 1, kind: "lag", action: "ec2:CreateSecurityGroup", lagMs: 3_600_000 });
    const late = await makeGroup(own, vpc, "late");
    expect(await ownNames())
      .to.include("before")
      .and.not.to.include("late");
    expect(await groupNames()).to.include("late");
    const notFound = await errorOf(own.send(new DeleteSecurityGroupCommand({ GroupId: late })));
    expect(notFound.name).to.equal("InvalidGroup.NotFound");
    await own.send(new DeleteSecurityGroupCommand({ GroupId: group }));
    expect(await ownNames()).to.include("before");
    world.faults.disarm();
    expect(await ownNames())
      .to.include("late")
      .and.not.to.include("before");
  });

  it("lag: ends by itself", async () => {
    world.faults.arm({ at: 1, kind: "lag", action: "ec2:CreateSecurityGroup", lagMs: 200 });
    await makeGroup(own, vpc, "soon");
    for (let names: unknown[] = []; !names.includes("soon"); ) {
      const found = await own.send(new DescribeSecurityGroupsCommand({}));
      names = found.SecurityGroups?.map((each) => each.GroupName) ?? [];
    }
  });

  it("a lag of policies: a changed policy decides calls only after it", async () => {
    const roleArn = await makeRole(world, shop, "late", trustLambda, policy(allow(["ec2:*"], "*")));
    const session = await world.callers.serviceSession("lambda", roleArn, "run", "cordon");
    const late = new EC2Client(world.as(session));
    await late.send(new DescribeVpcsCommand({}));
    world.policyLagMs = 3_600_000;
    const iam = new IAMClient(world.as(seedOf(world, shop)));
    const deny = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
    };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "late",
        PolicyName: "deny",
        PolicyDocument: JSON.stringify(deny),
      }),
    );
    await late.send(new DescribeVpcsCommand({}));
    world.policyLagMs = 50;
    await iam
      .send(new DeleteRolePolicyCommand({ RoleName: "late", PolicyName: "none" }))
      .catch(() => {});
    for (let name = ""; name !== "UnauthorizedOperation"; ) {
      name = await late.send(new DescribeVpcsCommand({})).then(
        () => "",
        (error: Error) => error.name,
      );
    }
  });

  it("count neither trusted callers nor Lambda's pollers", async () => {
    const queue = await new SQSClient(world.as(seedOf(world, shop))).send(
      new CreateQueueCommand({ QueueName: "work" }),
    );
    world.faults.arm({ at: 1, kind: "refuse" });
    await seed.send(new DescribeVpcsCommand({}));
    await new SQSClient(world.as(given)).send(
      new ReceiveMessageCommand({ QueueUrl: queue.QueueUrl as string }),
    );
    expect(world.faults.counted).to.equal(0);
    await errorOf(own.send(new DescribeVpcsCommand({})));
    expect(world.faults.counted).to.equal(1);
  });

  it("count side by side, each the calls of the callers that it concerns", async () => {
    const { arn } = world.callers.find(given.accessKeyId) as Caller;
    const roleArn = arn.replace(":sts:", ":iam:").replace(/assumed-role\/(.+)\/.+/, "role/$1");
    const rival = await world.callers.serviceSession("lambda", roleArn, "rival", "cordon");
    const of = ({ accessKeyId }: Credentials) => ({
      concerns: (caller: Caller) => caller.accessKeyId === accessKeyId,
    });
    const [first, second] = world.faults.arm(
      { at: 2, kind: "refuse", ...of(given) },
      { at: 1, kind: "throttle", ...of(rival) },
    );
    await own.send(new DescribeVpcsCommand({}));
    const throttled = await errorOf(
      new EC2Client(world.as(rival)).send(new DescribeVpcsCommand({})),
    );
    expect(throttled.name).to.equal("RequestLimitExceeded");
    expect(first).to.include({ counted: 1, fired: false });
    expect(second).to.include({ counted: 1, fired: true });
    await errorOf(own.send(new DescribeVpcsCommand({})));
    expect(first).to.include({ counted: 2, fired: true });
    world.faults.disarm();
    await own.send(new DescribeVpcsCommand({}));
    expect(first).to.include({ counted: 2, fired: true });
  });

  it("refuse to be armed for a call that never comes", () => {
    expect(() => world.faults.arm({ at: 0, kind: "drop" })).to.throw(
      "at must be a whole number of 1 or more, but 0 was provided",
    );
  });

  it("latency holds the answer back, after the effect, for Cordon's own code only", async () => {
    // Longer than this test: what comes to an end was not held back.
    world.latencyMs = 3_600_000;
    const waiting = new EC2Client(world.as(given));
    const held = errorOf(makeGroup(waiting, vpc, "held"));
    while (!(await groupNames())?.includes("held"));
    waiting.destroy();
    expect((await held).message).to.equal("socket hang up");
    world.latencyMs = 50;
    await makeGroup(own, vpc, "slow");
    const entry = world.record.entries.findLast(
      (call) => call.action === "ec2:CreateSecurityGroup",
    );
    expect(entry!.endMs - entry!.ms).to.be.at.least(49);
  });

  it("an unanswered call is in the record from its arrival on", async () => {
    const before = world.record.entries.length;
    await Promise.all([
      seed.send(new DescribeVpcsCommand({})),
      new DynamoDBClient(world.as(seedOf(world, shop))).send(new ListTablesCommand({})),
    ]);
    const added = world.record.entries.slice(before);
    expect(added.map((call) => call.n)).to.deep.equal([before + 1, before + 2]);
    expect(added.map((call) => call.region)).to.deep.equal([region, region]);
  });
});
