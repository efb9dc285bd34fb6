import {
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  DetachUserPolicyCommand,
  IAMClient,
  TagUserCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { readInstance } from "../../local/drill/instance-state";
import { release } from "../../local/drill/scenarios";
import { clientConfig } from "../../local/gateway/client";
import { accessKeyFinding } from "../../local/samples/credentials";
import { instanceFinding } from "../../local/samples/guardduty";
import { type SeededUser, seedFederatedRole, seedUser, signIn } from "../../local/seeds/identities";
import { type SeededInstance, seedInstance, seedVpc, type Vpc } from "../../local/seeds/networks";
import { type Deployed, deployed } from "./deployed";
import { shop } from "./exposure";

describe("an administrator of a member account, under the deployed service control policies [P9]", () => {
  let here: Deployed;
  let vpc: Vpc;
  let instance: SeededInstance;
  let user: SeededUser;
  let ec2: EC2Client;
  let iam: IAMClient;
  let sts: STSClient;
  let contained: { instance: string; user: string };

  before("contain an instance and a user, and sign an administrator in", async () => {
    here = await deployed();
    const { organization, session } = here;
    const { gateway } = organization;
    vpc = await seedVpc(gateway, shop, { groups: ["web"] });
    instance = await seedInstance(gateway, vpc, { interfaces: [["web"]], volumes: 1 });
    user = await seedUser(gateway, shop, { name: "mallory", allow: ["s3:*"] });
    const role = await seedFederatedRole(gateway, shop, { name: "Admin", allow: ["*"] });
    const credentials = await signIn(gateway, role, "ann@example.com");
    const client = clientConfig(gateway, credentials, shop.region);
    ec2 = new EC2Client(client);
    iam = new IAMClient(client);
    sts = new STSClient(client);
    // What containment will forbid is the administrator's own business before.
    await setGroups(vpc.groups.web!);
    const ofInstance = await session.inject(
      instanceFinding({ ...instance, instance: instance.id }),
      "guardrails, instance",
    );
    const ofUser = await session.inject(
      accessKeyFinding({
        ...user,
        userName: user.name,
        userType: "IAMUser",
        accessKeyId: user.keys[0]!.accessKeyId,
        principalId: user.id,
        type: "Exfiltration:IAMUser/AnomalousBehavior",
        severity: 8,
      }),
      "guardrails, user",
    );
    const incidentOf = ({ results }: typeof ofUser) =>
      results.find(({ outcome }) => outcome === "contained")?.incident ?? "";
    contained = { instance: incidentOf(ofInstance), user: incidentOf(ofUser) };
  });

  const setGroups = (group: string) =>
    ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: instance.interfaces[0],
        Groups: [group],
      }),
    );
  const quarantineGroup = async () =>
    (await readInstance(here.organization.gateway, instance)).state.groups[
      instance.interfaces[0]!
    ]![0]!;

  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["gives the interface its old group", () => setGroups(vpc.groups.web!)],
    [
      "removes the interface's tags, naming none",
      () => ec2.send(new DeleteTagsCommand({ Resources: [instance.interfaces[0]!] })),
    ],
    [
      "calls the instance restored",
      () =>
        ec2.send(
          new CreateTagsCommand({
            Resources: [instance.id],
            Tags: [{ Key: "securitystatus", Value: "Restored" }],
          }),
        ),
    ],
    [
      "has the instance's start-up script replaced",
      () =>
        ec2.send(
          new ModifyInstanceAttributeCommand({
            InstanceId: instance.id,
            Attribute: "userData",
            Value: "IyEvYmluL3No",
          }),
        ),
    ],
    [
      "opens the quarantine group",
      async () =>
        ec2.send(
          new AuthorizeSecurityGroupIngressCommand({
            GroupId: await quarantineGroup(),
            IpProtocol: "-1",
            CidrIp: "0.0.0.0/0",
          }),
        ),
    ],
    [
      "takes the deny off the user",
      () =>
        iam.send(
          new DetachUserPolicyCommand({
            UserName: user.name,
            PolicyArn: "arn:aws:iam::aws:policy/AWSDenyAll",
          }),
        ),
    ],
    [
      "makes the user's key active",
      () =>
        iam.send(
          new UpdateAccessKeyCommand({
            UserName: user.name,
            AccessKeyId: user.keys[0]!.accessKeyId,
            Status: "Active",
          }),
        ),
    ],
    [
      "calls the user restored",
      () =>
        iam.send(
          new TagUserCommand({
            UserName: user.name,
            Tags: [{ Key: "SecurityStatus", Value: "Restored" }],
          }),
        ),
    ],
    [
      "opens Cordon's role to itself",
      () =>
        iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: "cordon-release-instance",
            PolicyDocument: trustEverybody,
          }),
        ),
    ],
    [
      "takes Cordon's role its permissions",
      () =>
        iam.send(
          new DeleteRolePolicyCommand({
            RoleName: "cordon-contain-instance",
            PolicyName: "derived",
          }),
        ),
    ],
    [
      "makes a role that looks like Cordon's",
      () =>
        iam.send(
          new CreateRoleCommand({
            RoleName: "cordon-release-mine",
            AssumeRolePolicyDocument: trustEverybody,
          }),
        ),
    ],
    [
      "becomes Cordon's role",
      () =>
        sts.send(
          new AssumeRoleCommand({
            RoleArn: `arn:aws:iam::${shop.account}:role/cordon-release-instance`,
            RoleSessionName: "cordon-mine",
            ExternalId: "cordon-local",
          }),
        ),
    ],
  ];
  for (const [does, attempt] of attempts) {
    it(`is refused: ${does}`, async () => {
      const refused = await attempt().then(
        () => new Error("it was allowed"),
        (error: Error) => error,
      );
      expect(refused.message).to.contain("with an explicit deny in a service control policy");
      expect(refused.name).to.match(/^(UnauthorizedOperation|AccessDenied)$/);
    });
  }

  it("leaves the containment as it was", async () => {
    const { state } = await readInstance(here.organization.gateway, instance);
    expect(state.groups[instance.interfaces[0]!]).to.not.include(vpc.groups.web);
    expect(state.tags.SecurityStatus).to.equal("Quarantined");
  });

  it("goes on with its own work beside it", async () => {
    const opened = await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: vpc.groups.web!,
        IpProtocol: "tcp",
        CidrIp: "10.0.0.0/8",
        FromPort: 8443,
        ToPort: 8443,
      }),
    );
    expect(opened.Return).to.equal(true);
    const { Role: made } = await iam.send(
      new CreateRoleCommand({ RoleName: "anns-own", AssumeRolePolicyDocument: trustEverybody }),
    );
    expect(made?.RoleName).to.equal("anns-own");
  });

  it("sees Cordon release both by its own command", async () => {
    const { session } = here;
    expect((await release(session, contained.instance)).outcome).to.equal("released");
    expect((await release(session, contained.user)).outcome).to.equal("released");
    const { state } = await readInstance(here.organization.gateway, instance);
    expect(state.groups[instance.interfaces[0]!]).to.deep.equal([vpc.groups.web]);
  });

  it("has its instance back: what was refused is allowed again", async () => {
    expect((await setGroups(vpc.groups.web!)).$metadata.httpStatusCode).to.equal(200);
  });
});

const trustEverybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});
