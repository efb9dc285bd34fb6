import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import {
  allow,
  allowing,
  errorOf,
  makeRole,
  policy,
  security,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("source identities of sessions in the local organization", () => {
  const world = useWorld();
  const root = { AWS: `arn:aws:iam::${security}:root` };
  const anywhere = "arn:aws:iam::*:role/*";
  const asks = policy(allow(["sts:AssumeRole", "sts:SetSourceIdentity"], anywhere));
  const from = async (name: string, may: object): Promise<Credentials> => {
    const role = await makeRole(world, security, name, trustLambda, may);
    return world.callers.serviceSession("lambda", role, "f", "cordon");
  };
  const trusting = (condition?: object) => ({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: root,
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "secret" } },
      },
      ...(condition === undefined
        ? []
        : [
            {
              Effect: "Allow",
              Principal: root,
              Action: "sts:SetSourceIdentity",
              Condition: condition,
            },
          ]),
    ],
  });
  const assume = (as: Credentials, RoleArn: string, SourceIdentity: string) =>
    new STSClient(world.as(as)).send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: "cordon-test",
        ExternalId: "secret",
        SourceIdentity,
      }),
    );

  it("are set where both sides allow it, shown to policies, and kept in a chain", async () => {
    const here = await from("sets", asks);
    const target = await makeRole(
      world,
      shop,
      "named",
      trusting({ StringEquals: { "aws:PrincipalOrgID": "o-cordonlocal" } }),
      policy(
        {
          ...allow("ec2:DescribeRegions", "*"),
          Condition: { StringEquals: { "aws:SourceIdentity": "alice" } },
        },
        allow(["sts:AssumeRole", "sts:SetSourceIdentity"], anywhere),
      ),
    );
    const given = await assume(here, target, "alice");
    expect(given.SourceIdentity).to.equal("alice");
    const session = {
      accessKeyId: given.Credentials?.AccessKeyId ?? "",
      secretAccessKey: given.Credentials?.SecretAccessKey ?? "",
      sessionToken: given.Credentials?.SessionToken ?? "",
    };
    await new EC2Client(world.as(session)).send(new DescribeRegionsCommand({}));
    const next = await makeRole(
      world,
      shop,
      "next",
      allowing({ AWS: `arn:aws:iam::${shop}:root` }, "sts:AssumeRole"),
    );
    expect((await errorOf(assume(session, next, "bob"))).name).to.equal("AccessDenied");
    // Without a word of the caller's, the chain asks to set it again.
    const chained = new STSClient(world.as(session)).send(
      new AssumeRoleCommand({ RoleArn: next, RoleSessionName: "cordon-test" }),
    );
    expect((await errorOf(chained)).message).to.include("sts:SetSourceIdentity");
  });

  it("are refused where either side does not allow it", async () => {
    const open = await makeRole(world, shop, "open", trusting({}));
    const closed = await makeRole(world, shop, "closed", trusting());
    const external = await makeRole(
      world,
      shop,
      "external",
      trusting({ StringEquals: { "sts:ExternalId": "secret" } }),
    );
    const sets = await from("sets-too", asks);
    const lacks = await from("lacks", policy(allow("sts:AssumeRole", anywhere)));
    for (const [as, role] of [
      [lacks, open],
      [sets, closed],
      // AWS evaluates the action without the external id.
      [sets, external],
    ] as const) {
      const error = await errorOf(assume(as, role, "alice"));
      expect([error.name, error.message]).to.deep.equal(["AccessDenied", error.message]);
      expect(error.message).to.include("is not authorized to perform: sts:SetSourceIdentity");
    }
  });

  for (const [what, identity] of [
    ["a character that STS does not take", "alice/bob"],
    ["one letter", "a"],
    ["more than 64 characters", "a".repeat(65)],
  ] as const) {
    it(`are refused of ${what}`, async () => {
      const here = await from(`form-${identity.length}`, asks);
      const open = await makeRole(world, shop, `form-${identity.length}`, trusting({}));
      expect((await errorOf(assume(here, open, identity))).name).to.match(/Validation/);
    });
  }
});
