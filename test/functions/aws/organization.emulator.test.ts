import {
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { organization } from "../../../functions/aws/organization";
import {
  allow,
  data,
  delegate,
  errorOf,
  makeRole,
  policy,
  security,
  seedOf,
  shop,
  trustLambda,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

describe("the accounts of the organization", () => {
  const environment = { ...process.env };
  const world = useWorld();
  before(async () => {
    await delegate(world);
    const actions = [
      "ListAccounts",
      "ListAccountsForParent",
      "ListOrganizationalUnitsForParent",
      "ListParents",
    ];
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

  it("are in the units above them, as far as the root", async () => {
    const { unitsOf } = organization("us-east-1");
    expect(await unitsOf(shop)).to.deep.equal(["ou-cord-workloads"]);
    expect(await unitsOf(security)).to.deep.equal(["ou-cord-security"]);
    expect(await unitsOf("111122223333")).to.deep.equal([]);
    expect((await errorOf(unitsOf("999988887777"))).name).to.equal("ChildNotFoundException");
  });

  it("are listed by the units below its root, which delegated administrators may read", async () => {
    const organizations = new OrganizationsClient(world.as(seedOf(world, security)));
    const { Roots = [] } = await organizations.send(new ListRootsCommand({}));
    expect(Roots.map(({ Id, Arn }) => [Id, Arn])).to.deep.equal([
      ["r-cord", "arn:aws:organizations::111122223333:root/o-cordonlocal/r-cord"],
    ]);
    const { OrganizationalUnits = [] } = await organizations.send(
      new ListOrganizationalUnitsForParentCommand({ ParentId: "r-cord" }),
    );
    expect(OrganizationalUnits.map(({ Id, Name }) => [Id, Name])).to.deep.equal([
      ["ou-cord-security", "security"],
      ["ou-cord-workloads", "workloads"],
    ]);
    const { Parents } = await organizations.send(new ListParentsCommand({ ChildId: shop }));
    expect(Parents).to.deep.equal([{ Id: "ou-cord-workloads", Type: "ORGANIZATIONAL_UNIT" }]);
    const stranger = organizations.send(new ListParentsCommand({ ChildId: "999988887777" }));
    expect((await errorOf(stranger)).name).to.equal("ChildNotFoundException");
    const member = new OrganizationsClient(world.as(seedOf(world, shop)));
    expect((await errorOf(member.send(new ListRootsCommand({})))).name).to.equal(
      "AccessDeniedException",
    );
  });
});
