import type { Instance, NetworkInterface } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { instanceOf, interfaceOf } from "../../../functions/aws/ec2-shapes";

describe("functions/aws/ec2-shapes", () => {
  // Shapes of `Instance` and `NetworkInterface` in the EC2 API reference.
  it("reads what kind of instance EC2 describes", () => {
    const kindOf = (found: Instance) => {
      const { spot, rootDevice, operator } = instanceOf({
        InstanceId: "i-0a1b2c3d4e5f60718",
        ...found,
      });
      return { spot, rootDevice, operator };
    };
    expect(kindOf({ RootDeviceType: "ebs", Operator: { Managed: false } })).to.deep.equal({
      spot: false,
      rootDevice: "ebs",
      operator: undefined,
    });
    expect(kindOf({ RootDeviceType: "ebs", InstanceLifecycle: "spot" })).to.include({ spot: true });
    expect(kindOf({ RootDeviceType: "ebs", InstanceLifecycle: "scheduled" })).to.include({
      spot: false,
    });
    expect(kindOf({ RootDeviceType: "instance-store" })).to.include({
      rootDevice: "instance-store",
    });
    expect(
      kindOf({ Operator: { Managed: true, Principal: "eks.amazonaws.com" } }).operator,
    ).to.equal("eks.amazonaws.com");
  });

  it("reads that AWS or another service manages an interface", () => {
    const managed = (found: NetworkInterface) =>
      interfaceOf({ NetworkInterfaceId: "eni-0a1b2c3d4e5f60718", ...found }).managed;
    expect(managed({ RequesterManaged: false, Operator: { Managed: false } })).to.equal(false);
    expect(managed({ RequesterManaged: true })).to.equal(true);
    expect(managed({ Operator: { Managed: true, Principal: "eks.amazonaws.com" } })).to.equal(true);
  });
});
