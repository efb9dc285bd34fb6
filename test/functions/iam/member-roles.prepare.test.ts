import { expect } from "chai";
import { memberRoleStatements, memberRoles } from "../../../functions/iam/member-roles";
import { surveyStatements } from "../../../functions/iam/sweep-reads";
import { merge, policyDocument } from "../../../functions/model/policy-document";
import { kinds } from "../../../functions/remediate/steps";
import { excess } from "../../../policies/statements";
import * as builders from "../../support/builders";
import { allowed, type Question } from "../../support/simulate";

describe("the role that prepares [P5]", () => {
  const deployed = memberRoleStatements(
    memberRoles.find(({ duty }) => duty === "prepare")!,
    builders.account,
    {
      ...builders.policy().ownRoles,
      breakGlassRoles: ["BreakGlass"],
      breakGlassUsers: ["rescue"],
    },
  );
  const tagged = (value: string) => ({ "aws:ResourceTag/cordon": value });
  const group = ec2("security-group/sg-1");
  const rows: readonly (readonly [string, string, string, Question["context"], boolean])[] = [
    [
      "makes the quarantine group",
      "ec2:CreateSecurityGroup",
      group,
      { "aws:RequestTag/cordon": "quarantine" },
      true,
    ],
    [
      "makes no other group",
      "ec2:CreateSecurityGroup",
      group,
      { "aws:RequestTag/cordon": "untrack" },
      false,
    ],
    ["makes it in a VPC of the account", "ec2:CreateSecurityGroup", ec2("vpc/vpc-1"), {}, true],
    [
      "makes it in a VPC that another account shares",
      "ec2:CreateSecurityGroup",
      "arn:aws:ec2:eu-central-1:333344445555:vpc/vpc-1",
      {},
      true,
    ],
    ["closes it", "ec2:RevokeSecurityGroupEgress", group, tagged("quarantine"), true],
    [
      "lets its egress follow",
      "ec2:AuthorizeSecurityGroupEgress",
      group,
      tagged("quarantine"),
      true,
    ],
    [
      "opens it to no address",
      "ec2:AuthorizeSecurityGroupIngress",
      group,
      tagged("quarantine"),
      false,
    ],
    ["changes no group of others", "ec2:RevokeSecurityGroupIngress", group, {}, false],
    [
      "changes no all-open group",
      "ec2:AuthorizeSecurityGroupEgress",
      group,
      tagged("untrack"),
      false,
    ],
    ["removes an all-open group", "ec2:DeleteSecurityGroup", group, tagged("untrack"), true],
    ["removes no quarantine group", "ec2:DeleteSecurityGroup", group, tagged("quarantine"), false],
    [
      "duties no interface",
      "ec2:ModifyNetworkInterfaceAttribute",
      ec2("network-interface/eni-1"),
      {},
      false,
    ],
    ["tags nothing that exists", "ec2:CreateTags", group, {}, false],
    [
      "counts dead letters of forwarding",
      "sqs:GetQueueAttributes",
      queue("cordon-forward-network-dead-letters"),
      {},
      true,
    ],
    ["looks into no other queue", "sqs:GetQueueAttributes", queue("orders"), {}, false],
    [
      "receives no message",
      "sqs:ReceiveMessage",
      queue("cordon-forward-network-dead-letters"),
      {},
      false,
    ],
  ];
  for (const [what, action, resource, context, answer] of rows) {
    it(what, async () => {
      const asked = await allowed({
        principal: `arn:aws:sts::${builders.account}:assumed-role/cordon-prepare-instance/cordon-1`,
        identity: [policyDocument(deployed)],
        action,
        resource,
        account: builders.account,
        ...(context && { context }),
      });
      expect(asked).to.equal(answer);
    });
  }

  it("fits its sessions into the 2,048 characters, and lies within its statements", () => {
    const sessions = [
      surveyStatements(builders.place),
      ...(["provide-quarantine-group", "remove-untrack-group"] as const).map((kind) =>
        kinds[kind].permissions(
          // The longest names that there are.
          {
            kind,
            vpc: "vpc-0123456789abcdef0",
            name: "n".repeat(255),
            endpointGroups: [],
          } as never,
          builders.place,
        ),
      ),
    ];
    for (const statements of sessions) {
      const policy = policyDocument(merge(statements));
      expect(JSON.stringify(policy).length).to.be.at.most(2_048);
      const beyond = policy.Statement.flatMap((each) => excess({ ...each }, deployed));
      expect(beyond).to.deep.equal([]);
    }
  });
});

function ec2(resource: string): string {
  return `arn:aws:ec2:${builders.region}:${builders.account}:${resource}`;
}

function queue(name: string): string {
  return `arn:aws:sqs:${builders.region}:${builders.account}:${name}`;
}
