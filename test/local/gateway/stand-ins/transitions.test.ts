import {
  AutoScalingClient,
  DescribeAutoScalingInstancesCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { autoScaling } from "../../../../functions/aws/auto-scaling";
import { loadBalancing } from "../../../../functions/aws/load-balancing";
import { seedInstance, seedVpc } from "../../../../local/seeds/networks";
import { seedService } from "../../../../local/seeds/services";
import {
  allow,
  makeRole,
  policy,
  region,
  seedOf,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The gateway, on instances on their way out of a group", () => {
  const world = useWorld();
  const { AWS_ENDPOINT_URL } = process.env;
  let instance: string;
  let targetGroup: string;
  let scaling: ReturnType<typeof autoScaling>;
  let balancing: ReturnType<typeof loadBalancing>;
  let states: () => Promise<readonly (string | undefined)[][]>;

  before(async () => {
    process.env.AWS_ENDPOINT_URL = world.url;
    const site = { account: shop, region };
    const vpc = await seedVpc(world, site, { groups: ["web"] });
    const seeded = await seedInstance(world, vpc, { interfaces: [["web"]], volumes: 1 });
    instance = seeded.id;
    ({ targetGroup } = await seedService(world, vpc, seeded, "shop"));
    const may = policy(allow(["autoscaling:*", "elasticloadbalancing:*", "ec2:Describe*"], "*"));
    const role = await makeRole(world, shop, "responder", trustLambda, may);
    const { sessionToken = "", ...session } = await world.callers.serviceSession(
      "lambda",
      role,
      "f",
      "workload",
    );
    const credentials = { ...session, sessionToken };
    scaling = autoScaling(region, credentials);
    balancing = loadBalancing(region, credentials);
    states = async () => {
      const as = world.as(credentials);
      const { AutoScalingInstances = [] } = await new AutoScalingClient(as).send(
        new DescribeAutoScalingInstancesCommand({ InstanceIds: [instance] }),
      );
      const { TargetHealthDescriptions = [] } = await new ElasticLoadBalancingV2Client(as).send(
        new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }),
      );
      return [
        AutoScalingInstances.map((each) => each.LifecycleState),
        TargetHealthDescriptions.filter(({ Target }) => Target?.Id === instance).map(
          (each) => each.TargetHealth?.State,
        ),
      ];
    };
  });
  after(() => {
    if (AWS_ENDPOINT_URL === undefined) delete process.env.AWS_ENDPOINT_URL;
    else process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL;
  });

  it("shows them so for two reads, and then no more", async () => {
    await scaling.detach(instance, "shop");
    await balancing.deregisterTarget(targetGroup, instance, 8080);
    const out = [["Detaching"], ["draining"]];
    expect(await states()).to.deep.equal(out);
    const as = world.as(seedOf(world, shop));
    const seen = await new AutoScalingClient(as).send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: [instance] }),
    );
    expect(seen.AutoScalingInstances).to.deep.equal([]);
    expect(await states()).to.deep.equal(out);
    expect(await states()).to.deep.equal([[], []]);
  });

  it("lets Cordon see that they have left", async () => {
    await scaling.attach(instance, "shop");
    await balancing.registerTarget(targetGroup, instance, 8080);
    await scaling.detach(instance, "shop");
    await balancing.deregisterTarget(targetGroup, instance, 8080);
    expect(await scaling.groupOf(instance)).to.deep.equal({ name: "shop", state: "Detaching" });
    expect((await balancing.registration(targetGroup, instance)).ports).to.deep.equal([]);
  });

  it("forgets them once they are back", async () => {
    await scaling.attach(instance, "shop");
    await balancing.registerTarget(targetGroup, instance, 8080);
    expect(await scaling.groupOf(instance)).to.deep.equal({ name: "shop", state: "InService" });
    expect((await balancing.registration(targetGroup, instance)).ports).to.deep.equal([8080]);
  });
});
