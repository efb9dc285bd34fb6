import { DescribeStackSetCommand } from "@aws-sdk/client-cloudformation";
import { expect } from "chai";
import { LocalProvider } from "../../../../local/provider/provider";
import { registry } from "../../../../local/provider/registry";
import { data, errorOf, security, seedOf, shop } from "../../../support/local/gateway";
import { Administration, as, oneRole, templateOf } from "../../../support/local/stack-sets";
import { useWorld } from "../../../support/world";

describe("The provider's stack sets", () => {
  let stackSets: Administration;
  const world = useWorld();

  before(async () => {
    stackSets = await Administration.start(world);
  });

  it("is what the provider's stack sets and instances are carried out by, read page by page", async () => {
    world.pageSize = 1;
    const { accessKeyId, secretAccessKey } = seedOf(world, security);
    const settings = {
      AWS_ENDPOINT_URL: world.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    Object.assign(process.env, settings);
    const provider = new LocalProvider(registry);
    await provider.configure({ region: "us-east-1" });
    for (const name of Object.keys(settings)) delete process.env[name];
    const set = { type: "aws:cloudformation/stackSet:StackSet", name: "baseline" };
    const instances = { type: "aws:cloudformation/stackInstances:StackInstances", name: "all" };
    const setInputs = {
      name: "provided",
      permissionModel: "SERVICE_MANAGED",
      callAs: "DELEGATED_ADMIN",
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ["CAPABILITY_NAMED_IAM"],
      managedExecution: { active: true },
      operationPreferences: { maxConcurrentPercentage: 100, failureToleranceCount: 0 },
      templateBody: templateOf(oneRole("provided")),
    };
    const instanceInputs = {
      stackSetName: "provided",
      callAs: "DELEGATED_ADMIN",
      regions: ["us-east-1"],
      deploymentTargets: { organizationalUnitIds: ["ou-cord-workloads"] },
      operationPreferences: { maxConcurrentPercentage: 100 },
    };
    for (const [{ type }, inputs] of [
      [set, setInputs],
      [instances, instanceInputs],
    ] as const) {
      expect((await provider.check(type, inputs)).failures).to.deep.equal([]);
    }
    const madeSet = await provider.create(set, setInputs, false);
    expect(madeSet.outputs.arn).to.match(
      /^arn:aws:cloudformation:us-east-1:111122223333:stackset\/provided:/,
    );
    const made = await provider.create(instances, instanceInputs, false);
    expect((await stackSets.roleOf(data, "provided"))?.RoleName).to.equal("provided");
    const again = (organizationalUnitIds: readonly string[]) =>
      provider.diff(instances.type, {
        state: { ...made.outputs, deploymentTargets: { organizationalUnitIds } },
        olds: instanceInputs,
        news: instanceInputs,
      });
    expect(
      (made.outputs.stackInstanceSummaries as { readonly accountId: string }[])
        .map(({ accountId }) => accountId)
        .sort(),
    ).to.deep.equal(["222233334444", "333344445555"]);
    // CloudFormation documents that it names the units asked for; named otherwise, they change.
    expect(made.outputs.deploymentTargets).to.deep.equal(instanceInputs.deploymentTargets);
    expect(again(["ou-cord-workloads"])).to.deep.equal([]);
    expect(again(["ou-cord-shop"])).to.deep.equal(["deploymentTargets"]);
    expect(await stackSets.lacks(security, "provided")).to.equal(true);

    const changed = oneRole("provided", { Description: "changed" });
    const change = (templateBody: string) =>
      provider.update(set, {
        id: madeSet.id,
        state: madeSet.outputs,
        olds: setInputs,
        news: { ...setInputs, templateBody },
        preview: false,
      });
    await change(templateOf(changed));
    expect((await stackSets.roleOf(shop, "provided"))?.Description).to.equal("changed");
    const { message } = await errorOf(change(templateOf(oneRole("provided", { Path: "/x/" }))));
    expect(message).to.contain("ended FAILED, account 222233334444 in us-east-1");

    await provider.delete(instances, made.id, { ...made.outputs, ...instanceInputs });
    expect(await stackSets.lacks(shop, "provided")).to.equal(true);
    await provider.delete(set, madeSet.id, { ...madeSet.outputs, ...setInputs });
    const asked = stackSets.client.send(
      new DescribeStackSetCommand({ ...as, StackSetName: "provided" }),
    );
    expect((await errorOf(asked)).name).to.equal("StackSetNotFoundException");
  });
});
