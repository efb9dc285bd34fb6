import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { credentialsAlive } from "../../../../local/drill/credential-probe";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import {
  seedAssumableRole,
  seedFederatedRole,
  seedServiceRole,
  seedUser,
  signIn,
} from "../../../../local/seeds/identities";
import {
  allow,
  assume,
  errorOf,
  policy,
  region,
  seedOf,
  shop,
} from "../../../support/local/gateway";
import {
  administrator,
  buckets,
  codeOf,
  denyAll,
  onlyKey,
  whoIs,
  work,
} from "../../../support/local/identity";
import { useWorld } from "../../../support/world";

describe("Identities of the local organization", () => {
  const world = useWorld();
  let iam: IAMClient;
  const site = { account: shop, region };

  const sessionToken = async (as: Credentials): Promise<Credentials> => {
    const { Credentials: given } = await new STSClient(world.as(as)).send(
      new GetSessionTokenCommand({}),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
  };
  const setStatus = (name: string, key: Credentials, Status: "Active" | "Inactive") =>
    iam.send(new UpdateAccessKeyCommand({ UserName: name, AccessKeyId: key.accessKeyId, Status }));

  before(async () => {
    iam = new IAMClient(world.as(seedOf(world, shop)));
  });

  describe("a user's access key", () => {
    it("acts as the user, with its path, its id and its own policies only", async () => {
      const ann = await seedUser(world, site, {
        name: "ann",
        path: "/shop/",
        allow: ["s3:ListAllMyBuckets"],
      });
      expect(ann.arn).to.equal("arn:aws:iam::222233334444:user/shop/ann");
      expect(ann.id).to.match(/^AIDA[A-Z0-9]{17}$/);
      expect(await whoIs(world, onlyKey(ann))).to.include({
        Account: "222233334444",
        Arn: "arn:aws:iam::222233334444:user/shop/ann",
        UserId: ann.id,
      });
      await buckets(world, onlyKey(ann));
      const users = new IAMClient(world.as(onlyKey(ann))).send(new ListUsersCommand({}));
      const refused = await errorOf(users);
      expect(refused.name).to.equal("AccessDenied");
      expect(refused.message).to.contain(
        "arn:aws:iam::222233334444:user/shop/ann is not authorized to perform: iam:ListUsers",
      );
    });

    it("is unknown while inactive, and again once it is deleted; its sibling is not", async () => {
      const bob = await seedUser(world, site, { name: "bob", keys: 2, allow: work });
      const [stolen, sibling] = bob.keys as [Credentials, Credentials];
      await setStatus("bob", stolen, "Inactive");
      expect(await codeOf(whoIs(world, stolen))).to.equal("InvalidClientTokenId");
      expect(await codeOf(buckets(world, stolen))).to.equal("InvalidAccessKeyId");
      await buckets(world, sibling);
      await setStatus("bob", stolen, "Active");
      await buckets(world, stolen);
      await iam.send(
        new DeleteAccessKeyCommand({ UserName: "bob", AccessKeyId: stolen.accessKeyId }),
      );
      expect(await codeOf(whoIs(world, stolen))).to.equal("InvalidClientTokenId");
      await buckets(world, sibling);
    });

    it("that its thief makes for another user acts as that one", async () => {
      const thief = await seedUser(world, site, { name: "thief", allow: ["iam:*"] });
      const stolen = new IAMClient(world.as(onlyKey(thief)));
      await stolen.send(new CreateUserCommand({ UserName: "backdoor" }));
      await stolen.send(
        new AttachUserPolicyCommand({ UserName: "backdoor", PolicyArn: administrator }),
      );
      const { AccessKey: made } = await stolen.send(
        new CreateAccessKeyCommand({ UserName: "backdoor" }),
      );
      const backdoor = {
        accessKeyId: made?.AccessKeyId ?? "",
        secretAccessKey: made?.SecretAccessKey ?? "",
      };
      await buckets(world, backdoor);
      expect((await whoIs(world, backdoor)).Arn).to.equal(
        "arn:aws:iam::222233334444:user/backdoor",
      );
    });

    it("is held by AWSDenyAll for everything but asking who it is", async () => {
      const dan = await seedUser(world, site, { name: "dan", attach: [administrator] });
      const before = await credentialsAlive(world, onlyKey(dan));
      expect(before.dead).to.deep.equal([]);
      expect(before.alive).to.include.members(["s3:ListAllMyBuckets", "iam:ListUsers"]);
      expect(before.alive.length).to.be.greaterThan(70);
      await iam.send(new AttachUserPolicyCommand({ UserName: "dan", PolicyArn: denyAll }));
      const after = await credentialsAlive(world, onlyKey(dan));
      expect(after.alive).to.deep.equal([]);
      expect(after.dead).to.have.members([...before.alive]);
      expect(after.calls).to.deep.equal({
        "sts:GetCallerIdentity": "ok",
        "s3:ListAllMyBuckets": "AccessDenied",
        "ec2:DescribeInstances": "UnauthorizedOperation",
        "iam:ListUsers": "AccessDenied",
      });
      await setStatus("dan", onlyKey(dan), "Inactive");
      const disabled = await credentialsAlive(world, onlyKey(dan));
      expect(disabled.accepted).to.equal(false);
      expect(disabled.alive).to.deep.equal([]);
      expect(disabled.calls).to.deep.equal({
        "sts:GetCallerIdentity": "InvalidClientTokenId",
        "s3:ListAllMyBuckets": "InvalidAccessKeyId",
        "ec2:DescribeInstances": "AuthFailure",
        "iam:ListUsers": "InvalidClientTokenId",
      });
    });

    it("has the rights of the user's groups", async () => {
      const gil = await seedUser(world, site, { name: "gil" });
      await iam.send(new CreateGroupCommand({ GroupName: "readers" }));
      expect(await codeOf(buckets(world, onlyKey(gil)))).to.equal("AccessDenied");
      await iam.send(
        new PutGroupPolicyCommand({
          GroupName: "readers",
          PolicyName: "read",
          PolicyDocument: JSON.stringify(policy(allow("s3:ListAllMyBuckets", "*"))),
        }),
      );
      await iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "gil" }));
      await buckets(world, onlyKey(gil));
    });

    it("stops at the user's permissions boundary, which GetUser returns", async () => {
      const eve = await seedUser(world, site, { name: "eve", allow: work });
      const bound = { UserName: "eve", PermissionsBoundary: denyAll };
      await iam.send(new PutUserPermissionsBoundaryCommand(bound));
      expect(await codeOf(buckets(world, onlyKey(eve)))).to.equal("AccessDenied");
      const { User } = await iam.send(new GetUserCommand({ UserName: "eve" }));
      expect(User?.PermissionsBoundary).to.deep.equal({
        PermissionsBoundaryType: "Policy",
        PermissionsBoundaryArn: "arn:aws:iam::aws:policy/AWSDenyAll",
      });
      const release = () => iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: "eve" }));
      await release();
      await buckets(world, onlyKey(eve));
      const missing = { UserName: "eve", PermissionsBoundary: `arn:aws:iam::${shop}:policy/none` };
      expect(await codeOf(iam.send(new PutUserPermissionsBoundaryCommand(missing)))).to.equal(
        "NoSuchEntityException",
      );
    });

    it("is distinguished from others by the address it is used from", async () => {
      const fay = await seedUser(world, site, { name: "fay", keys: 2, allow: work });
      const [stolen, own] = fay.keys as [Credentials, Credentials];
      const outside = {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { IpAddress: { "aws:SourceIp": "198.51.100.0/24" } },
      };
      await iam.send(
        new PutUserPolicyCommand({
          UserName: "fay",
          PolicyName: "outside",
          PolicyDocument: JSON.stringify(policy(outside)),
        }),
      );
      world.callers.sourceAddress(stolen.accessKeyId, "198.51.100.23");
      expect(await codeOf(buckets(world, stolen))).to.equal("AccessDenied");
      await buckets(world, own);
    });
  });

  describe("a user's temporary credentials", () => {
    it("go on when the key is disabled, and end with the user's rights", async () => {
      const hal = await seedUser(world, site, { name: "hal", allow: work });
      const temporary = await sessionToken(onlyKey(hal));
      expect(temporary.accessKeyId).to.match(/^ASIA/);
      expect((await whoIs(world, temporary)).UserId).to.equal(hal.id);
      await setStatus("hal", onlyKey(hal), "Inactive");
      await buckets(world, temporary);
      await iam.send(new AttachUserPolicyCommand({ UserName: "hal", PolicyArn: denyAll }));
      expect(await codeOf(buckets(world, temporary))).to.equal("AccessDenied");
      await whoIs(world, temporary);
      await iam.send(new DetachUserPolicyCommand({ UserName: "hal", PolicyArn: denyAll }));
      await buckets(world, temporary);
    });

    it("reach neither IAM nor more of STS than AssumeRole and the caller's identity", async () => {
      const ida = await seedUser(world, site, { name: "ida", allow: work });
      const temporary = await sessionToken(onlyKey(ida));
      const users = new IAMClient(world.as(temporary)).send(new ListUsersCommand({}));
      expect(await codeOf(users)).to.equal("InvalidClientTokenId");
      const again = await errorOf(sessionToken(temporary));
      expect(again.name).to.equal("AccessDenied");
      expect(again.message).to.equal("Cannot call GetSessionToken with session credentials");
      const role = await seedAssumableRole(world, site, ida.arn, {
        name: "for-ida",
        allow: ["s3:ListAllMyBuckets"],
      });
      await buckets(world, await assume(world, temporary, role.arn));
      expect((await credentialsAlive(world, temporary)).dead).to.include("iam:ListUsers");
    });

    it("end with the user, also where a new one takes its name", async () => {
      const jon = await seedUser(world, site, { name: "jon", keys: 1 });
      const temporary = await sessionToken(onlyKey(jon));
      const { accessKeyId: AccessKeyId } = onlyKey(jon);
      const remove = () => iam.send(new DeleteUserCommand({ UserName: "jon" }));
      expect(await codeOf(remove())).to.equal("DeleteConflictException");
      await iam.send(new DeleteAccessKeyCommand({ UserName: "jon", AccessKeyId }));
      await remove();
      await seedUser(world, site, { name: "jon", attach: [administrator] });
      expect(await codeOf(whoIs(world, temporary))).to.equal("InvalidClientTokenId");
    });
  });

  describe("role sessions", () => {
    const revoke = (name: string, before: Date) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: name,
          PolicyName: "revoke",
          PolicyDocument: JSON.stringify(
            policy({
              Effect: "Deny",
              Action: "*",
              Resource: "*",
              Condition: { DateLessThan: { "aws:TokenIssueTime": before.toISOString() } },
            }),
          ),
        }),
      );

    it("issued before a cut-off are dead, later ones of the same role are not", async () => {
      const kim = await seedUser(world, site, { name: "kim", allow: ["sts:AssumeRole"] });
      const role = await seedAssumableRole(world, site, kim.arn, { name: "admin", allow: work });
      const old = await assume(world, onlyKey(kim), role.arn, { sessionName: "kim" });
      await buckets(world, old);
      const cutOff = new Date(Date.now() + 30_000);
      await revoke("admin", cutOff);
      expect(await codeOf(buckets(world, old))).to.equal("AccessDenied");
      expect((await credentialsAlive(world, old)).alive).to.deep.equal([]);
      const early = await assume(world, onlyKey(kim), role.arn, { sessionName: "kim" });
      expect(await codeOf(buckets(world, early))).to.equal("AccessDenied");
      world.callers.clock = () => new Date(cutOff.getTime() + 1);
      const late = await assume(world, onlyKey(kim), role.arn, { sessionName: "kim" });
      world.callers.clock = () => new Date();
      await buckets(world, late);
      expect((await credentialsAlive(world, late)).alive).to.include("s3:ListAllMyBuckets");
      await iam.send(new DeleteRolePolicyCommand({ RoleName: "admin", PolicyName: "revoke" }));
      await buckets(world, old);
    });

    it("of users come only from the provider that the role trusts", async () => {
      const role = await seedFederatedRole(world, site, { name: "analyst", allow: work });
      const session = await signIn(world, role, "liv@example.com");
      expect((await whoIs(world, session)).Arn).to.equal(
        "arn:aws:sts::222233334444:assumed-role/analyst/liv@example.com",
      );
      await buckets(world, session);
      const provider = `arn:aws:iam::${shop}:saml-provider/workforce`;
      const open = (changes: object) =>
        world.callers.federatedSession({
          roleArn: role.arn,
          provider,
          sessionName: "mallory",
          claims: { "SAML:aud": "https://signin.aws.amazon.com/saml" },
          ...changes,
        });
      await open({});
      const stranger = `arn:aws:iam::${shop}:saml-provider/elsewhere`;
      expect(await errorOf(open({ provider: stranger }))).to.include({ code: "AccessDenied" });
      expect(await errorOf(open({ claims: {} }))).to.include({ code: "AccessDenied" });
      const web = { action: "sts:AssumeRoleWithWebIdentity" };
      expect(await errorOf(open(web))).to.include({ code: "AccessDenied" });
    });

    it("of one instance are distinguished from the others of its role", async () => {
      const role = await seedServiceRole(world, site, "ec2", { name: "fleet", allow: work });
      const open = (id: string) =>
        world.callers.serviceSession("ec2", role.arn, id, "workload", {
          "ec2:SourceInstanceARN": `arn:aws:ec2:us-east-1:222233334444:instance/${id}`,
        });
      const bad = await open("i-0123456789abcdef0");
      const good = await open("i-0fedcba9876543210");
      const target = "arn:aws:ec2:us-east-1:222233334444:instance/i-0123456789abcdef0";
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: "fleet",
          PolicyName: "instance",
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
      const before = ["s3:ListAllMyBuckets", "ec2:DescribeInstances", "iam:ListUsers"];
      expect((await credentialsAlive(world, good)).alive).to.include.members(before);
      expect((await credentialsAlive(world, bad)).alive).to.deep.equal([]);
      const misnamed = world.callers.serviceSession("ec2", role.arn, "fleet", "workload");
      expect((await errorOf(misnamed)).message).to.contain(
        "EC2 names a session after its instance",
      );
    });

    it("of tasks and functions have names of their own", async () => {
      const task = await seedServiceRole(world, site, "ecs-tasks", { name: "task", allow: work });
      const fn = await seedServiceRole(world, site, "lambda", { name: "fn", allow: work });
      const taskId = "0123456789abcdef0123456789abcdef";
      await buckets(
        world,
        await world.callers.serviceSession("ecs-tasks", task.arn, taskId, "workload"),
      );
      await buckets(
        world,
        await world.callers.serviceSession("lambda", fn.arn, "orders", "workload"),
      );
      const misnamed = world.callers.serviceSession("ecs-tasks", task.arn, "orders", "workload");
      expect((await errorOf(misnamed)).message).to.contain("ECS names a session after its task");
      const wrong = world.callers.serviceSession("lambda", task.arn, "orders", "workload");
      expect((await errorOf(wrong)).message).to.contain("lambda.amazonaws.com cannot assume");
    });
  });

  describe("the credentials of two tasks of one role", () => {
    it("are denied by the task's id, also those it gets later, and the sibling's work", async () => {
      const role = await seedServiceRole(world, site, "ecs-tasks", { name: "pair", allow: work });
      const issued = (task: string) =>
        world.callers.serviceSession("ecs-tasks", role.arn, task, "workload");
      const stolen = await issued("0123456789abcdef0123456789abcdef");
      const sibling = await issued("fedcba9876543210fedcba9876543210");
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: "pair",
          PolicyName: "session",
          PolicyDocument: JSON.stringify(
            policy({
              Effect: "Deny",
              Action: "*",
              Resource: "*",
              Condition: {
                StringEquals: { "aws:userid": `${role.id}:0123456789abcdef0123456789abcdef` },
              },
            }),
          ),
        }),
      );
      const later = await issued("0123456789abcdef0123456789abcdef");
      for (const credentials of [stolen, later]) {
        expect((await credentialsAlive(world, credentials)).alive).to.deep.equal([]);
      }
      expect((await credentialsAlive(world, sibling)).alive).to.include("s3:ListAllMyBuckets");
    });
  });

  // In a group of its own, for a group's tests run before those of the groups within it.
  describe("the gateway", () => {
    it("has met no operation here that it does not know", () => {
      expect(world.record.entries).not.to.have.length(0);
      expect(world.record.unknown.map(({ action }) => action)).to.deep.equal([]);
    });
  });
});
