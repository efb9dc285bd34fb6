import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient, ListRolesCommand, UpdateRoleCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import { seedUser } from "../../../../local/seeds/identities";
import {
  allow,
  allowing,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { onlyKey } from "../../../support/local/identity";
import { useWorld } from "../../../support/world";

describe("The gateway, on the end of sessions", () => {
  const world = useWorld();
  const site = { account: shop, region };
  const minute = 60_000;
  let user: Credentials;
  let role: string;

  before(async () => {
    user = onlyKey(await seedUser(world, site, { name: "kim", allow: ["*"] }));
    const trust = allowing({ AWS: `arn:aws:iam::${shop}:root` }, "sts:AssumeRole");
    role = await makeRole(world, shop, "analyst", trust, policy(allow("*", "*")));
  });

  afterEach(() => setAhead(0));

  function setAhead(ms: number): void {
    world.callers.clock = () => new Date(Date.now() + ms);
  }

  async function opened(by: Credentials, DurationSeconds?: number) {
    const { Credentials: given } = await new STSClient(world.as(by)).send(
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "kim", DurationSeconds }),
    );
    return credentialsOf(given);
  }

  // Codes and statuses as reports in the issue trackers of AWS's own SDKs have them.
  it("refuses a session from its Expiration on, in the words of each protocol", async () => {
    const { credentials, end } = await opened(user);
    expect(Math.round((end - Date.now()) / minute)).to.equal(60);
    const as = world.as(credentials);
    const item = { TableName: "gone", Key: { id: { S: "1" } } };
    const calls = [
      () => new EC2Client(as).send(new DescribeVpcsCommand({})),
      () => new S3Client(as).send(new ListBucketsCommand({})),
      () => new IAMClient(as).send(new ListRolesCommand({})),
      () => new DynamoDBClient(as).send(new GetItemCommand(item)),
      () => new LambdaClient(as).send(new InvokeCommand({ FunctionName: "gone" })),
    ];
    setAhead(59 * minute);
    const earlier = await Promise.all(calls.map((call) => call().catch(({ name }) => name)));
    expect(earlier.slice(3)).to.deep.equal(Array(2).fill("ResourceNotFoundException"));
    expect(earlier.slice(0, 3).map((answer) => typeof answer)).to.deep.equal(
      Array(3).fill("object"),
    );
    setAhead(60 * minute);
    const errors = await Promise.all(calls.map((call) => errorOf(call())));
    expect(errors.map(({ name, message }) => `${name}: ${message}`)).to.deep.equal([
      "RequestExpired: Request has expired.",
      "ExpiredToken: The provided token has expired.",
      "ExpiredToken: The security token included in the request is expired",
      "ExpiredTokenException: The security token included in the request is expired",
      "ExpiredTokenException: The security token included in the request is expired",
    ]);
    const statuses = errors.map(
      (error) => (error as unknown as { $metadata: { httpStatusCode: number } }).$metadata,
    );
    expect(statuses.map(({ httpStatusCode }) => httpStatusCode)).to.deep.equal([
      400, 400, 403, 400, 403,
    ]);
  });

  it("records the refusal as the session's, and not as an unknown key's", async () => {
    const { credentials } = await opened(user, 900);
    setAhead(15 * minute);
    await errorOf(new EC2Client(world.as(credentials)).send(new DescribeVpcsCommand({})));
    expect(world.record.entries.at(-1)).to.include({
      principal: `arn:aws:sts::${shop}:assumed-role/analyst/kim`,
      allowed: false,
      why: "Request has expired.",
    });
    expect(await world.callers.admit(credentials.accessKeyId, credentials.sessionToken)).to.equal(
      undefined,
    );
  });

  it("ends a user's session after its twelve hours, and never a long-term key", async () => {
    const given = await new STSClient(world.as(user)).send(new GetSessionTokenCommand({}));
    const { credentials } = credentialsOf(given.Credentials);
    const vpcs = (as: Credentials) => new EC2Client(world.as(as)).send(new DescribeVpcsCommand({}));
    setAhead(719 * minute);
    await vpcs(credentials);
    setAhead(720 * minute);
    expect((await errorOf(vpcs(credentials))).name).to.equal("RequestExpired");
    await vpcs(user);
  });

  it("ends an instance's session after six hours", async () => {
    const trust = allowing({ Service: "ec2.amazonaws.com" }, "sts:AssumeRole");
    const arn = await makeRole(world, shop, "web", trust, policy(allow("*", "*")));
    const session = await world.callers.serviceSession(
      "ec2",
      arn,
      "i-0123456789abcdef0",
      "workload",
    );
    const vpcs = () => new EC2Client(world.as(session)).send(new DescribeVpcsCommand({}));
    setAhead(359 * minute);
    await vpcs();
    setAhead(360 * minute);
    expect((await errorOf(vpcs())).name).to.equal("RequestExpired");
  });

  it("refuses a longer session than the role's MaxSessionDuration", async () => {
    const tooLong = await errorOf(opened(user, 3601));
    expect(`${tooLong.name}: ${tooLong.message}`).to.equal(
      "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    const iam = new IAMClient(world.as(seedOf(world, shop)));
    await iam.send(new UpdateRoleCommand({ RoleName: "analyst", MaxSessionDuration: 7200 }));
    const { end } = await opened(user, 7200);
    expect(Math.round((end - Date.now()) / minute)).to.equal(120);
    expect((await errorOf(opened(user, 7201))).name).to.equal("ValidationError");
  });

  it("gives a session that opens another one an hour at most, whatever the role allows", async () => {
    const may = policy(allow("sts:AssumeRole", role));
    const caller = await makeRole(world, security, "caller", trustLambda, may);
    const session = await world.callers.serviceSession("lambda", caller, "f", "cordon");
    const trust = allowing({ AWS: `arn:aws:iam::${security}:root` }, "sts:AssumeRole");
    const chained = await makeRole(world, shop, "chained", trust);
    const iam = new IAMClient(world.as(seedOf(world, shop)));
    await iam.send(new UpdateRoleCommand({ RoleName: "chained", MaxSessionDuration: 7200 }));
    const open = (DurationSeconds: number) =>
      new STSClient(world.as(session)).send(
        new AssumeRoleCommand({ RoleArn: chained, RoleSessionName: "fn", DurationSeconds }),
      );
    expect((await errorOf(open(3601))).message).to.equal(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  });
});

function credentialsOf(given?: {
  AccessKeyId: string | undefined;
  SecretAccessKey: string | undefined;
  SessionToken: string | undefined;
  Expiration: Date | undefined;
}) {
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
  return { credentials, end: given?.Expiration?.getTime() ?? 0 };
}
