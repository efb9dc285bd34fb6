import { expect } from "chai";
import { accessKeyFinding } from "../../../local/samples/credentials";
import { exposedKeyEvent, healthExposedEvent } from "../../../local/samples/exposures";
import { namedResources } from "../../../local/samples/named-resources";
import { securityHubCustomAction } from "../../../local/samples/security-hub";
import type { EventBridgeEvent } from "../../../local/services/eventbridge/events";
import { fixture } from "../../support/cases";
import { type Json, type Path, spoiled } from "../../support/events";

const key = "AKIAIOSFODNN7EXAMPLE";
const session = "ASIAIOSFODNN7EXAMPLE";
const shape = {
  account: "222233334444",
  region: "eu-west-1",
  userName: "ann",
  userType: "IAMUser",
  accessKeyId: key,
  principalId: "AIDACKCEVSQ6C2EXAMPLE",
};
const ofInstance = {
  ...shape,
  userName: "web",
  userType: "AssumedRole",
  accessKeyId: session,
  principalId: "AROACKCEVSQ6C2EXAMPLE:i-0a1b2c3d4e5f60718",
};
const exposed = { account: "222233334444", accessKeyId: key, userName: "ann" };

const changed = (event: object, path: Path, value: unknown) =>
  spoiled(event as Json, path, value) as unknown as EventBridgeEvent;
const given = (name: string) => fixture(name) as unknown as EventBridgeEvent;

// In the shape of Security Hub's user guide, "Resources" of the AWS Security Finding Format.
const resources = ["detail", "findings", "0", "Resources"];
const keyOf = (owner: string, accessKeyId: string) => ({
  Type: "AwsIamAccessKey",
  Id: `AWS::IAM::AccessKey:${accessKeyId}`,
  Details: { AwsIamAccessKey: { PrincipalType: "IAMUser", PrincipalName: owner } },
});
const sending = (...all: object[]) => changed(securityHubCustomAction(shape), resources, all);

