/** Posture controls of load balancers and Auto Scaling groups. Data only. */
import type { Control } from "./control";

const anyBalancer = "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{id}";
/** Actions of Elastic Load Balancing that take no resource, for both generations. */
const reads = [
  {
    actions: [
      "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeTags",
    ],
    resources: ["*"],
  },
] as const;
const changes = [
  { actions: ["elasticloadbalancing:ModifyLoadBalancerAttributes"], resources: [anyBalancer] },
] as const;

const named = {
  names: "load balancer {id}",
  arn: anyBalancer,
  reads,
  changes,
  nextStep: "Declare it where the load balancer is declared.",
} as const;

const kind = "[a-zA-Z0-9-]{1,32}/[0-9a-f]{16}";
const application = { ...named, idForm: `app/${kind}` } as const;
const classic = { ...named, idForm: "[a-zA-Z0-9-]{1,32}" } as const;

const askDesync =
  "Requests that two servers may read differently would be refused or end their connection";

export const balancingControls = {
  "load-balancer-headers": {
    ...application,
    does: "have load balancer {id} drop headers that are not valid",
    undoes: "have load balancer {id} pass on headers that are not valid",
    published: ["ELB.4"],
    wanted: "true",
    asks: "Programs would not get headers any more whose names have other characters than letters, digits and hyphens",
    residual: "Requests from before are in the access log, if there is one.",
  },
  "load-balancer-desync": {
    ...application,
    does: "have load balancer {id} refuse requests that are known to be dangerous",
    undoes: "have load balancer {id} treat dangerous requests as before",
    published: ["ELB.12"],
    wanted: "defensive",
    asks: askDesync,
    residual: "Requests from before are in the access log, if there is one.",
  },
  "load-balancer-protection": {
    ...named,
    idForm: `(?:app|net|gwy)/${kind}`,
    does: "protect load balancer {id} from being deleted",
    undoes: "no longer protect load balancer {id} from being deleted",
    published: ["ELB.6"],
    wanted: "true",
    residual: "Whoever may change the load balancer may end its protection.",
  },
  "classic-balancer-draining": {
    ...classic,
    does: "have load balancer {id} finish open requests before an instance leaves",
    undoes: "have load balancer {id} cut open requests when an instance leaves",
    published: ["ELB.7"],
    residual: "An instance that leaves may take up to the time-out for it.",
  },
  "classic-balancer-cross-zone": {
    ...classic,
    does: "have load balancer {id} spread requests over the instances of all zones alike",
    undoes: "have load balancer {id} spread requests over zones alike",
    published: ["ELB.9"],
    wanted: true,
    residual: "Instances may get more or fewer requests than before.",
  },
  "classic-balancer-desync": {
    ...classic,
    does: "have load balancer {id} refuse requests that are known to be dangerous",
    undoes: "have load balancer {id} treat dangerous requests as before",
    published: ["ELB.14"],
    wanted: "defensive",
    asks: askDesync,
    residual: "Requests from before are in the access log, if there is one.",
  },
  "group-health-check": {
    does: "have Auto Scaling group {id} heed the health checks of its load balancer",
    undoes: "have Auto Scaling group {id} heed the health checks as before",
    names: "Auto Scaling group {id}",
    arn: "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{id}",
    published: ["AutoScaling.1"],
    // AWS's own part of the ARN, and the name, of which the ARN has no colon.
    idForm: "[0-9a-f-]{36}:autoScalingGroupName/[^:]{1,255}",
    reads: [{ actions: ["autoscaling:DescribeAutoScalingGroups"], resources: ["*"] }],
    changes: [
      {
        actions: ["autoscaling:UpdateAutoScalingGroup"],
        resources: ["arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{id}"],
      },
    ],
    asks: "Instances that fail the load balancer's check are replaced, all of them where the check itself is wrong",
    residual: "Instances that are unhealthy now are replaced once their grace period is over.",
    nextStep: "Declare the health check where the group is declared.",
  },
} as const satisfies Record<string, Control>;
