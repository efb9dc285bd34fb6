import type { Place } from "../../model/resource";
import type { StepKind } from "../../model/step";
import { reads } from "./shared/arns";

/** Takes an instance out of a Classic Load Balancer. */
export interface DeregisterFromLoadBalancer {
  readonly kind: "deregister-from-load-balancer";
  readonly instance: string;
  readonly loadBalancer: string;
}

export const deregisterFromLoadBalancer: StepKind<DeregisterFromLoadBalancer> = {
  undonePart: "traffic",
  target: (step) => step.loadBalancer,
  describe: (step) => `deregister ${step.instance} from load balancer ${step.loadBalancer}`,
  describeUndo: (step) => `register ${step.instance} with load balancer ${step.loadBalancer}`,
  sides: ({ loadBalancer }) => [`registered with ${loadBalancer}`, "not registered"],
  inspect: async (step, account) =>
    (await account.balancing.classicLoadBalancersOf(step.instance)).includes(step.loadBalancer)
      ? "before"
      : "after",
  apply: (step, account) =>
    account.balancing.deregisterFromLoadBalancer(step.loadBalancer, step.instance),
  undo: (step, account) =>
    account.balancing.registerWithLoadBalancer(step.loadBalancer, step.instance),
  manual: (step) => `Register ${step.instance} with load balancer ${step.loadBalancer}.`,
  permissions: (step, place) => [
    {
      actions: ["elasticloadbalancing:DeregisterInstancesFromLoadBalancer"],
      resources: [arn(step, place)],
    },
    reads("elasticloadbalancing:DescribeLoadBalancers"),
  ],
  undoPermissions: (step, place) => [
    {
      actions: ["elasticloadbalancing:RegisterInstancesWithLoadBalancer"],
      resources: [arn(step, place)],
    },
    reads("elasticloadbalancing:DescribeLoadBalancers", "ec2:DescribeInstances"),
  ],
  widest: [{ kind: "deregister-from-load-balancer", instance: "*", loadBalancer: "*" }],
};

function arn(step: DeregisterFromLoadBalancer, place: Place): string {
  return `arn:aws:elasticloadbalancing:${place.region}:${place.account}:loadbalancer/${step.loadBalancer}`;
}
