import { expect } from "chai";
import { bucketsOf, TokenBuckets } from "../../../local/gateway/buckets";

const call = (service: string, operation: string, parameters = {}, version?: string) => ({
  service,
  operation,
  parameters,
  ...(version !== undefined && { version }),
});

describe("The gateway's token buckets", () => {
  // EC2 Developer Guide and Elastic Load Balancing User Guide, the tables of request token buckets.
  for (const [title, about, expected] of [
    [
      "a read by ids is unfiltered",
      call("ec2", "DescribeInstances", { InstanceId: ["i-1"] }),
      { "ec2:DescribeInstances, unfiltered": { capacity: 50, perSecond: 10 } },
    ],
    [
      "a filtered read",
      call("ec2", "DescribeInstances", { Filter: [{ Name: "instance-id", Value: ["i-1"] }] }),
      { "ec2:DescribeInstances": { capacity: 100, perSecond: 20 } },
    ],
    [
      "a read that is never called unfiltered",
      call("ec2", "DescribeInstanceAttribute"),
      { "ec2:DescribeInstanceAttribute": { capacity: 100, perSecond: 20 } },
    ],
    [
      "a write",
      call("ec2", "ModifyInstanceAttribute"),
      { "ec2:ModifyInstanceAttribute": { capacity: 50, perSecond: 5 } },
    ],
    [
      "a resource-intensive write",
      call("ec2", "AuthorizeSecurityGroupIngress"),
      { "ec2:AuthorizeSecurityGroupIngress": { capacity: 50, perSecond: 5 } },
    ],
    [
      "a write of its own size",
      call("ec2", "CreateTags"),
      { "ec2:CreateTags": { capacity: 100, perSecond: 10 } },
    ],
    [
      "a registration, beside the limit of all calls to load balancing",
      call("elasticloadbalancing", "DeregisterTargets", {}, "2015-12-01"),
      {
        "elasticloadbalancing 2015-12-01, registrations": { capacity: 20, perSecond: 4 },
        "elasticloadbalancing, every call": { capacity: 40, perSecond: 10 },
      },
    ],
    ["DynamoDB, which has no such buckets", call("dynamodb", "PutItem"), {}],
  ] as const) {
    it(`sizes ${title}`, () => {
      expect(bucketsOf(about)).to.deep.equal(expected);
    });
  }

  it("takes what is there, refuses the rest, and refills by the second up to its size", () => {
    let now = 0;
    const buckets = new TokenBuckets(() => now);
    const take = (times: number) =>
      Array.from({ length: times }, () =>
        buckets.take(call("ec2", "ModifyInstanceAttribute"), "111122223333", "us-east-1"),
      ).filter(Boolean).length;
    expect(take(60)).to.equal(50);
    now = 1_000;
    expect(take(60)).to.equal(5);
    now = 61_000;
    expect(take(60)).to.equal(50);
    // 105 calls from a bucket of 50: the other 55 take eleven seconds at five a second.
    expect(buckets.tightest()).to.deep.equal({
      name: "111122223333 us-east-1 ec2:ModifyInstanceAttribute",
      taken: 105,
      seconds: 11,
    });
  });

  it("fills one bucket for each account and region", () => {
    const buckets = new TokenBuckets(() => 0);
    const taken = (account: string, region: string) =>
      Array.from({ length: 60 }, () =>
        buckets.take(call("ec2", "DeleteSecurityGroup"), account, region),
      ).filter(Boolean).length;
    expect(taken("111122223333", "us-east-1")).to.equal(50);
    expect(taken("111122223333", "eu-west-1")).to.equal(50);
    expect(taken("444455556666", "us-east-1")).to.equal(50);
  });

  it("takes no token of one bucket where another is empty", () => {
    const buckets = new TokenBuckets(() => 0);
    const elb = (operation: string) =>
      buckets.take(call("elasticloadbalancing", operation, {}, "2015-12-01"), "1", "us-east-1");
    for (let each = 0; each < 40; each++) expect(elb("DescribeTargetHealth")).to.equal(true);
    expect(elb("DeregisterTargets")).to.equal(false);
    expect(buckets.tightest()).to.deep.include({ taken: 40, seconds: 0 });
  });
});
