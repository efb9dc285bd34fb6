import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { discover } from "../../deploy/discover";
import { type Calls, providerError, record } from "../support/recorder";

const vpcs: Readonly<Record<string, readonly string[]>> = {
  "ambient us-east-1": ["vpc-s"],
  "ambient eu-west-1": [],
  "member us-east-1": ["vpc-b", "vpc-a"],
  "member eu-west-1": ["vpc-c"],
};

const calls: Calls = ({ token, inputs, provider }) => {
  switch (token) {
    case "aws:ec2/getVpcs:getVpcs": {
      const account = provider?.includes("::member::") ? "member" : "ambient";
      return { ids: vpcs[`${account} ${inputs.region}`] };
    }
    case "aws:ec2/getSecurityGroups:getSecurityGroups":
      return inputs.region === "eu-west-1"
        ? { ids: ["sg-late"], vpcIds: ["vpc-c"] }
        : { ids: [], vpcIds: [] };
    default:
      throw new Error(`unexpected invoke ${token}`);
  }
};

const read = () =>
  discover(
    [
      { account: "777788889999", provider: new aws.Provider("member", { region: "us-east-1" }) },
      { account: "444455556666" },
    ],
    ["us-east-1", "eu-west-1"],
  );

describe("discover", () => {
  it("lists every VPC, sorted, with the group that exists in it already", async () => {
    const { result } = await record(read, calls);
    expect(result).to.deep.equal([
      { account: "444455556666", region: "us-east-1", id: "vpc-s" },
      {
        account: "777788889999",
        region: "eu-west-1",
        id: "vpc-c",
        // A response made this group before the deployment came by: EC2 allows no second.
        madeByResponse: "sg-late",
      },
      { account: "777788889999", region: "us-east-1", id: "vpc-a" },
      { account: "777788889999", region: "us-east-1", id: "vpc-b" },
    ]);
  });

  it("takes for an account's group none that another account owns in a shared VPC", async () => {
    const asked: unknown[] = [];
    await record(read, (args) => {
      if (args.token.includes("getSecurityGroups")) asked.push(args.inputs.filters);
      return calls(args);
    });
    const owners = asked.map((filters) =>
      (filters as { name: string; values: string[] }[]).find(({ name }) => name === "owner-id"),
    );
    expect(owners.map((owner) => owner?.values.join()).sort()).to.deep.equal([
      "444455556666",
      "444455556666",
      "777788889999",
      "777788889999",
    ]);
  });

  it("fails where a read is refused", async () => {
    const failure = await record(read, (args) => {
      if (args.token === "aws:ec2/getSecurityGroups:getSecurityGroups") {
        throw providerError("UnauthorizedOperation: ec2:DescribeSecurityGroups");
      }
      return calls(args);
    }).catch((error: Error) => error);
    expect(String(failure)).to.include("UnauthorizedOperation: ec2:DescribeSecurityGroups");
  });
});
