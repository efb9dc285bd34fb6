import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  DeleteRolePolicyCommand,
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
  ListUserTagsCommand,
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
import { expect } from "chai";
import type { Credentials } from "../../../local/gateway/iam/caller";
import {
  seedServiceLinkedRole,
  seedServiceRole,
  seedSsoRole,
  seedUser,
  signIn,
} from "../../../local/seeds/identities";
import { allow, data, errorOf, policy, region, seedOf, shop } from "../../support/local/gateway";
import {
  administrator,
  buckets,
  codeOf,
  denyAll,
  onlyKey,
  whoIs,
  work,
} from "../../support/local/identity";
import { useWorld } from "../../support/world";

describe("IAM of the local organization", () => {
  const world = useWorld();
  let iam: IAMClient;
  const site = { account: shop, region };

  const setStatus = (name: string, key: Credentials, Status: "Active" | "Inactive") =>
    iam.send(new UpdateAccessKeyCommand({ UserName: name, AccessKeyId: key.accessKeyId, Status }));

  before(async () => {
    iam = new IAMClient(world.as(seedOf(world, shop)));
  });

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
    const wrong = setStatus("lea", lea.keys[0] as Credentials, "Off" as "Inactive");
    expect(await codeOf(wrong)).to.equal("ValidationError");
    const list = iam.send(new ListAccessKeysCommand({ UserName: "nobody" }));
    expect(await codeOf(list)).to.equal("NoSuchEntityException");
  });

  it("answers the last use of an account's own keys only", async () => {
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
    await whoIs(world, await signIn(world, sso, "rae@example.com"));
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
    await buckets(world, onlyKey(tia));
    await iam.send(new UntagUserCommand({ UserName: "tia", TagKeys: ["team"] }));
    expect(await codeOf(buckets(world, onlyKey(tia)))).to.equal("AccessDenied");
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
