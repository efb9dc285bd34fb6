import { expect } from "chai";
import { Range } from "../../../components/organization/range";
import { type Calls, record } from "../../support/recorder";

const calls: Calls = ({ token, inputs }) => {
  if (token !== "aws:ssm/getParameter:getParameter") throw new Error(`unexpected invoke ${token}`);
  return { value: `newest of ${inputs.name}` };
};

const range = () => record(() => new Range("range", { region: "us-east-1" }), calls);

describe("components/organization/range [V1]", () => {
  it("has a network without any way to the internet", async () => {
    const { named, resources } = await range();
    expect(named("range-vpc").inputs).to.deep.equal({
      region: "us-east-1",
      cidrBlock: "10.211.0.0/24",
      numberOfAvailabilityZones: 1,
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Isolated", name: "cordon-range" }],
      natGateways: { strategy: "None" },
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: "cordon-range" },
    });
    const egress = resources.filter(({ type }) => type.endsWith(":SecurityGroupEgressRule"));
    expect(egress.map(({ inputs }) => inputs)).to.deep.equal([
      {
        region: "us-east-1",
        securityGroupId: "id:range-target-group",
        cidrIpv4: "10.211.0.0/24",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
    ]);
  });

  it("lets nothing in but what the endpoints serve to that network", async () => {
    const { resources } = await range();
    const ingress = resources.filter(({ type }) => type.endsWith(":SecurityGroupIngressRule"));
    expect(ingress.map(({ inputs }) => inputs)).to.deep.equal([
      {
        region: "us-east-1",
        securityGroupId: "id:range-endpoint-group",
        cidrIpv4: "10.211.0.0/24",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
    ]);
  });

  it("is reached by Session Manager alone, quarantined or not", async () => {
    const { ofType } = await range();
    const endpoints = ofType("aws:ec2/vpcEndpoint:VpcEndpoint");
    expect(endpoints.map(({ inputs }) => inputs.serviceName)).to.deep.equal([
      "com.amazonaws.us-east-1.ssm",
      "com.amazonaws.us-east-1.ssmmessages",
      "com.amazonaws.us-east-1.ec2messages",
    ]);
    for (const { inputs } of endpoints) {
      expect(inputs.vpcEndpointType).to.equal("Interface");
      expect(inputs.privateDnsEnabled).to.equal(true);
      expect(inputs.securityGroupIds).to.deep.equal(["id:range-endpoint-group"]);
    }
    const [attached] = ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
    expect(attached?.inputs).to.deep.equal({
      role: "cordon-range",
      policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    });
  });

  it("holds one small instance: encrypted, with tokens for its metadata, without a key", async () => {
    const { ofType } = await range();
    const targets = ofType("aws:ec2/instance:Instance");
    expect(targets).to.have.length(1);
    expect(targets[0]?.inputs).to.deep.equal({
      region: "us-east-1",
      ami: "newest of /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
      instanceType: "t4g.nano",
      subnetId: "subnet:range-vpc",
      vpcSecurityGroupIds: ["id:range-target-group"],
      iamInstanceProfile: "cordon-range",
      metadataOptions: { httpTokens: "required", httpEndpoint: "enabled" },
      rootBlockDevice: { encrypted: true },
      tags: { Name: "cordon-range" },
    });
  });
});
