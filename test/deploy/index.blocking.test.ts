import { expect } from "chai";
import { deploy } from "../../deploy";
import { byStackSets, calls, deployed, settings } from "../support/deployment";
import { record } from "../support/recorder";

const blockAddresses = { hours: 24, neverBlock: ["12.0.0.0/8"] };
const ofBlocking = /block-address|wafv2|contain-address|release-address/;

/** Made once: it takes seconds. */
let made: ReturnType<typeof record> | undefined;
const blocking = () => {
  made ??= record(() => deploy({ ...settings, blockAddresses }), calls);
  return made;
};

describe("deploy, where addresses are blocked [R10]", () => {
  it("declares nothing of it by default", async () => {
    const { resources } = await deployed();
    const found = resources.filter((each) =>
      ofBlocking.test(JSON.stringify([each.type, each.name])),
    );
    expect(found.map(({ name }) => name)).to.deep.equal([]);
  });

  it("keeps two empty sets in every account and region, which no deployment empties", async () => {
    const { resources, named } = await blocking();
    const sets = resources.filter(({ type }) => type === "aws:wafv2/ipSet:IpSet");
    expect(
      sets.map(({ inputs }) => [
        inputs.region,
        inputs.name,
        inputs.ipAddressVersion,
        inputs.addresses,
      ]),
    ).to.have.deep.members(
      ["us-east-1", "eu-west-1"].flatMap((region) =>
        // The security account, and the member.
        [1, 2].flatMap(() => [
          [region, "cordon-blocked-ipv4", "IPV4", []],
          [region, "cordon-blocked-ipv6", "IPV6", []],
        ]),
      ),
    );
    const { inputs } = named("block-address-events-worker-function");
    expect(JSON.parse(inputs.environment.variables.BLOCKING)).to.deep.equal(blockAddresses);
  });

  it("has one responder send to the queue, and no rule", async () => {
    const { resources, named } = await blocking();
    expect(resources.some(({ name }) => name === "block-address-events-rule")).to.equal(false);
    const policy = JSON.parse(named("block-address-events-queue-policy").inputs.policy);
    expect(JSON.stringify(policy)).to.include("role/cordon-respond-contain-instance");
    expect(
      named("contain-instance-events-worker-function").inputs.environment.variables,
    ).to.include({
      ADDRESS_QUEUE_URL: "url:block-address-events-queue",
    });
    expect(
      JSON.stringify(JSON.parse(named("release-events-queue-policy").inputs.policy)),
    ).to.include("role/cordon-watch");
    expect(named("watch-events-worker-function").inputs.environment.variables).to.include({
      RELEASE_QUEUE_URL: "url:release-events-queue",
    });
  });

  it("puts the sets into the StackSet of every region, and the roles into the one of the account", async () => {
    const on = { ...byStackSets, blockAddresses };
    const { resources } = await record(() => deploy(on), calls);
    const templates = resources
      .filter(({ type }) => type === "aws:cloudformation/stackSet:StackSet")
      .map(({ inputs }) => [String(inputs.name), String(inputs.templateBody)] as const);
    const having = (text: string) =>
      templates.filter(([, body]) => body.includes(text)).map(([name]) => name);
    expect(having("AWS::WAFv2::IPSet")).to.deep.equal(["cordon-baseline-regional-prod"]);
    expect(having('"RoleName":"cordon-contain-address"')).to.deep.equal([
      "cordon-baseline-global-prod",
    ]);
  });
});
