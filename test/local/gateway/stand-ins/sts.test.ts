import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import {
  allow,
  allowing,
  assume,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
  trustEc2,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The gateway, on sessions of roles", () => {
  const world = useWorld();

  const ec2Arn = (type: string, id: string) => `arn:aws:ec2:${region}:${shop}:${type}/${id}`;

  describe("trust policies", () => {
    const root = { AWS: `arn:aws:iam::${security}:root` };
    let trusted: Credentials;
    let other: Credentials;
    let target: string;

    before(async () => {
      const may = policy(allow("sts:AssumeRole", `arn:aws:iam::*:role/cordon-contain`));
      const named = await makeRole(world, security, "responder", trustLambda, may);
      const unnamed = await makeRole(world, security, "other", trustLambda, may);
      trusted = await world.callers.serviceSession("lambda", named, "f", "cordon");
      other = await world.callers.serviceSession("lambda", unnamed, "f", "cordon");
      target = await makeRole(
        world,
        shop,
        "cordon-contain",
        allowing(root, "sts:AssumeRole", {
          StringEquals: { "aws:PrincipalOrgID": "o-cordonlocal", "sts:ExternalId": "secret" },
          ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${security}:role/responder` },
          StringLike: { "sts:RoleSessionName": "cordon-*" },
        }),
        policy(allow("s3:ListAllMyBuckets", "*")),
      );
    });

    it("admit the caller they describe, as a session of the role's account", async () => {
      const given = await assume(world, trusted, target, { externalId: "secret" });
      const sts = new STSClient(world.as(given));
      expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).to.equal(
        "arn:aws:sts::222233334444:assumed-role/cordon-contain/cordon-test",
      );
      expect(world.callers.find(given.accessKeyId)).to.include({ origin: "cordon", account: shop });
    });

    it("refuse a wrong external id", async () => {
      const error = await errorOf(assume(world, trusted, target, { externalId: "guess" }));
      expect(error.name).to.equal("AccessDenied");
    });

    it("refuse a missing external id", async () => {
      expect((await errorOf(assume(world, trusted, target))).name).to.equal("AccessDenied");
    });

    it("refuse another role of the same account", async () => {
      const error = await errorOf(assume(world, other, target, { externalId: "secret" }));
      expect(error.name).to.equal("AccessDenied");
    });

    it("refuse a session name outside the pattern", async () => {
      const error = await errorOf(
        assume(world, trusted, target, { externalId: "secret", sessionName: "someone" }),
      );
      expect(error.name).to.equal("AccessDenied");
    });

    it("refuse a caller whose own policies do not allow it", async () => {
      const mute = await makeRole(world, security, "mute", trustLambda);
      const open = await makeRole(world, shop, "open", allowing(root, "sts:AssumeRole"));
      const caller = await world.callers.serviceSession("lambda", mute, "f", "cordon");
      const error = await errorOf(assume(world, caller, open));
      expect(error.message).to.contain("because no identity-based policy allows");
    });

    it("bind the deployer too", async () => {
      const deployer = world.callers.trusted("111122223333", "deployer", "deployer");
      const error = await errorOf(assume(world, deployer, target, { externalId: "secret" }));
      expect(error.name).to.equal("AccessDenied");
      const reachable = await makeRole(
        world,
        shop,
        "cordon-deploy",
        allowing({ AWS: "arn:aws:iam::111122223333:root" }, "sts:AssumeRole"),
        policy(allow("*", "*")),
      );
      const given = await assume(world, deployer, reachable);
      expect(world.callers.find(given.accessKeyId)).to.include({
        origin: "deployer",
        account: shop,
      });
    });

    it("are of no use for a role that does not exist", async () => {
      const error = await errorOf(
        assume(world, trusted, `arn:aws:iam::${shop}:role/cordon-contain-2`),
      );
      expect(error.name).to.equal("AccessDenied");
    });

    it("come after a session policy that is too long", async () => {
      const error = await errorOf(
        assume(world, trusted, target, {
          externalId: "secret",
          policy: policy(allow("s3:*", `arn:aws:s3:::${"b".repeat(2048)}`)),
        }),
      );
      expect(error.name).to.match(/^PackedPolicyTooLarge/);
    });
  });

  describe("an explicit deny by ec2:SourceInstanceARN", () => {
    it("hits one of two sessions of the same role, over several services", async () => {
      const target = ec2Arn("instance", "i-0123456789abcdef0");
      const sibling = ec2Arn("instance", "i-0fedcba9876543210");
      const roleArn = await makeRole(
        world,
        shop,
        "workload",
        trustEc2,
        policy(
          allow(["s3:ListAllMyBuckets", "ec2:DescribeInstances", "dynamodb:GetItem", "sqs:*"], "*"),
        ),
      );
      const open = (arn: string, id: string) =>
        world.callers.serviceSession("ec2", roleArn, id, "workload", {
          "ec2:SourceInstanceARN": arn,
        });
      const bad = await open(target, "i-0123456789abcdef0");
      const good = await open(sibling, "i-0fedcba9876543210");
      const iam = new IAMClient(world.as(seedOf(world, shop)));
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: "workload",
          PolicyName: "cordon-deny",
          PolicyDocument: JSON.stringify(
            policy({
              Effect: "Deny",
              Action: "*",
              Resource: "*",
              Condition: { ArnEquals: { "ec2:SourceInstanceARN": target } },
            }),
          ),
        }),
      );
      const item = { TableName: "orders", Key: { id: { S: "1" } } };
      const denials = await Promise.all([
        errorOf(new S3Client(world.as(bad)).send(new ListBucketsCommand({}))),
        errorOf(new EC2Client(world.as(bad)).send(new DescribeInstancesCommand({}))),
        errorOf(new DynamoDBClient(world.as(bad)).send(new GetItemCommand(item))),
      ]);
      expect(denials.map((error) => error.name)).to.deep.equal([
        "AccessDenied",
        "UnauthorizedOperation",
        "AccessDeniedException",
      ]);
      expect(denials.map((error) => /explicit deny/.test(error.message))).to.deep.equal([
        true,
        true,
        true,
      ]);
      await new S3Client(world.as(good)).send(new ListBucketsCommand({}));
      await new EC2Client(world.as(good)).send(new DescribeInstancesCommand({}));
      const table = await errorOf(
        new DynamoDBClient(world.as(good)).send(new GetItemCommand(item)),
      );
      expect(table.name).to.equal("ResourceNotFoundException");

      await iam.send(
        new DeleteRolePolicyCommand({ RoleName: "workload", PolicyName: "cordon-deny" }),
      );
      await new S3Client(world.as(bad)).send(new ListBucketsCommand({}));
    });
  });
});
