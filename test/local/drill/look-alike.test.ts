import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetAccessKeyLastUsedCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { lookAlike } from "../../../local/drill/look-alike";
import { accessKeyFinding } from "../../../local/samples/credentials";
import { healthExposedEvent } from "../../../local/samples/exposures";
import { securityHubCustomAction } from "../../../local/samples/security-hub";
import type { EventBridgeEvent } from "../../../local/services/eventbridge/events";
import { fixture } from "../../support/cases";
import { region, seedOf, shop } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

const session = "ASIAIOSFODNN7EXAMPLE";
const ofInstance = {
  account: "444455556666",
  region,
  userName: "web",
  userType: "AssumedRole",
  accessKeyId: session,
  principalId: "AROACKCEVSQ6C2EXAMPLE:i-0a1b2c3d4e5f60718",
};

describe("A look-alike", () => {
  const world = useWorld();
  const iam = () => new IAMClient(world.as(seedOf(world, shop)));
  const like = (event: object, label: string) =>
    lookAlike(world, event as EventBridgeEvent, label) as Promise<{
      readonly account: string;
      readonly resources: readonly string[];
      readonly detail: unknown;
    }>;

  const ownerOf = async (AccessKeyId: string) =>
    (await iam().send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).UserName;

  it("of an exposed key that AWS Health reports is a user who has the key, in a member account", async () => {
    const event = healthExposedEvent({
      account: "444455556666",
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      userName: "ann",
    });
    const aimed = await like(event, "health");
    const { affectedAccount, affectedEntities, eventMetadata } = aimed.detail as {
      readonly affectedAccount: string;
      readonly affectedEntities: readonly { readonly entityValue: string }[];
      readonly eventMetadata: { readonly publicKey: string; readonly userName: string };
    };
    const key = affectedEntities[0]?.entityValue ?? "";
    expect([aimed.account, affectedAccount]).to.deep.equal([shop, shop]);
    expect([aimed.resources, eventMetadata.publicKey]).to.deep.equal([[key], key]);
    expect(await ownerOf(key)).to.equal("ann-health-1");
    expect(eventMetadata.userName).to.equal("ann-health-1");
  });

  it("of a user's temporary key is a session of the user's", async () => {
    const event = accessKeyFinding({
      ...ofInstance,
      userName: "ann",
      userType: "IAMUser",
      principalId: "AIDACKCEVSQ6C2EXAMPLE",
    });
    const { resource } = (await like(event, "temporary")).detail as {
      readonly resource: {
        readonly accessKeyDetails: {
          readonly accessKeyId: string;
          readonly userName: string;
          readonly principalId: string;
        };
      };
    };
    const { accessKeyId, userName, principalId } = resource.accessKeyDetails;
    const { User } = await iam().send(new GetUserCommand({ UserName: userName }));
    expect(principalId).to.equal(User?.UserId);
    expect(accessKeyId).to.match(/^ASIA/).and.not.equal(session);
    expect(userName).to.equal("ann-temporary-1");
    expect(world.callers.find(accessKeyId)?.arn).to.equal(
      `arn:aws:iam::${shop}:user/ann-temporary-1`,
    );
  });

  it("of a role's session is a session of the same name", async () => {
    const event = accessKeyFinding({
      ...ofInstance,
      userName: "engineers",
      principalId: "AROACKCEVSQ6C2EXAMPLE:jo",
    });
    const { resource } = (await like(event, "role")).detail as {
      readonly resource: {
        readonly accessKeyDetails: { readonly accessKeyId: string; readonly principalId: string };
      };
    };
    const { accessKeyId, principalId } = resource.accessKeyDetails;
    const caller = world.callers.find(accessKeyId);
    expect(caller?.arn).to.equal(`arn:aws:sts::${shop}:assumed-role/engineers-role-1/jo`);
    expect(caller?.context["aws:userid"]).to.equal(principalId);
  });

  it("of a Security Hub finding with a key and an instance is the instance, and its own key", async () => {
    const event = securityHubCustomAction(ofInstance) as unknown as {
      detail: { findings: [{ Resources: object[] }] };
    };
    // In the shape of Security Hub's user guide, "Resources" of the AWS Security Finding Format.
    event.detail.findings[0].Resources.push({
      Type: "AwsEc2Instance",
      Id: `arn:aws:ec2:${region}:444455556666:instance/i-0a1b2c3d4e5f60718`,
      Partition: "aws",
      Region: region,
    });
    const { findings } = (await like(event, "hub")).detail as {
      readonly findings: readonly [{ readonly Resources: readonly Record<string, never>[] }];
    };
    const [first, second] = findings[0].Resources as unknown as readonly [
      { readonly Details: { readonly AwsIamAccessKey: Record<string, string> } },
      { readonly Id: string },
    ];
    const id = second.Id.split("/")[1] ?? "";
    expect(second.Id).to.equal(`arn:aws:ec2:${region}:${shop}:instance/${id}`);
    const ec2 = new EC2Client(world.as(seedOf(world, shop)));
    const found = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(found.Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile?.Arn).to.equal(
      `arn:aws:iam::${shop}:instance-profile/web-hub-1`,
    );
    const { AccessKeyId = "", PrincipalId, PrincipalName } = first.Details.AwsIamAccessKey;
    const caller = world.callers.find(AccessKeyId);
    expect(caller?.arn).to.equal(`arn:aws:sts::${shop}:assumed-role/web-hub-1/${id}`);
    expect([PrincipalId, PrincipalName]).to.deep.equal([
      caller?.context["aws:userid"],
      "web-hub-1",
    ]);
  });

  it("of an instance has the interfaces, groups, network and profile that the finding names", async () => {
    const { resource } = (await like(fixture("guardduty-instance"), "ec2")).detail as {
      readonly resource: { readonly instanceDetails: Described };
    };
    const { instanceId, iamInstanceProfile, networkInterfaces, tags } = resource.instanceDetails;
    const ec2 = new EC2Client(world.as(seedOf(world, shop)));
    const found = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    const instance = found.Reservations?.[0]?.Instances?.[0];
    expect(instance?.IamInstanceProfile?.Arn).to.equal(iamInstanceProfile.arn);
    expect(
      instance?.NetworkInterfaces?.map((each) => [
        each.NetworkInterfaceId,
        each.VpcId,
        each.Groups?.map(({ GroupId }) => GroupId),
      ]),
    ).to.deep.equal(
      networkInterfaces.map((each) => [
        each.networkInterfaceId,
        each.vpcId,
        each.securityGroups.map(({ groupId }) => groupId),
      ]),
    );
    // A group, a profile and a tag may have one name: only the ids are others.
    expect([networkInterfaces[0]?.securityGroups[0]?.groupName, tags[0]?.value]).to.deep.equal([
      "web",
      "web-1",
    ]);
  });
});

interface Described {
  readonly instanceId: string;
  readonly iamInstanceProfile: { readonly arn: string };
  readonly networkInterfaces: readonly {
    readonly networkInterfaceId: string;
    readonly vpcId: string;
    readonly securityGroups: readonly { readonly groupId: string; readonly groupName: string }[];
  }[];
  readonly tags: readonly { readonly value: string }[];
}
