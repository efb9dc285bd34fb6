import { expect } from "chai";
import { organization } from "../../functions/aws/organization";
import {
  allow,
  data,
  delegate,
  makeRole,
  policy,
  security,
  shop,
  startWorld,
  trustLambda,
  type World,
} from "./gateway-support";

describe("the accounts of the organization", () => {
  const environment = { ...process.env };
  let world: World;
  before(async () => {
    world = await startWorld();
    await delegate(world);
    const actions = ["ListAccounts", "ListAccountsForParent", "ListOrganizationalUnitsForParent"];
    const may = policy(
      allow(
        actions.map((action) => `organizations:${action}`),
        "*",
      ),
    );
    const role = await makeRole(world, security, "reader", trustLambda, may);
    const given = world.callers.serviceSession("lambda", role, "run", "cordon");
    const { accessKeyId, secretAccessKey, sessionToken } = await given;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: world.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken ?? "",
    });
  });
  after(async () => {
    process.env = environment;
    await world.stop();
  });

  const within: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["all, where nothing says otherwise", [], ["111122223333", security, shop, data]],
    ["those of a unit", ["ou-cord-workloads"], [shop, data]],
    ["those of units and single ones", ["ou-cord-security", data], [security, data]],
    ["those that are named", [shop], [shop]],
  ];
  for (const [what, given, ids] of within) {
    it(`are ${what}`, async () => {
      const found = await organization("us-east-1").accounts(given);
      expect(found.map(({ id }) => id)).to.deep.equal(ids);
    });
  }
});
