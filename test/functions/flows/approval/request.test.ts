import { expect } from "chai";
import type { Taker } from "../../../../functions/flows/approval/request";
import type { Wanted } from "../../../../functions/record/requests";
import { alice, securityAccount } from "../../../support/asked";
import * as builders from "../../../support/builders";
import { RequestingWorld, wanted } from "../../../support/requesting";

const role = (name: string, account = securityAccount, session = "bob") =>
  `arn:aws:sts::${account}:assumed-role/${name}/${session}`;

describe("a request by command, as it is taken [C5] [R1]", () => {
  it("is written with the name that STS gave, and handed to the responder of its playbook", async () => {
    for (const [contain, playbook] of [
      [builders.instanceId, "contain-instance"],
      ["user/deploy", "contain-access-key"],
      ["session/web/i-0a1b2c3d4e5f60718", "revoke-sessions"],
    ] as const) {
      const here = new RequestingWorld();
      const what = { ...wanted, contain };
      const report = await here.ask(what);
      const request = here.requests.items[0]?.id ?? "";
      expect(request).to.match(/^[0-9a-f]{32}$/);
      expect(report).to.deep.equal({ outcome: "asked", request, by: alice });
      const at = "2026-11-20T10:05:00.000Z";
      const written = { id: request, playbook, wanted: what, by: alice, at };
      expect(here.requests.items).to.deep.equal([written]);
      expect(here.handed).to.deep.equal([{ playbook, request }]);
    }
  });

  it("is one request, whose proof comes once more", async () => {
    const here = new RequestingWorld();
    const input = { wanted, proof: here.sign(wanted) };
    const first = await here.take(input);
    here.clock += 60_000;
    expect(await here.take(input)).to.deep.equal(first);
    expect(here.handed).to.have.length(1);
    expect(here.requests.items[0]?.at).to.equal("2026-11-20T10:05:00.000Z");
    // Signed anew it is another one.
    await here.ask(wanted);
    expect(here.handed).to.have.length(2);
  });

  it("shows what became of it, once it is answered", async () => {
    const here = new RequestingWorld();
    const asked = await here.ask(wanted);
    if (asked.outcome !== "asked") throw new Error(asked.outcome);
    const { request } = asked;
    expect(await here.take({ request })).to.deep.equal({ outcome: "shown" });
    const answer = { outcome: "contained", reason: "x", incident: "0f3a9c1d2b4e5f60-1" };
    await here.requests.answer(request, answer);
    expect(await here.take({ request })).to.deep.equal({ outcome: "shown", answer });
    const nobody = "f".repeat(32);
    expect(await here.take({ request: nobody })).to.deep.equal({
      outcome: "refused",
      reason: `Nobody made the request ${nobody}`,
    });
  });

  const listed = (here: RequestingWorld, ...approvers: readonly string[]) => {
    here.approvers = approvers;
  };
  const refused: readonly (readonly [
    string,
    Wanted,
    string,
    RegExp,
    ((here: RequestingWorld) => void)?,
  ])[] = [
    [
      "of a session of a role of another account",
      wanted,
      role("Responders", "777788889999"),
      /^\S+ may not ask: it is not of the security account 444455556666$/,
    ],
    [
      "of a principal of the target's account",
      wanted,
      role("Admin", builders.account),
      /may not ask: it is of the account that the incident is about/,
    ],
    [
      "of the user that it is about, although listed",
      { ...wanted, contain: "user/deploy" },
      `arn:aws:iam::${builders.account}:user/team/deploy`,
      /may not ask: the incident is about this principal$/,
      (here) => listed(here, `arn:aws:iam::${builders.account}:user/*`),
    ],
    [
      "of a session of the role that it is about, although listed",
      { ...wanted, contain: "session/web/i-0a1b2c3d4e5f60718" },
      role("web", builders.account),
      /may not ask: the incident is about this principal$/,
      (here) => listed(here, `arn:aws:iam::${builders.account}:role/*`),
    ],
    [
      "of somebody who is not listed",
      wanted,
      role("Interns"),
      /may not ask: cordon:approvers does not list it$/,
      (here) => listed(here, `arn:aws:iam::${securityAccount}:role/Responders`),
    ],
    ["of root", wanted, `arn:aws:iam::${securityAccount}:root`, /only users and sessions of roles/],
    [
      "of a role of Cordon's own",
      wanted,
      role("cordon-approve"),
      /may not ask: it is a role of Cordon's own$/,
    ],
    ["of the role that deploys", wanted, role("CordonDeployer"), /it is a role of Cordon's own$/],
    [
      "about what is no target",
      { ...wanted, contain: "role/web" },
      alice,
      /^"role\/web" is nothing that Cordon contains/,
    ],
    [
      "about no account",
      { ...wanted, account: "22223333" },
      alice,
      /account: must be a 12-digit account id$/,
    ],
    ["about no region", { ...wanted, region: "europe" }, alice, /region: must be a region$/],
    [
      "without a reason",
      { ...wanted, reason: " " },
      alice,
      /^The reason for the containment must be one line of 1 to 1,000 characters/,
    ],
    [
      "with a reason of two lines",
      { ...wanted, reason: "a\nb" },
      alice,
      /^The reason for the containment must be one line/,
    ],
    [
      "to adopt what is no journal",
      { adopt: '{"id":1}', reason: "back" },
      alice,
      /^This is no open record of a local journal: id: /,
    ],
    [
      "to adopt without a reason",
      { adopt: "{}", reason: "" },
      alice,
      /^The reason for the adoption must be one line of 1 to 1,000 characters, but none was given$/,
    ],
    [
      "to adopt more than an item of the table holds",
      { adopt: `"${"é".repeat(175_000)}"`, reason: "back" },
      alice,
      /^The local journal has 350002 bytes: 350000 can be adopted$/,
    ],
  ];
  for (const [what, request, by, why, prepare] of refused) {
    it(`is refused ${what}, in one sentence, and nothing is written or handed over`, async () => {
      const here = new RequestingWorld();
      prepare?.(here);
      const report = await here.ask(request, by);
      expect(report.outcome).to.equal("refused");
      expect(report).to.have.property("reason").that.matches(why);
      expect([here.requests.items, here.handed]).to.deep.equal([[], []]);
    });
  }

  const down = () => Promise.reject(new Error("down"));
  const outages: readonly (readonly [string, Partial<Taker>, string, RegExp])[] = [
    ["STS", { callerOf: down }, "refused", /^STS did not confirm who asks: Error: down$/],
    [
      "the journal's table",
      { requests: { find: down, ask: down } },
      "refused",
      /^The request could not be written: Error: down$/,
    ],
    [
      "the responder's queue",
      { handOver: down },
      "unfinished",
      /^The request is recorded, but may not have reached the responder \(Error: down\): look at npx cordon list, then ask again$/,
    ],
  ];
  for (const [what, changes, outcome, why] of outages) {
    it(`says in one sentence that ${what} is out of reach, and hands nothing over`, async () => {
      const here = new RequestingWorld();
      const report = await here.ask(wanted, alice, changes);
      expect(report.outcome).to.equal(outcome);
      expect(report).to.have.property("reason").that.matches(why);
      expect(here.handed).to.deep.equal([]);
    });
  }

  it("says that the table is out of reach to whoever waits", async () => {
    const here = new RequestingWorld();
    const changes = { requests: { find: down, ask: down } };
    expect(await here.take({ request: "0".repeat(32) }, changes)).to.deep.equal({
      outcome: "refused",
      reason: "The request could not be read: Error: down",
    });
  });

  for (const input of [
    { wanted },
    { request: "x" },
    { wanted, proof: {} },
    { wanted: { ...wanted, by: alice }, proof: { authorization: "", date: "" } },
    { wanted: { ...wanted, dryRun: "no" }, proof: { authorization: "", date: "" } },
  ]) {
    it(`refuses what is none: ${JSON.stringify(input).slice(-60)}`, async () => {
      const here = new RequestingWorld();
      const report = await here.take(input);
      expect(report.outcome).to.equal("refused");
      expect(report)
        .to.have.property("reason")
        .that.matches(/^Not a request by command: /);
      expect(here.requests.items).to.deep.equal([]);
    });
  }

  it("refuses to block an address where none are blocked, and hands nothing over [R10]", async () => {
    const here = new RequestingWorld();
    const report = await here.ask({ ...wanted, contain: "address/11.0.0.7" }, alice, {
      isDeployed: (playbook) => playbook !== "block-address",
    });
    expect(report).to.deep.equal({
      outcome: "refused",
      reason: "This deployment blocks no addresses: cordon:blockAddresses is empty",
    });
    expect(here.handed).to.deep.equal([]);
    expect(here.requests.items).to.deep.equal([]);
  });
});
