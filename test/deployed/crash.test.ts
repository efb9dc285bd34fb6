import { expect } from "chai";
import { readInstance } from "../../local/drill/instance-state";
import { homeRegion, members } from "../../local/gateway/accounts";
import { instanceFinding } from "../../local/samples/guardduty";
import {
  removeInstance,
  seedInstance,
  seedVpc,
  seedWorkloadRole,
  type Vpc,
} from "../../local/seeds/networks";
import { removeService, seedService } from "../../local/seeds/services";
import type { Bare } from "./deployed";
import { breakAtEveryCall, type FaultPlan, type Run } from "./fault-runs";

/** What a response changes, call by call, when nothing goes wrong. Written by hand from C7 and R1. */
const literalOrder = [
  // The journal and the brakes' count. Then the evidence, the credentials, the traffic, and the interfaces'
  // marks, side by side.
  "dynamodb:TransactWriteItems",
  [
    "autoscaling:DetachInstances",
    "ec2:CreateSnapshots",
    "ec2:CreateTags",
    "ec2:CreateTags",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyInstanceAttribute",
    "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
    "elasticloadbalancing:DeregisterTargets",
    "iam:PutRolePolicy",
  ],
  // Both interfaces into quarantine, while the all-open group is made.
  [
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateSecurityGroup",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
  ],
  // Each interface through the all-open group and back.
  [
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
  ],
  ["ec2:CreateTags", "ec2:DeleteSecurityGroup"],
  // The notice is counted, published, and the containment closed.
  "dynamodb:UpdateItem",
  "sns:Publish",
  "dynamodb:UpdateItem",
];

/**
 * Parallel runs: each has its own network and role, and shares the rest. More of them would be no faster
 * on two processors, and each would have less of its time limits: a response has 15 s for the reads that
 * it can do without, and on a busy machine eight of them side by side took longer.
 */
const lanes = 4;

interface Lane {
  readonly vpc: Vpc;
  readonly role: string;
  /** The VPC's quarantine group, once the first response has made it. */
  quarantine?: string;
}

describe("a response that is broken at its k-th call [R11]", () => {
  let seeded: readonly Lane[];

  breakAtEveryCall({
    order: literalOrder,
    lanes,
    async prepare({ organization: { gateway } }) {
      // The VPCs are younger than the deployment: the first responses make their quarantine groups.
      seeded = await Promise.all(
        Array.from({ length: lanes }, async (_, index) => {
          const site = { account: members[0]?.id ?? "", region: homeRegion };
          const role = `crash-${index}`;
          await seedWorkloadRole(gateway, site, role);
          const groups = ["web", "app", "admin"];
          return { vpc: await seedVpc(gateway, site, { groups, ssmEndpoints: true }), role };
        }),
      );
    },
    begin: (here, plan, index) => begin(here, plan, seeded[index] as Lane),
  });
});

async function begin(here: Bare, { label }: FaultPlan, lane: Lane): Promise<Run> {
  const { organization, session } = here;
  const { gateway } = organization;
  const target = await seedInstance(gateway, lane.vpc, {
    interfaces: [["web", "app"], ["admin"]],
    volumes: 2,
    profile: lane.role,
  });
  await seedService(gateway, lane.vpc, target, label);
  const before = (await readInstance(gateway, target)).state;
  let evidence: readonly string[] = [];
  return {
    event: instanceFinding({ ...target, instance: target.id }),
    mark: target.id,
    resource: target.id,
    async contained(incident) {
      const { steps, residual } = await session.journal(incident);
      const originals = steps.flatMap((step) =>
        step.kind === "quarantine-interface" ? [[step.networkInterface, [...step.before]]] : [],
      );
      expect(Object.fromEntries(originals), label).to.deep.equal(before.groups);
      const { state, snapshots, untrackGroups } = await readInstance(gateway, target);
      lane.quarantine ??= state.groups[target.interfaces[0] ?? ""]?.[0] ?? "";
      expect(state.groups, label).to.deep.equal(
        Object.fromEntries(target.interfaces.map((id) => [id, [lane.quarantine]])),
      );
      // The untrack groups of all runs: none remains once all are contained.
      expect(untrackGroups, label).to.deep.equal([]);
      expect(
        Object.values(snapshots).map((each) => each.length),
        label,
      ).to.deep.equal([1, 1]);
      // A read that serves evidence or traffic alone may have come too late; then the notice says so.
      const unread = residual.flatMap(
        (risk) => /^Cordon could not read (\w+)/.exec(risk)?.[1] ?? [],
      );
      for (const [what, found, wanted] of [
        ["disableApiTermination", state.disableApiTermination, true],
        ["disableApiStop", state.disableApiStop, true],
        ["instanceInitiatedShutdownBehavior", state.shutdownBehavior, "stop"],
        ["autoScalingGroup", state.autoScalingGroup, null],
        ["targetGroups", state.targets, []],
        ["loadBalancers", state.loadBalancers, []],
      ] as const) {
        // No load balancer uses the target group of these runs: it may be unread under that name.
        const names = what === "targetGroups" ? [what, "unusedTargetGroups"] : [what];
        if (!names.some((name) => unread.includes(name)))
          expect(found, `${label}: ${what}`).to.deep.equal(wanted);
      }
      expect(
        Object.keys(state.rolePolicies).filter((name) => name.startsWith(`Cordon-${incident}-`)),
        label,
      ).to.have.length(1);
    },
    async released() {
      const { state, snapshots } = await readInstance(gateway, target);
      const { SecurityStatus, RestoredAt, ...tags } = state.tags;
      expect({ ...state, tags }, label).to.deep.equal(before);
      expect(SecurityStatus, label).to.equal("Restored");
      expect(Date.parse(RestoredAt ?? ""), label).to.be.a("number").that.is.not.NaN;
      evidence = Object.values(snapshots).flat();
    },
    async cleanUp() {
      await removeService(gateway, lane.vpc, label);
      await removeInstance(gateway, target, evidence);
    },
  };
}
