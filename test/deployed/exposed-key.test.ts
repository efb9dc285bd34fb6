import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Credentials } from "../../local/gateway/iam/caller";
import type { SeededUser } from "../../local/seeds/identities";
import { ownerOf } from "../../local/seeds/owner";
import { type Deployed, deployed } from "./deployed";
import {
  as,
  cut,
  exposedTo,
  lastOf,
  sectionsOf,
  seedVictim,
  shop,
  toTheEnd,
  untouched,
  userStateOf,
} from "./exposure";

describe("the exposed-key workflow, deployed [R4]", () => {
  let here: Deployed;
  before("deploy into the local organization", async () => {
    here = await deployed();
  });

  const victim = (name: string) => seedVictim(here.organization.gateway, name);
  const standing = (user: SeededUser) => userStateOf(here.organization.gateway, user);
  const exposed = (user: SeededUser) => exposedTo(here, user);

  it("ends Contained: the key is cut first, and the notice reports its activity and no other key's", async () => {
    const { gateway } = here.organization;
    const user = await victim("stolen");
    const bystander = await victim("bystander");
    const [stolen, own] = user.keys as [Credentials, Credentials];
    gateway.callers.sourceAddress(stolen.accessKeyId, "198.51.100.77");
    gateway.callers.sourceAddress(own.accessKeyId, "203.0.113.8");
    const spare = await plunder(gateway.url, stolen);
    for (const credentials of [own, bystander.keys[0] as Credentials]) {
      await new S3Client(as(gateway.url, credentials)).send(new ListBucketsCommand({}));
    }

    const { execution, calls, notices, changes } = await exposed(user);
    expect(execution.status).to.equal("SUCCEEDED");
    expect(execution.states).to.deep.equal([...toTheEnd, "Contained"]);
    expect(await standing(user)).to.deep.equal(cut);
    expect(await standing(bystander)).to.deep.equal(untouched);
    expect([...changes].sort()).to.deep.equal([
      "iam:AttachUserPolicy stolen",
      "iam:TagUser stolen",
      "iam:UpdateAccessKey stolen",
      "iam:UpdateAccessKey stolen",
    ]);
    const lookedUp = calls.findIndex(({ action }) => action === "cloudtrail:LookupEvents");
    const disabled = calls.findLastIndex(({ action }) => action === "iam:UpdateAccessKey");
    expect(lookedUp).to.be.greaterThan(disabled);

    const { accessKeyId } = stolen;
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Contained: user stolen (TrustedAdvisor:ExposedAccessKeys)",
      "[Cordon] Exposed key contained: activity report: stolen (222233334444)",
    ]);
    const { With: agents, ...told } = sectionsOf(lastOf(notices));
    expect(told).to.deep.include({
      "State of the key": [
        "The key is disabled and its user is denied everything. The previous notice has the details.",
      ],
      "What the key did": [
        "7 events between TIME and TIME, none of them failed.",
        "First TIME, last TIME",
      ],
      "What outlives it": [
        "user: iam:CreateUser svc-backup, us-east-1, TIME",
        `access key: iam:CreateAccessKey ${spare} svc-backup, us-east-1, TIME`,
        "role: iam:CreateRole ops-support, us-east-1, TIME",
      ],
      Calls: [
        "2 x ec2:DescribeInstances",
        "1 x iam:CreateAccessKey",
        "1 x iam:CreateRole",
        "1 x iam:CreateUser",
        "1 x s3:ListBuckets",
        "1 x sts:GetCallerIdentity",
      ],
      From: ["7 x 198.51.100.77"],
      Regions: ["6 x us-east-1", "1 x eu-west-1"],
    });
    expect(agents).to.have.length.greaterThan(0);
    expect(notices[1]?.text).to.include(`user stolen, access key ${accessKeyId}`);
    expect(notices[1]?.text).to.not.include("203.0.113.8");
    expect(notices[1]?.text).to.not.include(own.accessKeyId);
  });

  it("ends Contained although the key was deleted, or is inactive: its user is denied", async () => {
    const { iam } = ownerOf(here.organization.gateway, shop);
    for (const [name, keys] of [
      ["deleted-key", ["Inactive"]],
      ["inactive-key", ["Inactive", "Inactive"]],
    ] as const) {
      const user = await victim(name);
      const key = { UserName: user.name, AccessKeyId: user.keys[0]?.accessKeyId ?? "" };
      await (name === "deleted-key"
        ? iam.send(new DeleteAccessKeyCommand(key))
        : iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" })));
      const { execution } = await exposed(user);
      expect(execution.states).to.deep.equal([...toTheEnd, "Contained"]);
      expect(await standing(user)).to.deep.equal({ keys, attached: ["AWSDenyAll"] });
    }
  });

  it("ends KeyGone, with a notice and no change: there is no such user", async () => {
    const keys = [{ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "" }];
    const user = { ...shop, name: "nobody", arn: "", id: "", keys };
    await gone(user, "The user nobody does not exist");
  });

  async function gone(user: SeededUser, why: string): Promise<void> {
    const { execution, notices, changes, results } = await exposed(user);
    expect(execution.status).to.equal("SUCCEEDED");
    expect(execution.states).to.deep.equal([...toTheEnd, "KeyGone"]);
    expect(changes).to.deep.equal([]);
    expect(results.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ["target-missing", why],
    ]);
    const last = lastOf(notices);
    expect(last.subject).to.equal(
      `[Cordon] Exposed key already inactive: activity report: ${user.name} (222233334444)`,
    );
    expect(sectionsOf(last)["State of the key"]).to.deep.equal([`Nothing was changed: ${why}`]);
  }
});

/** Calls seven times, as a thief who looks around and makes ways back in; gives the id of the key. */
async function plunder(url: string, stolen: Credentials): Promise<string> {
  const iam = new IAMClient(as(url, stolen));
  await new STSClient(as(url, stolen)).send(new GetCallerIdentityCommand({}));
  await new S3Client(as(url, stolen)).send(new ListBucketsCommand({}));
  await iam.send(new CreateUserCommand({ UserName: "svc-backup" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "svc-backup" }));
  const trust = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
  await iam.send(
    new CreateRoleCommand({
      RoleName: "ops-support",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    }),
  );
  for (const region of ["us-east-1", "eu-west-1"]) {
    await new EC2Client(as(url, stolen, region)).send(new DescribeInstancesCommand({}));
  }
  return AccessKey?.AccessKeyId ?? "";
}
