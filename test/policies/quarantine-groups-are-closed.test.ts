import { expect } from "chai";
import { quarantineGroupsAreClosed } from "../../policies/quarantine-groups-are-closed";
import { resource, stackViolations } from "../support/policies";

const groupType = "aws:ec2/securityGroup:SecurityGroup";
const ingressType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressType = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const olderType = "aws:ec2/securityGroupRule:SecurityGroupRule";

const closed = {
  id: "sg-quarantine",
  name: "cordon-quarantine",
  tags: { cordon: "quarantine" },
  ingress: [],
  egress: [
    {
      protocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrBlocks: ["10.20.1.7/32"],
      ipv6CidrBlocks: [],
      prefixListIds: [],
      securityGroups: [],
      self: false,
    },
  ],
};

const egressRule = {
  securityGroupId: "sg-quarantine",
  cidrIpv4: "10.20.1.7/32",
  ipProtocol: "tcp",
  fromPort: 443,
  toPort: 443,
};

const olderRule = {
  type: "egress",
  securityGroupId: "sg-quarantine",
  cidrBlocks: ["10.20.1.7/32", "10.20.1.8/32"],
  protocol: "tcp",
  fromPort: 443,
  toPort: 443,
};

const validate = quarantineGroupsAreClosed.validateStack;

/** A stack of a quarantine group, changed, and of one rule resource, if any. */
function stack(group: object, rule?: { type: string; props: object }): readonly string[] {
  return stackViolations(validate, [
    resource(groupType, "group", { ...closed, ...group }),
    ...(rule ? [resource(rule.type, "rule", { ...rule.props })] : []),
  ]);
}

describe("policies/quarantine-groups-are-closed [V2]", () => {
  it("passes a group without rules, and one with HTTPS to an endpoint's addresses", () => {
    expect(stack({ egress: [] })).to.deep.equal([]);
    expect(stack({ ingress: undefined, egress: undefined })).to.deep.equal([]);
    expect(stack({}, { type: egressType, props: egressRule })).to.deep.equal([]);
    expect(stack({}, { type: olderType, props: olderRule })).to.deep.equal([]);
  });

  for (const [what, identity] of [
    ["by its name", { tags: {} }],
    ["by its tag", { name: "something-else" }],
  ] as const) {
    it(`knows a quarantine group ${what}`, () => {
      const ingress = [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["10.0.0.0/8"] }];
      expect(stack({ ...identity, ingress })).to.deep.equal([
        "urn:group: group: ingress rule 0 lets traffic in",
      ]);
    });
  }

  const faults: readonly (readonly [object, string])[] = [
    [{ cidrBlocks: ["10.0.0.0/8"] }, "lets traffic out to 10.0.0.0/8"],
    [{ ipv6CidrBlocks: ["::/0"] }, "lets traffic out to ::/0"],
    [{ prefixListIds: ["pl-1"] }, "lets traffic out to pl-1"],
    [{ self: true }, "lets isolated instances reach each other"],
    [{ cidrBlocks: [] }, "names no address"],
    [{ cidrBlocks: ["203.0.113.7/32"] }, "lets traffic out to 203.0.113.7/32"],
    [{ cidrBlocks: ["10.20.1.0/31"] }, "lets traffic out to 10.20.1.0/31"],
    [
      { securityGroups: ["sg-endpoint"] },
      "lets traffic out to all of sg-endpoint: name the endpoints' addresses, each with /32",
    ],
    [{ protocol: "udp" }, "lets out udp 443-443, but only tcp 443-443 may pass"],
    [{ protocol: "-1" }, "lets out -1 443-443, but only tcp 443-443 may pass"],
    [{ fromPort: 0 }, "lets out tcp 0-443, but only tcp 443-443 may pass"],
    [{ toPort: 65535 }, "lets out tcp 443-65535, but only tcp 443-443 may pass"],
  ];
  for (const [change, fault] of faults) {
    it(`fails an inline egress rule with ${JSON.stringify(change)}`, () => {
      expect(stack({ egress: [{ ...closed.egress[0], ...change }] })).to.deep.equal([
        `urn:group: group: egress rule 0 ${fault}`,
      ]);
    });
  }

  const rules: readonly (readonly [string, object, object, string])[] = [
    [ingressType, egressRule, {}, "lets traffic in"],
    [egressType, egressRule, { cidrIpv4: "0.0.0.0/0" }, "lets traffic out to 0.0.0.0/0"],
    [egressType, egressRule, { cidrIpv6: "::/0" }, "lets traffic out to ::/0"],
    [egressType, egressRule, { prefixListId: "pl-1" }, "lets traffic out to pl-1"],
    [egressType, egressRule, { cidrIpv4: undefined }, "names no address"],
    [
      egressType,
      egressRule,
      { cidrIpv4: undefined, referencedSecurityGroupId: "sg-endpoint" },
      "lets traffic out to all of sg-endpoint: name the endpoints' addresses, each with /32",
    ],
    [
      egressType,
      egressRule,
      { ipProtocol: "-1" },
      "lets out -1 443-443, but only tcp 443-443 may pass",
    ],
    [
      egressType,
      egressRule,
      { toPort: 8443 },
      "lets out tcp 443-8443, but only tcp 443-443 may pass",
    ],
    [olderType, olderRule, { type: "ingress" }, "lets traffic in"],
    [olderType, olderRule, { cidrBlocks: ["0.0.0.0/0"] }, "lets traffic out to 0.0.0.0/0"],
    [olderType, olderRule, { self: true }, "lets isolated instances reach each other"],
  ];
  for (const [type, props, change, fault] of rules) {
    it(`fails a ${type.split(":").at(-1)} with ${JSON.stringify(change)}`, () => {
      expect(stack({}, { type, props: { ...props, ...change } })).to.deep.equal([
        `urn:rule: group: rule ${fault}`,
      ]);
    });
  }

  it("follows a rule to a group that has no id yet", () => {
    const unknown = (props: object, key: string) =>
      Object.defineProperty({ ...props }, key, {
        get: () => {
          throw new Error(`string value at .${key} can't be known during preview`);
        },
      }) as Record<string, unknown>;
    const group = { ...resource(groupType, "group", {}), props: unknown(closed, "id") };
    const rule = {
      ...resource(egressType, "rule", {}),
      props: unknown({ ...egressRule, cidrIpv4: "0.0.0.0/0" }, "securityGroupId"),
      propertyDependencies: { securityGroupId: [group] },
    };
    expect(stackViolations(validate, [group, rule])).to.deep.equal([
      "urn:rule: group: rule lets traffic out to 0.0.0.0/0",
    ]);
    expect(stackViolations(validate, [group, { ...rule, propertyDependencies: {} }])).to.deep.equal(
      [],
    );
  });

  it("leaves other groups and their rules alone", () => {
    expect(
      stackViolations(validate, [
        resource(groupType, "web", {
          id: "sg-web",
          name: "web",
          tags: { cordon: "role" },
          ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
        }),
        resource(ingressType, "rule", { securityGroupId: "sg-web", cidrIpv4: "0.0.0.0/0" }),
        resource(groupType, "group", closed),
      ]),
    ).to.deep.equal([]);
  });

  it("is mandatory", () => {
    expect(quarantineGroupsAreClosed.enforcementLevel).to.equal("mandatory");
  });
});
