import { expect } from "chai";
import { QuarantineGroups } from "../../../components/organization/quarantine-groups";
import { record, resolved } from "../../support/recorder";

const group = "aws:ec2/securityGroup:SecurityGroup";

describe("components/organization/quarantine-groups [P4]", () => {
  const groups = () =>
    new QuarantineGroups("quarantine-777788889999", {
      account: "777788889999",
      vpcs: [
        { region: "eu-west-1", id: "vpc-1" },
        { region: "us-east-1", id: "vpc-2" },
        { region: "us-east-1", id: "vpc-3", madeByResponse: "sg-late" },
      ],
    });

  it("is created in every VPC that has none, without inline rules", async () => {
    const { ofType } = await record(groups);
    const common = {
      name: "cordon-quarantine",
      description: "Cordon quarantine: no inbound, outbound only to the SSM endpoints of this VPC",
      tags: { cordon: "quarantine" },
    };
    expect(ofType(group)).to.deep.equal([
      {
        type: group,
        name: "quarantine-777788889999-eu-west-1-vpc-1",
        inputs: { region: "eu-west-1", vpcId: "vpc-1", ...common },
      },
      {
        type: group,
        name: "quarantine-777788889999-us-east-1-vpc-2",
        inputs: { region: "us-east-1", vpcId: "vpc-2", ...common },
      },
    ]);
  });

  it("registers nothing but groups: their rules are the sweeper's", async () => {
    const { resources } = await record(groups);
    expect([...new Set(resources.map((resource) => resource.type))].sort()).to.deep.equal([
      group,
      "cordon:index:QuarantineGroups",
    ]);
  });

  it("offers the groups by account, region and VPC", async () => {
    const { result } = await record(groups);
    expect(await resolved(result.groupIds)).to.deep.equal({
      "777788889999/eu-west-1/vpc-1": "id:quarantine-777788889999-eu-west-1-vpc-1",
      "777788889999/us-east-1/vpc-2": "id:quarantine-777788889999-us-east-1-vpc-2",
      "777788889999/us-east-1/vpc-3": "sg-late",
    });
  });
});
