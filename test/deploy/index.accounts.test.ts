import { expect } from "chai";
import { deploy } from "../../deploy";
import { byStackSets, calls, deployed, deployedByStackSets } from "../support/deployment";
import { type Recording, record } from "../support/recorder";

/** What is registered where one account forwards one kind of events. */
function forwardingOf(place: string, what: string): readonly string[] {
  const name = `baseline-${place}-cordon-forward-${what}`;
  return [
    `EventRule ${name}-rule`,
    `EventTarget ${name}-rule-cordon-hub`,
    `Queue ${name}-dead-letters`,
    `QueuePolicy ${name}-dead-letters-policy`,
    `Role ${name}-role`,
    `RolePolicy ${name}-role-hub`,
  ];
}

describe("deploy, account by account [P1] [P5] [P6]", () => {
  it("reaches each member and the management account through their deployment role", async () => {
    const { ofType } = await deployed();
    expect(
      ofType("pulumi:providers:aws").map(({ name, inputs }) => ({
        name,
        region: inputs.region,
        roles: JSON.parse(inputs.assumeRoles),
      })),
    ).to.deep.equal([
      {
        name: "management",
        region: "us-east-1",
        roles: [
          {
            roleArn: "arn:aws:iam::111122223333:role/cordon-deploy",
            sessionName: "cordon-deploy",
          },
        ],
      },
      {
        name: "member-777788889999",
        region: "us-east-1",
        roles: [
          {
            roleArn: "arn:aws:iam::777788889999:role/cordon-deploy",
            sessionName: "cordon-deploy",
          },
        ],
      },
    ]);
  });

  it("puts into the management account designations, GuardDuty's role and nothing else", async () => {
    const { resources } = await deployed();
    const there = resources
      .filter((resource) => resource.provider === "management")
      .map((resource) => resource.type);
    expect(there).to.deep.equal([
      "aws:organizations/delegatedAdministrator:DelegatedAdministrator",
      "aws:iam/serviceLinkedRole:ServiceLinkedRole",
      "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount",
      "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount",
      "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount",
    ]);
  });

  it("puts into a member its roles, its groups, its forwarding and nothing else", async () => {
    const { resources } = await deployed();
    const inMember = resources
      .filter((resource) => resource.provider === "member-777788889999")
      .map((resource) => `${resource.type.split(":").at(-1)} ${resource.name}`);
    expect(inMember.sort()).to.deep.equal(
      [
        ...forwardingOf("777788889999", "exposures"),
        ...["eu-west-1", "us-east-1"].flatMap((region) => [
          ...forwardingOf(`777788889999-${region}`, "network"),
          ...forwardingOf(`777788889999-${region}`, "drift"),
          ...forwardingOf(`777788889999-${region}`, "compliance"),
        ]),
        ...[
          "contain-identity",
          "contain-instance",
          "contain-posture",
          "contain-resource",
          "investigate-identity",
          "prepare-instance",
          "release-identity",
          "release-instance",
          "release-posture",
          "release-resource",
        ].flatMap((role) => [
          `Role baseline-777788889999-cordon-${role}`,
          `RolePolicy baseline-777788889999-cordon-${role}-derived`,
        ]),
        "Document baseline-777788889999-key-rotation-key-rotation-document",
        "RemediationConfiguration baseline-777788889999-key-rotation-key-rotation-remediation",
        "Role baseline-777788889999-key-rotation-key-rotation-role",
        "RolePolicy baseline-777788889999-key-rotation-key-rotation-role-report",
        "Rule baseline-777788889999-key-rotation-key-rotation-rule",
        "SecurityGroup quarantine-777788889999-eu-west-1-vpc-m",
        "SecurityGroup quarantine-777788889999-us-east-1-vpc-m",
      ].sort(),
    );
  });

  it("governs the security account like a member", async () => {
    const { named } = await deployed();
    expect(named("baseline-444455556666-cordon-contain-instance").inputs.name).to.equal(
      "cordon-contain-instance",
    );
  });

  it("forwards from every governed region and account what each gets", async () => {
    const { ofType } = await deployed();
    const member = (account: string) => [
      `us-east-1 cordon-forward-exposures baseline-${account}`,
      ...["us-east-1", "eu-west-1"].flatMap((region) => [
        `${region} cordon-forward-network baseline-${account}-${region}`,
        `${region} cordon-forward-drift baseline-${account}-${region}`,
        `${region} cordon-forward-compliance baseline-${account}-${region}`,
      ]),
    ];
    expect(
      ofType("aws:cloudwatch/eventRule:EventRule")
        .filter(({ inputs }) => inputs.name.startsWith("cordon-forward-"))
        .map(
          ({ name, inputs }) =>
            `${inputs.region} ${inputs.name} ${name.slice(0, name.indexOf("-cordon-"))}`,
        )
        .sort(),
    ).to.deep.equal(
      [
        "us-east-1 cordon-forward-guardduty forwarding-us-east-1",
        "eu-west-1 cordon-forward-guardduty forwarding-eu-west-1",
        "us-east-1 cordon-forward-security-hub forwarding-security-hub",
        ...member("444455556666"),
        ...member("777788889999"),
      ].sort(),
    );
  });

  it("covers the management account directly, by its deployment role, only when the settings say so", async () => {
    const typesIn = ({ resources }: Recording<unknown>) =>
      resources
        .filter(({ provider }) => provider === "member-111122223333")
        .map(({ type }) => type.split(":").at(-1));
    expect(typesIn(await deployedByStackSets())).to.deep.equal([]);
    const governed = await record(
      () => deploy({ ...byStackSets, governManagementAccount: true }),
      calls,
    );
    const found = typesIn(governed);
    expect(found.filter((type) => type === "Role")).to.have.length(18);
    expect(found.filter((type) => type === "SecurityGroup")).to.have.length(2);
    const { assumeRoles } = governed.named("member-111122223333").inputs;
    expect(JSON.parse(assumeRoles)[0].roleArn).to.equal(
      "arn:aws:iam::111122223333:role/cordon-deploy",
    );
  });
});
