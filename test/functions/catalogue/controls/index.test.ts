import { expect } from "chai";
import {
  type ControlId,
  controlIds,
  idIn,
  publishedControl,
} from "../../../../functions/catalogue/controls";

const place = { account: "222233334444", region: "eu-central-1" };
const uuid = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809";
const ec2 = "arn:aws:ec2:eu-central-1:222233334444";
const balancer = "arn:aws:elasticloadbalancing:eu-central-1:222233334444:loadbalancer";
const thisAccount = "AWS::::Account:222233334444";
const repository = "arn:aws:ecr:eu-central-1:222233334444:repository/shop/web";
const app = `${balancer}/app/web/50dc6c495c0c9188`;

/** How Security Hub names what its controls are about, and the id that Cordon reads in it. */
const names: Partial<Record<ControlId, readonly [published: string, name: string, id: string]>> = {
  "public-snapshots": ["EC2.1", thisAccount, "222233334444"],
  "default-group-rules": [
    "EC2.2",
    `${ec2}:security-group/sg-0b1c2d3e4f5060718`,
    "sg-0b1c2d3e4f5060718",
  ],
  "open-risky-ports": [
    "EC2.19",
    `${ec2}:security-group/sg-0b1c2d3e4f5060718`,
    "sg-0b1c2d3e4f5060718",
  ],
  "transit-gateway-sharing": [
    "EC2.23",
    `${ec2}:transit-gateway/tgw-0b1c2d3e4f5060718`,
    "tgw-0b1c2d3e4f5060718",
  ],
  "open-administration": [
    "EC2.54",
    `${ec2}:security-group/sg-0b1c2d3e4f5060718`,
    "sg-0b1c2d3e4f5060718",
  ],
  "source-destination-check": [
    "EC2.180",
    `${ec2}:network-interface/eni-0b1c2d3e4f5060718`,
    "eni-0b1c2d3e4f5060718",
  ],
  // The guide says its type, AWS::EC2::SnapshotBlockPublicAccess, and not its name.
  "snapshot-public-sharing": ["EC2.182", "whatever", "222233334444"],
  "account-public-access": ["S3.1", thisAccount, "222233334444"],
  "bucket-tls": ["S3.5", "arn:aws:s3:::reports", "reports"],
  "bucket-acls": ["S3.12", "arn:aws:s3:::reports", "reports"],
  "load-balancer-headers": ["ELB.4", app, "app/web/50dc6c495c0c9188"],
  "load-balancer-protection": [
    "ELB.6",
    `${balancer}/net/web/50dc6c495c0c9188`,
    "net/web/50dc6c495c0c9188",
  ],
  "classic-balancer-draining": ["ELB.7", `${balancer}/web`, "web"],
  "classic-balancer-cross-zone": ["ELB.9", `${balancer}/web`, "web"],
  "load-balancer-desync": ["ELB.12", app, "app/web/50dc6c495c0c9188"],
  "classic-balancer-desync": ["ELB.14", `${balancer}/web`, "web"],
  "group-health-check": [
    "AutoScaling.1",
    `arn:aws:autoscaling:eu-central-1:222233334444:autoScalingGroup:${uuid}:autoScalingGroupName/web`,
    `${uuid}:autoScalingGroupName/web`,
  ],
  "repository-scanning": ["ECR.1", repository, "shop/web"],
  "repository-tags": ["ECR.2", repository, "shop/web"],
  "cluster-insights": ["ECS.12", "arn:aws:ecs:eu-central-1:222233334444:cluster/web", "web"],
  "function-policy": ["Lambda.1", "arn:aws:lambda:eu-central-1:222233334444:function:web", "web"],
  "topic-encryption": ["SNS.1", "arn:aws:sns:eu-central-1:222233334444:a.fifo", "a.fifo"],
  "queue-encryption": ["SQS.1", "arn:aws:sqs:eu-central-1:222233334444:orders", "orders"],
  "password-policy": ["IAM.7", thisAccount, "222233334444"],
  "document-sharing": [
    "SSM.4",
    "arn:aws:ssm:eu-central-1:222233334444:document/Restart",
    "Restart",
  ],
  "automation-log": ["SSM.6", thisAccount, "222233334444"],
  "document-public-sharing": ["SSM.7", thisAccount, "222233334444"],
  "stack-protection": [
    "CloudFormation.3",
    `arn:aws:cloudformation:eu-central-1:222233334444:stack/web/${uuid}`,
    `web/${uuid}`,
  ],
  "stage-tracing": [
    "APIGateway.3",
    "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/prod",
    "a1b2c3d4e5/stages/prod",
  ],
  "log-retention": [
    "CloudWatch.16",
    "arn:aws:logs:eu-central-1:222233334444:log-group:/aws/lambda/web:*",
    "/aws/lambda/web",
  ],
  "trail-validation": [
    "CloudTrail.4",
    "arn:aws:cloudtrail:eu-central-1:222233334444:trail/everything",
    "everything",
  ],
};

describe("functions/catalogue/controls", () => {
  for (const [control, [published, name, id]] of Object.entries(names)) {
    it(`answers ${published} with ${control}, for what Security Hub names ${name}`, () => {
      expect(publishedControl(published, name, place)).to.equal(control);
      expect(idIn(control as ControlId, name, place)).to.equal(id);
    });
  }

  it("finds no id in a name that would mean more in the ARN of a policy", () => {
    const [, name = ""] = names["group-health-check"] ?? [];
    expect(name).to.match(/autoScalingGroupName\/[^/*]+$/);
    for (const wide of ["*", "?", "$", "{"]) {
      const other = name.replace(/[^/]+$/, `web${wide}`);
      expect(idIn("group-health-check", other, place), other).to.equal(undefined);
    }
  });

  it("finds no id in the name of what another account or region has", () => {
    for (const control of controlIds.filter((each) => names[each]?.[1] !== "whatever")) {
      const name = names[control]?.[1] ?? "";
      const others = [
        name.replace("222233334444", "999988887777"),
        name.replace("eu-central-1", "eu-west-1"),
      ].filter((other) => other !== name);
      for (const other of others) {
        expect(idIn(control, other, place), other).to.equal(undefined);
      }
    }
  });
});
