import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { credentialsAlive } from "../../local/credential-probe";
import {
  seedAssumableRole,
  seedFederatedRole,
  seedServiceLinkedRole,
  seedServiceRole,
  seedSsoRole,
  seedUser,
  signIn,
} from "../../local/estate-identity";
import type { Credentials } from "../../local/gateway/callers";
import {
  allow,
  assume,
  data,
  errorOf,
  policy,
  region,
  seedOf,
  shop,
  startWorld,
  type World,
} from "./gateway-support";

const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

describe("Identities of the local organization", function () {
  this.timeout(60_000);
  let world: World;
  let iam: IAMClient;
  const site = { account: shop, region };
  const work = ["s3:ListAllMyBuckets", "ec2:DescribeInstances", "iam:*", "sts:*", "dynamodb:*"];

  const buckets = (as: Credentials) => new S3Client(world.as(as)).send(new ListBucketsCommand({}));
  const whoIs = (as: Credentials) =>
    new STSClient(world.as(as)).send(new GetCallerIdentityCommand({}));
  const codeOf = async (sending: Promise<unknown>) => (await errorOf(sending)).name;
  const onlyKey = ({ keys: [key] }: { keys: readonly Credentials[] }) => key as Credentials;
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
    world = await startWorld();
    iam = new IAMClient(world.as(seedOf(world, shop)));
  });
  after(() => world.stop());

  describe("a user's access key", () => {
    it("acts as the user, with its path, its id and its own policies only", async () => {
      const ann = await seedUser(world, site, {
        name: "ann",
        path: "/shop/",
        allow: ["s3:ListAllMyBuckets"],
      });
      expect(ann.arn).to.equal("arn:aws:iam::222233334444:user/shop/ann");
      expect(ann.id).to.match(/^AIDA[A-Z0-9]{17}$/);
      expect(await whoIs(onlyKey(ann))).to.include({
        Account: "222233334444",
        Arn: "arn:aws:iam::222233334444:user/shop/ann",
        UserId: ann.id,
      });
      await buckets(onlyKey(ann));
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
      expect(await codeOf(whoIs(stolen))).to.equal("InvalidClientTokenId");
      expect(await codeOf(buckets(stolen))).to.equal("InvalidAccessKeyId");
      await buckets(sibling);
      await setStatus("bob", stolen, "Active");
      await buckets(stolen);
      await iam.send(
        new DeleteAccessKeyCommand({ UserName: "bob", AccessKeyId: stolen.accessKeyId }),
      );
      expect(await codeOf(whoIs(stolen))).to.equal("InvalidClientTokenId");
      await buckets(sibling);
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
      await buckets(backdoor);
      expect((await whoIs(backdoor)).Arn).to.equal("arn:aws:iam::222233334444:user/backdoor");
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
      expect(await codeOf(buckets(onlyKey(gil)))).to.equal("AccessDenied");
      await iam.send(
        new PutGroupPolicyCommand({
          GroupName: "readers",
          PolicyName: "read",
          PolicyDocument: JSON.stringify(policy(allow("s3:ListAllMyBuckets", "*"))),
        }),
      );
      await iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "gil" }));
      await buckets(onlyKey(gil));
    });

    it("stops at the user's permissions boundary, which GetUser tells", async () => {
      const eve = await seedUser(world, site, { name: "eve", allow: work });
      const bound = { UserName: "eve", PermissionsBoundary: denyAll };
      await iam.send(new PutUserPermissionsBoundaryCommand(bound));
      expect(await codeOf(buckets(onlyKey(eve)))).to.equal("AccessDenied");
      const { User } = await iam.send(new GetUserCommand({ UserName: "eve" }));
      expect(User?.PermissionsBoundary).to.deep.equal({
        PermissionsBoundaryType: "Policy",
        PermissionsBoundaryArn: "arn:aws:iam::aws:policy/AWSDenyAll",
      });
      const release = () => iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: "eve" }));
      await release();
      await buckets(onlyKey(eve));
      const missing = { UserName: "eve", PermissionsBoundary: `arn:aws:iam::${shop}:policy/none` };
      expect(await codeOf(iam.send(new PutUserPermissionsBoundaryCommand(missing)))).to.equal(
        "NoSuchEntityException",
      );
    });

    it("is told from others by the address it is used from", async () => {
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
      expect(await codeOf(buckets(stolen))).to.equal("AccessDenied");
      await buckets(own);
    });
  });

  describe("a user's temporary credentials", () => {
    it("go on when the key is disabled, and end with the user's rights", async () => {
      const hal = await seedUser(world, site, { name: "hal", allow: work });
      const temporary = await sessionToken(onlyKey(hal));
      expect(temporary.accessKeyId).to.match(/^ASIA/);
      expect((await whoIs(temporary)).UserId).to.equal(hal.id);
      await setStatus("hal", onlyKey(hal), "Inactive");
      await buckets(temporary);
      await iam.send(new AttachUserPolicyCommand({ UserName: "hal", PolicyArn: denyAll }));
      expect(await codeOf(buckets(temporary))).to.equal("AccessDenied");
      await whoIs(temporary);
      await iam.send(new DetachUserPolicyCommand({ UserName: "hal", PolicyArn: denyAll }));
      await buckets(temporary);
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
      await buckets(await assume(world, temporary, role.arn));
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
      expect(await codeOf(whoIs(temporary))).to.equal("InvalidClientTokenId");
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
      await buckets(old);
      const cutOff = new Date(Date.now() + 30_000);
      await revoke("admin", cutOff);
      expect(await codeOf(buckets(old))).to.equal("AccessDenied");
      expect((await credentialsAlive(world, old)).alive).to.deep.equal([]);
      const early = await assume(world, onlyKey(kim), role.arn, { sessionName: "kim" });
      expect(await codeOf(buckets(early))).to.equal("AccessDenied");
      world.callers.clock = () => new Date(cutOff.getTime() + 1);
      const late = await assume(world, onlyKey(kim), role.arn, { sessionName: "kim" });
      world.callers.clock = () => new Date();
      await buckets(late);
      expect((await credentialsAlive(world, late)).alive).to.include("s3:ListAllMyBuckets");
      await iam.send(new DeleteRolePolicyCommand({ RoleName: "admin", PolicyName: "revoke" }));
      await buckets(old);
    });

    it("of people come only from the provider that the role trusts", async () => {
      const role = await seedFederatedRole(world, site, { name: "analyst", allow: work });
      const session = await signIn(world, role, "liv@example.com");
      expect((await whoIs(session)).Arn).to.equal(
        "arn:aws:sts::222233334444:assumed-role/analyst/liv@example.com",
      );
      await buckets(session);
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

    it("of one instance are told from the others of its role", async () => {
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
      await buckets(await world.callers.serviceSession("ecs-tasks", task.arn, taskId, "workload"));
      await buckets(await world.callers.serviceSession("lambda", fn.arn, "orders", "workload"));
      const wrong = world.callers.serviceSession("lambda", task.arn, "orders", "workload");
      expect((await errorOf(wrong)).message).to.contain("lambda.amazonaws.com cannot assume");
    });
  });

  describe("IAM", () => {
    it("attaches at most ten policies to a user, and none that is missing", async () => {
      await seedUser(world, site, { name: "many", keys: 0 });
      const attach = (PolicyArn: string) =>
        iam.send(new AttachUserPolicyCommand({ UserName: "many", PolicyArn }));
      expect(await codeOf(attach(`arn:aws:iam::${shop}:policy/none`))).to.equal(
        "NoSuchEntityException",
      );
      for (let index = 0; index < 10; index += 1) {
        const { Policy } = await iam.send(
          new CreatePolicyCommand({
            PolicyName: `many-${index}`,
            PolicyDocument: JSON.stringify(policy(allow("s3:ListAllMyBuckets", "*"))),
          }),
        );
        await attach(Policy?.Arn as string);
      }
      const eleventh = await errorOf(attach(denyAll));
      expect(eleventh.name).to.equal("LimitExceededException");
      expect(eleventh.message).to.equal("Cannot exceed quota for PoliciesPerUser: 10");
      // What is attached already may be attached again.
      await attach(`arn:aws:iam::${shop}:policy/many-0`);
    });

    it("takes 2,048 characters of a user's inline policies, and 10,240 of a role's", async () => {
      await seedUser(world, site, { name: "wide", keys: 0 });
      const role = await seedServiceRole(world, site, "lambda", { name: "wide" });
      // {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"","Resource":"*"}]} is 84.
      const sized = (characters: number) =>
        JSON.stringify(policy(allow(`s3:${"x".repeat(characters - 87)}`, "*")), null, 2);
      const put = (PolicyName: string, characters: number) =>
        iam.send(
          new PutUserPolicyCommand({
            UserName: "wide",
            PolicyName,
            PolicyDocument: sized(characters),
          }),
        );
      await put("first", 1_048);
      await put("second", 1_000);
      const error = await errorOf(put("third", 100));
      expect(error.name).to.equal("LimitExceededException");
      expect(error.message).to.equal("Maximum policy size of 2048 bytes exceeded for user wide");
      expect(await codeOf(put("second", 1_001))).to.equal("LimitExceededException");
      const putRole = (characters: number) =>
        iam.send(
          new PutRolePolicyCommand({
            RoleName: role.name,
            PolicyName: "all",
            PolicyDocument: sized(characters),
          }),
        );
      await putRole(10_240);
      expect((await errorOf(putRole(10_241))).message).to.equal(
        "Maximum policy size of 10240 bytes exceeded for role wide",
      );
    });

    it("gives a user two keys, and knows whose a key is", async () => {
      const lea = await seedUser(world, site, { name: "lea", keys: 2 });
      const max = await seedUser(world, site, { name: "max" });
      const third = iam.send(new CreateAccessKeyCommand({ UserName: "lea" }));
      expect(await codeOf(third)).to.equal("LimitExceededException");
      expect(await codeOf(setStatus("lea", onlyKey(max), "Inactive"))).to.equal(
        "NoSuchEntityException",
      );
      const wrong = setStatus("lea", lea.keys[0] as Credentials, "Expired" as "Inactive");
      expect(await codeOf(wrong)).to.equal("ValidationError");
      const list = iam.send(new ListAccessKeysCommand({ UserName: "nobody" }));
      expect(await codeOf(list)).to.equal("NoSuchEntityException");
    });

    it("tells the last use of an account's own keys only", async () => {
      const oda = await seedUser(world, site, { name: "oda", allow: work });
      const pia = await seedUser(world, { account: data, region }, { name: "pia" });
      const asked = (AccessKeyId: string) =>
        iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
      expect((await asked(onlyKey(oda).accessKeyId)).UserName).to.equal("oda");
      for (const key of [onlyKey(pia).accessKeyId, "AKIAIOSFODNN7EXAMPLE"]) {
        const error = await errorOf(asked(key));
        expect(error.name).to.equal("AccessDenied");
        expect(error.message).to.contain(`iam:GetAccessKeyLastUsed on resource: access key ${key}`);
      }
      const own = new IAMClient(world.as(onlyKey(oda)));
      const { accessKeyId: AccessKeyId } = onlyKey(oda);
      const answer = await own.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
      expect(answer.UserName).to.equal("oda");
    });

    it("takes the caller for the user that a call leaves out, but not of a role", async () => {
      const quin = await seedUser(world, site, { name: "quin", allow: work });
      const own = new IAMClient(world.as(onlyKey(quin)));
      const { AccessKeyMetadata } = await own.send(new ListAccessKeysCommand({}));
      expect(AccessKeyMetadata?.map(({ UserName }) => UserName)).to.deep.equal(["quin"]);
      const role = await seedServiceRole(world, site, "lambda", { name: "lister", allow: work });
      const session = await world.callers.serviceSession("lambda", role.arn, "run", "workload");
      const list = new IAMClient(world.as(session)).send(new ListAccessKeysCommand({}));
      expect(await codeOf(list)).to.equal("ValidationError");
    });

    it("changes no role that belongs to AWS", async () => {
      const linked = await seedServiceLinkedRole(world, site, "autoscaling");
      const sso = await seedSsoRole(world, site, "AdministratorAccess");
      expect(linked.arn).to.equal(
        "arn:aws:iam::222233334444:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
      );
      expect(sso.arn).to.match(
        /^arn:aws:iam::222233334444:role\/aws-reserved\/sso\.amazonaws\.com\/AWSReservedSSO_AdministratorAccess_[0-9a-f]{16}$/,
      );
      for (const { name: RoleName } of [linked, sso]) {
        const deny = JSON.stringify(policy({ Effect: "Deny", Action: "*", Resource: "*" }));
        const put = iam.send(
          new PutRolePolicyCommand({ RoleName, PolicyName: "deny", PolicyDocument: deny }),
        );
        const error = await errorOf(put);
        expect(error.name).to.equal("UnmodifiableEntityException");
        const trust = new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: deny });
        expect(await codeOf(iam.send(trust))).to.equal("UnmodifiableEntityException");
      }
      await whoIs(await signIn(world, sso, "rae@example.com"));
    });

    it("decides by the policy that is attached, the tags that are set, and the boundary", async () => {
      const role = await seedServiceRole(world, site, "lambda", { name: "responder" });
      const may = (...statements: object[]) =>
        iam.send(
          new PutRolePolicyCommand({
            RoleName: role.name,
            PolicyName: "may",
            PolicyDocument: JSON.stringify(policy(...statements)),
          }),
        );
      await may(
        allow("iam:AttachUserPolicy", "arn:aws:iam::222233334444:user/*", {
          ArnEquals: { "iam:PolicyARN": denyAll },
        }),
        allow("iam:TagUser", "arn:aws:iam::222233334444:user/*", {
          "ForAllValues:StringEquals": { "aws:TagKeys": ["SecurityStatus"] },
        }),
        allow("iam:PutUserPermissionsBoundary", "arn:aws:iam::222233334444:user/people/*", {
          StringEquals: { "iam:PermissionsBoundary": denyAll },
        }),
      );
      await seedUser(world, site, { name: "sam", path: "/people/", keys: 0 });
      const session = await world.callers.serviceSession("lambda", role.arn, "run", "workload");
      const as = new IAMClient(world.as(session));
      const UserName = "sam";
      await as.send(new AttachUserPolicyCommand({ UserName, PolicyArn: denyAll }));
      await as.send(
        new TagUserCommand({ UserName, Tags: [{ Key: "SecurityStatus", Value: "Contained" }] }),
      );
      await as.send(
        new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: denyAll }),
      );
      const refusals = [
        as.send(new AttachUserPolicyCommand({ UserName, PolicyArn: administrator })),
        as.send(new TagUserCommand({ UserName, Tags: [{ Key: "Owner", Value: "me" }] })),
        as.send(
          new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: administrator }),
        ),
      ];
      expect(await Promise.all(refusals.map(codeOf))).to.deep.equal([
        "AccessDenied",
        "AccessDenied",
        "AccessDenied",
      ]);
    });
  });

  it("reads a user's tags, as the target's and as the caller's", async () => {
    const tagged = async (name: string, Value: string, allowed: readonly string[] = []) => {
      const user = await seedUser(world, site, { name, allow: allowed });
      await iam.send(new TagUserCommand({ UserName: name, Tags: [{ Key: "team", Value }] }));
      return user;
    };
    const tia = await tagged("tia", "shop");
    await tagged("uma", "shop");
    await tagged("vic", "data");
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "tia",
        PolicyName: "team",
        PolicyDocument: JSON.stringify(
          policy(
            allow("iam:ListUserPolicies", "*", {
              StringEquals: { "aws:ResourceTag/team": "shop" },
            }),
            allow("s3:ListAllMyBuckets", "*", {
              StringEquals: { "aws:PrincipalTag/team": "shop" },
            }),
          ),
        ),
      }),
    );
    const own = new IAMClient(world.as(onlyKey(tia)));
    await own.send(new ListUserPoliciesCommand({ UserName: "uma" }));
    const other = own.send(new ListUserPoliciesCommand({ UserName: "vic" }));
    expect(await codeOf(other)).to.equal("AccessDenied");
    await buckets(onlyKey(tia));
    await iam.send(new UntagUserCommand({ UserName: "tia", TagKeys: ["team"] }));
    expect(await codeOf(buckets(onlyKey(tia)))).to.equal("AccessDenied");
  });

  it("answers a role everything that a responder may ask about a user and a role", async () => {
    const role = await seedServiceRole(world, site, "lambda", {
      name: "asker",
      allow: ["iam:*", "cloudtrail:LookupEvents", "support:*"],
    });
    const wes = await seedUser(world, site, { name: "wes", path: "/shop/" });
    const session = await world.callers.serviceSession("lambda", role.arn, "run", "cordon");
    const as = new IAMClient(world.as(session));
    const [UserName, RoleName, PolicyName] = ["wes", "asker", "Cordon-1"];
    const { accessKeyId: AccessKeyId } = onlyKey(wes);
    const deny = JSON.stringify(policy({ Effect: "Deny", Action: "*", Resource: "*" }));
    const Tags = [{ Key: "SecurityStatus", Value: "Contained" }];
    const TagKeys = ["SecurityStatus"];
    await as.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
    const { AccessKeyMetadata } = await as.send(new ListAccessKeysCommand({ UserName }));
    expect(AccessKeyMetadata?.map(({ Status }) => Status)).to.deep.equal(["Inactive"]);
    await as.send(new AttachUserPolicyCommand({ UserName, PolicyArn: denyAll }));
    const { AttachedPolicies } = await as.send(new ListAttachedUserPoliciesCommand({ UserName }));
    expect(AttachedPolicies).to.deep.equal([{ PolicyName: "AWSDenyAll", PolicyArn: denyAll }]);
    await as.send(new DetachUserPolicyCommand({ UserName, PolicyArn: denyAll }));
    await as.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: deny }));
    const inline = await as.send(new GetUserPolicyCommand({ UserName, PolicyName }));
    expect(JSON.parse(decodeURIComponent(inline.PolicyDocument ?? ""))).to.deep.equal({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
    });
    await as.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    await as.send(new TagUserCommand({ UserName, Tags }));
    expect((await as.send(new ListUserTagsCommand({ UserName }))).Tags).to.deep.equal(Tags);
    await as.send(new UntagUserCommand({ UserName, TagKeys }));
    await as.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: deny }));
    // The deny holds the responder itself, so its owner takes it away.
    expect(await codeOf(as.send(new GetUserCommand({ UserName })))).to.equal("AccessDenied");
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await as.send(new TagRoleCommand({ RoleName, Tags }));
    expect((await as.send(new ListRoleTagsCommand({ RoleName }))).Tags).to.deep.equal(Tags);
    await as.send(new UntagRoleCommand({ RoleName, TagKeys }));
    const { PolicyNames } = await as.send(new ListRolePoliciesCommand({ RoleName }));
    expect(PolicyNames).to.deep.equal(["work"]);
    expect((await as.send(new GetRoleCommand({ RoleName }))).Role?.Arn).to.equal(role.arn);
    const { SummaryMap } = await as.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap?.AccessKeysPerUserQuota).to.equal(2);
    const asked = new CloudTrailClient(world.as(session)).send(new LookupEventsCommand({}));
    expect((await asked).Events).not.to.have.length(0);
  });

  // In a group of its own, for a group's tests run before those of the groups within it.
  describe("the gateway", () => {
    it("has met no operation here that it does not know", () => {
      expect(world.record.entries).not.to.have.length(0);
      expect(world.record.unknown.map(({ action }) => action)).to.deep.equal([]);
    });
  });
});
