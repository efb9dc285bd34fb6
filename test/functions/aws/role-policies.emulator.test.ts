import {
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  GetPolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { expect } from "chai";
import { rolePolicies } from "../../../functions/aws/role-policies";
import { errorOf, makeRole, seedOf, shop, trustEc2 } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

const document = {
  Version: "2012-10-17",
  Statement: [{ Sid: "CordonAll", Effect: "Deny", Action: "*", Resource: "*" }],
};
const later = { ...document, Statement: [{ ...document.Statement[0], Sid: "Later" }] };
const arnOf = (name: string) => `arn:aws:iam::${shop}:policy/cordon/${name}`;

describe("a role's policies by IAM's API", () => {
  const world = useWorld();
  let identity: ReturnType<typeof rolePolicies>;
  let client: IAMClient;

  beforeEach(() => {
    client = new IAMClient(world.as(seedOf(world, shop)));
    identity = rolePolicies(client);
  });

  it("say when an inline one has no room", async () => {
    await makeRole(world, shop, "full", trustEc2);
    const wide = (characters: number) => ({
      Version: "2012-10-17",
      Statement: [{ Sid: "S".repeat(characters), Effect: "Deny", Action: "*", Resource: "*" }],
    });
    expect(await identity.putRolePolicy("full", "own", wide(10_100))).to.equal("done");
    expect(await identity.putRolePolicy("full", "deny", document)).to.equal("quota");
    expect(await identity.rolePolicy("full", "deny")).to.equal(undefined);
  });

  it("are made, read, replaced, attached and taken away where they are managed", async () => {
    await makeRole(world, shop, "web", trustEc2);
    const arn = arnOf("one");
    expect(await identity.managedPolicy(arn)).to.equal(undefined);
    expect(await identity.attachRolePolicy("web", arn)).to.equal("missing");
    expect(await identity.createPolicy("/cordon/", "one", document)).to.equal("done");
    expect(await identity.createPolicy("/cordon/", "one", document)).to.equal("exists");
    expect(await identity.createPolicy("/", "ONE", document)).to.equal("exists");
    expect(await identity.managedPolicy(arn)).to.deep.equal(document);
    expect(await identity.attachedRolePolicies("web", "/cordon/")).to.deep.equal([]);
    expect(await identity.attachRolePolicy("web", arn)).to.equal("done");
    expect(await identity.attachRolePolicy("web", arn)).to.equal("done");
    expect(await identity.attachedRolePolicies("web", "/cordon/")).to.deep.equal([arn]);
    expect(await identity.attachedRolePolicies("web", "/other/")).to.deep.equal([]);
    expect(await identity.attachedRolePolicies("none", "/cordon/")).to.deep.equal([]);
    expect(await identity.replacePolicy(arn, later)).to.equal("done");
    expect(await identity.managedPolicy(arn)).to.deep.equal(later);
    for (let n = 3; n <= 5; n += 1) await identity.replacePolicy(arn, later);
    expect(await identity.replacePolicy(arn, later)).to.equal("quota");
    expect(await identity.deletePolicy(arn)).to.equal("in use");
    await identity.detachRolePolicy("web", arn);
    await identity.detachRolePolicy("web", arn);
    expect(await identity.deletePolicy(arn)).to.equal("done");
    expect(await identity.deletePolicy(arn)).to.equal("done");
    const gone = client.send(new GetPolicyCommand({ PolicyArn: arn }));
    expect((await errorOf(gone)).name).to.equal("NoSuchEntityException");
  });

  it("are read as their default version has them, not as the newest", async () => {
    const arn = arnOf("two");
    await identity.createPolicy("/cordon/", "two", document);
    await client.send(
      new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: JSON.stringify(later) }),
    );
    expect(await identity.managedPolicy(arn)).to.deep.equal(document);
  });

  it("say when a managed one has no room on the role, or is too long", async () => {
    await client.send(
      new CreateRoleCommand({
        RoleName: "many",
        Path: "/service/",
        AssumeRolePolicyDocument: JSON.stringify(trustEc2),
      }),
    );
    for (let n = 0; n <= 10; n += 1) {
      await identity.createPolicy("/cordon/", `team-${n}`, document);
      expect(await identity.attachRolePolicy("many", arnOf(`team-${n}`))).to.equal(
        n < 10 ? "done" : "quota",
      );
    }
    const { AttachedPolicies } = await client.send(
      new ListAttachedRolePoliciesCommand({ RoleName: "many" }),
    );
    expect(AttachedPolicies).to.have.lengthOf(10);
    const long = { ...document, Statement: [{ ...document.Statement[0], Sid: "S".repeat(6_144) }] };
    expect(await identity.createPolicy("/cordon/", "long", long)).to.equal("quota");
  });
});