describe("The resources that an event names", () => {
  it("are an instance as GuardDuty describes it, with interfaces, groups and profile", () => {
    expect(namedResources(given("guardduty-instance"))).to.deep.equal([
      {
        kind: "instance",
        id: "i-0a1b2c3d4e5f60718",
        interfaces: [
          { id: "eni-0f00000000000001a", groups: ["sg-0f00000000000001a"] },
          { id: "eni-0f00000000000001b", groups: ["sg-0f00000000000001b"] },
        ],
        volumes: 1,
        profile: "service/web",
        vpc: "vpc-0f00000000000001a",
        subnet: "subnet-0f0000000000001a1",
      },
    ]);
  });

  it("are a user with a long-term or a temporary key, whichever service reports it", () => {
    const user = [{ kind: "user", name: "ann", keys: [key] }];
    const uniqueId = "AIDACKCEVSQ6C2EXAMPLE";
    const identified = user.map((each) => ({ ...each, uniqueId }));
    expect(namedResources(accessKeyFinding(shape))).to.deep.equal(identified);
    expect(namedResources(securityHubCustomAction(shape))).to.deep.equal(identified);
    expect(namedResources(exposedKeyEvent(exposed))).to.deep.equal(user);
    expect(namedResources(healthExposedEvent(exposed))).to.deep.equal(user);
    expect(namedResources(accessKeyFinding({ ...shape, accessKeyId: session }))).to.deep.equal([
      { kind: "user", name: "ann", keys: [session], uniqueId },
    ]);
  });

  it("are a role and its session", () => {
    for (const event of [accessKeyFinding(ofInstance), securityHubCustomAction(ofInstance)]) {
      expect(namedResources(event)).to.deep.equal([
        {
          kind: "role",
          name: "web",
          sessions: [
            {
              name: "i-0a1b2c3d4e5f60718",
              principalId: "AROACKCEVSQ6C2EXAMPLE:i-0a1b2c3d4e5f60718",
              accessKeyId: session,
            },
          ],
        },
      ]);
    }
  });

  it("are every key of an AWS Health event, of a user of its own where none is named", () => {
    const unnamed = changed(healthExposedEvent(exposed), ["detail", "eventMetadata"], {});
    const two = [{ entityValue: key }, { entityValue: "AKIAI44QH8DHBEXAMPLE" }];
    expect(namedResources(changed(unnamed, ["detail", "affectedEntities"], two))).to.deep.equal([
      { kind: "user", keys: [key] },
      { kind: "user", keys: ["AKIAI44QH8DHBEXAMPLE"] },
    ]);
  });

  it("are every resource of a Security Hub finding; two keys of a user are one user's", () => {
    const event = sending(
      keyOf("ann", key),
      { Type: "AwsEc2Instance", Id: "i-0a1b2c3d4e5f60718" },
      keyOf("ann", "AKIAI44QH8DHBEXAMPLE"),
      { Type: "AwsIamUser", Id: "arn:aws:iam::222233334444:user/service/ben" },
      { Type: "AwsIamRole", Id: "arn:aws:iam::222233334444:role/deploy" },
      { Type: "AwsAccount", Id: "AWS::::Account:222233334444" },
    );
    expect(namedResources(event)).to.deep.equal([
      { kind: "user", name: "ann", keys: [key, "AKIAI44QH8DHBEXAMPLE"] },
      { kind: "instance", id: "i-0a1b2c3d4e5f60718", interfaces: [], volumes: 1 },
      { kind: "user", name: "ben", keys: [] },
      { kind: "role", name: "deploy", sessions: [] },
    ]);
  });

  it("are none where the event names root, a placeholder, or something malformed", () => {
    const root = { ...shape, userName: "Root", userType: "Root" };
    for (const event of [
      accessKeyFinding(root),
      securityHubCustomAction(root),
      exposedKeyEvent({ ...exposed, userName: "root" }),
      healthExposedEvent({ ...exposed, userName: "root" }),
      given("guardduty-access-key-sample"),
      changed(accessKeyFinding(shape), ["detail", "resource"], null),
    ]) {
      expect(namedResources(event)).to.deep.equal([]);
    }
  });

  it("are a user called root where the event says that it is an IAM user", () => {
    expect(namedResources(accessKeyFinding({ ...shape, userName: "root" }))).to.deep.equal([
      { kind: "user", name: "root", keys: [key], uniqueId: "AIDACKCEVSQ6C2EXAMPLE" },
    ]);
  });

  const refused: readonly (readonly [title: string, event: EventBridgeEvent, what: string])[] = [
    [
      "another resource of GuardDuty's",
      changed(accessKeyFinding(shape), ["detail", "resource", "resourceType"], "S3Bucket"),
      "S3Bucket",
    ],
    [
      "another resource of Security Hub's",
      sending(keyOf("ann", key), { Type: "AwsS3Bucket", Id: "arn:aws:s3:::ledger" }),
      "AwsS3Bucket arn:aws:s3:::ledger",
    ],
    [
      "credentials of another type",
      accessKeyFinding({ ...shape, userType: "FederatedUser" }),
      "credentials of type FederatedUser",
    ],
    [
      "a service-linked role",
      accessKeyFinding({ ...ofInstance, userName: "AWSServiceRoleForECS" }),
      "the service-linked role AWSServiceRoleForECS",
    ],
    [
      "a temporary key whose owner is not named",
      changed(
        changed(healthExposedEvent(exposed), ["detail", "eventMetadata"], {}),
        ["detail", "affectedEntities"],
        [{ entityValue: session }],
      ),
      `the owner of temporary key ${session}`,
    ],
    [
      "another check of Trusted Advisor",
      changed(exposedKeyEvent(exposed), ["detail", "check-name"], "IAM Use"),
      "the resource of Trusted Advisor's check IAM Use",
    ],
    [
      "another source's resource",
      given("config-compliance-change"),
      "what events of aws.config name",
    ],
  ];
  for (const [title, event, what] of refused) {
    it(`are refused by name: ${title}`, () => {
      expect(() => namedResources(event)).to.throw(
        `--look-alike cannot create ${what}: it creates instances, users and roles`,
      );
    });
  }
});
