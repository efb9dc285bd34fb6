import {
  CreateIPSetCommand,
  GetIPSetCommand,
  ListIPSetsCommand,
  UpdateIPSetCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { expect } from "chai";
import { blockAddress } from "../../../../functions/remediate/steps/block-address";
import {
  allow,
  makeRole,
  policy,
  region,
  shop,
  startWorld,
  trustLambda,
  type World,
} from "../../../support/local/gateway";

const Name = "cordon-blocked-ipv4";
const Scope = "REGIONAL" as const;

describe("local/gateway/strict/blocking", () => {
  let world: World;
  let owner: WAFV2Client;
  before(async () => {
    world = await startWorld();
    owner = new WAFV2Client(world.as(world.callers.trusted(shop, "owner", "seed")));
    await owner.send(
      new CreateIPSetCommand({ Name, Scope, IPAddressVersion: "IPV4", Addresses: [] }),
    );
  });
  after(() => world.stop());

  const update = async (Addresses: string[], client = owner) => {
    const { IPSets = [] } = await client.send(new ListIPSetsCommand({ Scope }));
    const Id = IPSets[0]?.Id ?? "";
    const { LockToken } = await client.send(new GetIPSetCommand({ Name, Scope, Id }));
    return client.send(new UpdateIPSetCommand({ Name, Scope, Id, LockToken, Addresses }));
  };
  const refusal = (sending: Promise<unknown>) =>
    sending.then(
      () => "taken",
      (error: Error) => error.name,
    );

  it("takes ranges, and refuses what is none", async () => {
    expect(await refusal(update(["11.0.0.7/32", "11.0.0.0/8"]))).to.equal("taken");
    for (const each of ["11.0.0.7", "0.0.0.0/0", "11.0.0.7/33", "all"]) {
      expect(await refusal(update([each])), each).to.equal("WAFInvalidParameterException");
    }
    const many = Array.from({ length: 10_001 }, (_, n) => `13.${n >> 8}.${n & 255}.1/32`);
    expect(await refusal(update(many))).to.equal("WAFLimitsExceededException");
  });

  it("takes a change of the set as it was read, and of no other", async () => {
    const { IPSets = [] } = await owner.send(new ListIPSetsCommand({ Scope }));
    const Id = IPSets[0]?.Id ?? "";
    const { LockToken } = await owner.send(new GetIPSetCommand({ Name, Scope, Id }));
    const stale = { Name, Scope, Id, LockToken, Addresses: ["11.0.0.8/32"] };
    await update(["11.0.0.7/32"]);
    expect(await refusal(owner.send(new UpdateIPSetCommand(stale)))).to.equal(
      "WAFOptimisticLockException",
    );
  });

  it("lets the statements of the step that blocks change the sets of Cordon, and no other", async () => {
    const step = { kind: "block-address", address: "11.0.0.7", region, until: "" } as const;
    const statements = blockAddress
      .permissions(step, { account: shop, region })
      .map(({ actions, resources }) => allow([...actions], [...resources]));
    const role = await makeRole(world, shop, "blocker", trustLambda, policy(...statements));
    const session = await world.callers.serviceSession("lambda", role, "run", "cordon");
    const client = new WAFV2Client(world.as(session));
    expect(await refusal(update(["11.0.0.7/32"], client))).to.equal("taken");
    expect(
      await refusal(
        client.send(
          new CreateIPSetCommand({ Name: "mine", Scope, IPAddressVersion: "IPV4", Addresses: [] }),
        ),
      ),
    ).to.equal("AccessDeniedException");
  });
});
