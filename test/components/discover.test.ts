import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { discover } from "../../discover";
import { type Calls, providerError, record } from "./recorder";

const vpcs: Readonly<Record<string, readonly string[]>> = {
  "ambient us-east-1": ["vpc-s"],
  "ambient eu-west-1": [],
  "member us-east-1": ["vpc-b", "vpc-a"],
  "member eu-west-1": ["vpc-c"],
};

const endpoints: Readonly<Record<string, readonly string[]>> = {
  "vpc-b com.amazonaws.us-east-1.ssm": ["sg-2", "sg-1"],
  "vpc-b com.amazonaws.us-east-1.ssmmessages": ["sg-1"],
  "vpc-c com.amazonaws.eu-west-1.ec2messages": ["sg-3"],
};

const calls: Calls = ({ token, inputs, provider }) => {
  switch (token) {
    case "aws:ec2/getVpcs:getVpcs": {
      const account = provider?.includes("::member::") ? "member" : "ambient";
      return { ids: vpcs[`${account} ${inputs.region}`] };
    }
    case "aws:ec2/getVpcEndpoint:getVpcEndpoint": {
      const found = endpoints[`${inputs.vpcId} ${inputs.serviceName}`];
      if (!found) {
        throw providerError("no matching EC2 VPC Endpoint found");
      }
      return { securityGroupIds: found };
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
  it("lists every VPC with its SSM endpoints' groups, sorted", async () => {
    const { result } = await record(read, calls);
    expect(result).to.deep.equal([
      { account: "444455556666", region: "us-east-1", id: "vpc-s", endpointGroups: [] },
      {
        account: "777788889999",
        region: "eu-west-1",
        id: "vpc-c",
        endpointGroups: ["sg-3"],
        // A response made this group before the deployment came by: EC2 allows no second.
        madeByResponse: "sg-late",
      },
      { account: "777788889999", region: "us-east-1", id: "vpc-a", endpointGroups: [] },
      {
        account: "777788889999",
        region: "us-east-1",
        id: "vpc-b",
        endpointGroups: ["sg-1", "sg-2"],
      },
    ]);
  });

  it("does not take a refused read for a VPC without endpoints", async () => {
    const failure = await record(read, (args) => {
      if (args.token === "aws:ec2/getVpcEndpoint:getVpcEndpoint") {
        throw providerError("UnauthorizedOperation: ec2:DescribeVpcEndpoints");
      }
      return calls(args);
    }).catch((error: Error) => error);
    expect(String(failure)).to.include("UnauthorizedOperation: ec2:DescribeVpcEndpoints");
  });
});
