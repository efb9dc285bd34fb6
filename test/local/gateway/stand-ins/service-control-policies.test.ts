import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateServiceLinkedRoleCommand, IAMClient, TagUserCommand } from "@aws-sdk/client-iam";
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DetachPolicyCommand,
  ListPoliciesForTargetCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
} from "@aws-sdk/client-organizations";
import { expect } from "chai";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import {
  data,
  errorOf,
  makeRole,
  management,
  security,
  shop,
  trustEc2,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("service control policies of the local organization", () => {
  const world = useWorld();
  let organizations: OrganizationsClient;
  before(async () => {
    organizations = new OrganizationsClient(
      world.as(world.callers.trusted(management, "owner", "seed")),
    );
  });

  const denying = (action: string, condition: object = {}) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Sid: "No", Effect: "Deny", Action: action, Resource: "*", ...condition }],
    });
  const create = async (name: string, content: string) => {
    const { Policy } = await organizations.send(
      new CreatePolicyCommand({
        Name: name,
        Description: "",
        Content: content,
        Type: "SERVICE_CONTROL_POLICY",
      }),
    );
    return Policy?.PolicySummary?.Id as string;
  };
  const attach = (PolicyId: string, TargetId: string) =>
    organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }));
  const detach = (PolicyId: string, TargetId: string) =>
    organizations.send(new DetachPolicyCommand({ PolicyId, TargetId }));
  /** Credentials of a new role that may do everything in its account. */
  const administrator = async (name: string, account: string) =>
    session(await makeRole(world, account, name, trustEc2, everything));
  const session = (roleArn: string): Promise<Credentials> =>
    world.callers.serviceSession("ec2", roleArn, "i-0123456789abcdef0", "workload");
  const tagUser = (as: Credentials) =>
    errorOf(
      new IAMClient(world.as(as)).send(
        new TagUserCommand({ UserName: "nobody", Tags: [{ Key: "Team", Value: "shop" }] }),
      ),
    );

  it("bind an account through its root, its unit and itself, until they are detached", async () => {
    const admin = await administrator("bound", shop);
    const id = await create("no-user-tags", denying("iam:TagUser"));
    for (const target of ["r-cord", "ou-cord-workloads", shop]) {
      expect((await tagUser(admin)).name).to.equal("NoSuchEntityException");
      await attach(id, target);
      const refused = await tagUser(admin);
      expect(refused.name).to.equal("AccessDenied");
      expect(refused.message).to.contain("with an explicit deny in a service control policy");
      await detach(id, target);
    }
    expect((await tagUser(admin)).name).to.equal("NoSuchEntityException");
    await organizations.send(new DeletePolicyCommand({ PolicyId: id }));
  });

  it("bind neither other units and accounts nor the management account", async () => {
    const id = await create("elsewhere", denying("iam:TagUser"));
    await attach(id, "ou-cord-security");
    await attach(id, data);
    await attach(id, management);
    for (const [name, account, outcome] of [
      ["in-security", security, "AccessDenied"],
      ["in-data", data, "AccessDenied"],
      ["in-shop", shop, "NoSuchEntityException"],
      ["in-management", management, "NoSuchEntityException"],
    ] as const) {
      expect((await tagUser(await administrator(name, account))).name, name).to.equal(outcome);
    }
    for (const target of ["ou-cord-security", data, management]) await detach(id, target);
  });

  it("bind no service-linked role", async () => {
    const seed = new IAMClient(world.as(world.callers.trusted(shop, "owner", "seed")));
    const { Role } = await seed.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "autoscaling.amazonaws.com" }),
    );
    const roleArn = Role?.Arn as string;
    const ask = () =>
      world.authorize({
        principal: {
          accessKeyId: "ASIA",
          account: shop,
          arn: `arn:aws:sts::${shop}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling`,
          roleArn,
          context: {},
          origin: "workload",
        },
        action: "ec2:TerminateInstances",
        resource: `arn:aws:ec2:us-east-1:${shop}:instance/i-0123456789abcdef0`,
        resourceAccount: shop,
        region: "us-east-1",
      });
    const before = await ask();
    const id = await create("no-ends", denying("ec2:TerminateInstances"));
    await attach(id, shop);
    expect((await ask()).why).to.equal(before.why);
    expect(before.why).to.not.contain("service control policy");
    await detach(id, shop);
  });

  it("must let an action through on every level of the way", async () => {
    const admin = await administrator("narrowed", shop);
    const only = await create(
      "only-ec2",
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "ec2:*", Resource: "*" }],
      }),
    );
    await attach(only, shop);
    expect((await tagUser(admin)).name).to.equal("NoSuchEntityException");
    await detach("p-FullAWSAccess", shop);
    const refused = await tagUser(admin);
    expect(refused.message).to.contain(
      "because no service control policy allows the iam:TagUser action",
    );
    await attach("p-FullAWSAccess", shop);
    await detach(only, shop);
  });

  it("know the tags of a call and of what it is about", async () => {
    const admin = await administrator("tagger", shop);
    const ec2 = new EC2Client(world.as(admin));
    const id = await create(
      "no-status",
      denying("ec2:CreateTags", {
        Condition: { "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": ["SecurityStatus"] } },
      }),
    );
    await attach(id, shop);
    const tag = (Key: string) =>
      errorOf(
        ec2.send(
          new CreateTagsCommand({
            Resources: ["sg-0123456789abcdef0"],
            Tags: [{ Key, Value: "Restored" }],
          }),
        ),
      );
    expect((await tag("securitystatus")).name).to.equal("UnauthorizedOperation");
    expect((await tag("Name")).name).to.equal("InvalidGroup.NotFound");
    await detach(id, shop);
  });

  it("are not cached beyond a change: it is in effect at the next call", async () => {
    const admin = await administrator("asker", shop);
    const id = await create("changing", denying("iam:TagRole"));
    await attach(id, shop);
    expect((await tagUser(admin)).name).to.equal("NoSuchEntityException");
    await organizations.send(
      new UpdatePolicyCommand({ PolicyId: id, Content: denying("iam:TagUser") }),
    );
    expect((await tagUser(admin)).name).to.equal("AccessDenied");
    await detach(id, shop);
  });

  it("are for the management account alone to see and change", async () => {
    const member = new OrganizationsClient(
      world.as(world.callers.trusted(security, "owner", "seed")),
    );
    const refused = await errorOf(
      member.send(
        new ListPoliciesForTargetCommand({ TargetId: "r-cord", Filter: "SERVICE_CONTROL_POLICY" }),
      ),
    );
    expect(refused.name).to.equal("AccessDeniedException");
  });

  it("have AWS's limits: 5,120 characters, five on a place, one at least", async () => {
    const long = denying("iam:TagUser", { Condition: { Null: { "aws:x": "x".repeat(5_000) } } });
    expect(long.length).to.be.greaterThan(5_120);
    expect((await errorOf(create("long", long))).name).to.equal("ConstraintViolationException");
    const ids: string[] = [];
    for (const name of ["1", "2", "3", "4"]) ids.push(await create(name, denying("a4b:GetDevice")));
    for (const id of ids) await attach(id, data);
    const fifth = await create("5", denying("a4b:GetDevice"));
    expect((await errorOf(attach(fifth, data))).message).to.contain(
      "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    );
    for (const id of ids) await detach(id, data);
    expect((await errorOf(detach("p-FullAWSAccess", data))).message).to.contain(
      "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    );
  });

  it("answer mistakes with AWS's errors", async () => {
    const id = await create("errors", denying("iam:TagUser"));
    const name = async (call: Promise<unknown>) => (await errorOf(call)).name;
    expect(await name(create("errors", denying("iam:TagUser")))).to.equal(
      "DuplicatePolicyException",
    );
    expect(await name(create("broken", "{"))).to.equal("MalformedPolicyDocumentException");
    expect(
      await name(
        create(
          "somebody",
          JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }],
          }),
        ),
      ),
    ).to.equal("MalformedPolicyDocumentException");
    expect(await name(attach(id, "ou-cord-nowhere00"))).to.equal("TargetNotFoundException");
    expect(await name(attach("p-0000000000", "r-cord"))).to.equal("PolicyNotFoundException");
    expect(await name(detach(id, "r-cord"))).to.equal("PolicyNotAttachedException");
    await attach(id, "r-cord");
    expect(await name(attach(id, "r-cord"))).to.equal("DuplicatePolicyAttachmentException");
    expect(await name(organizations.send(new DeletePolicyCommand({ PolicyId: id })))).to.equal(
      "PolicyInUseException",
    );
    const { Targets } = await organizations.send(new ListTargetsForPolicyCommand({ PolicyId: id }));
    expect(Targets).to.deep.equal([{ TargetId: "r-cord" }]);
    await detach(id, "r-cord");
  });
});

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
