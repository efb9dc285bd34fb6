import { expect } from "chai";
import { release } from "../../local/drill/scenarios";
import { homeRegion, security } from "../../local/gateway/accounts";
import { accessKeyFinding } from "../../local/samples/credentials";
import { securityHubCustomAction } from "../../local/samples/security-hub";
import type { SeededUser } from "../../local/seeds/identities";
import { type EventBridgeEvent, fireSchedule } from "../../local/services/eventbridge/events";
import gdSample from "../fixtures/guardduty-access-key-sample.json";
import shConsoleLogin from "../fixtures/security-hub-console-login.json";
import taExposed from "../fixtures/trusted-advisor-exposed-key.json";
import { type Json, type Path, removed, spoiled } from "../support/events";
import { type Deployed, deployed } from "./deployed";
import { answered, cut, data, leaked, seedVictim, shop, untouched, userStateOf } from "./exposure";

const item: Path = ["detail", "check-item-detail"];
const details: Path = ["detail", "resource", "accessKeyDetails"];

function changed(event: object, ...changes: readonly (readonly [Path, unknown])[]) {
  return changes.reduce(
    (now, [path, value]) => spoiled(now, path, value),
    event as Json,
  ) as unknown as EventBridgeEvent;
}

const without = (event: object, path: Path) =>
  removed(event as Json, path) as unknown as EventBridgeEvent;

let here: Deployed;
const keyOf = (user: SeededUser) => user.keys[0]?.accessKeyId ?? "";
const victim = (name: string, site = shop) => seedVictim(here.organization.gateway, name, site);
const standing = (user: SeededUser) => userStateOf(here.organization.gateway, user);

/** GuardDuty's finding about a user's key, grave enough to be answered without a person. */
const seen = (user: SeededUser) =>
  accessKeyFinding({
    ...user,
    userName: user.name,
    userType: "IAMUser",
    accessKeyId: keyOf(user),
    principalId: user.id,
    type: "Exfiltration:IAMUser/AnomalousBehavior",
    severity: 8,
  });

describe("a report about an access key that names no user to contain [D6]", () => {
  let user: SeededUser;
  let neighbour: SeededUser;
  before("deploy, and seed a user in either member account", async () => {
    here = await deployed();
    user = await victim("careless");
    neighbour = await victim("careless", data);
  });

  const cases: readonly (readonly [
    title: string,
    event: () => EventBridgeEvent,
    outcome: string,
    reason: string | (() => string),
    end?: string,
  ])[] = [
    [
      "GuardDuty's of a user that does not exist: notified, with how to find the key",
      () =>
        changed(
          seen(user),
          [[...details, "userName"], "nobody"],
          [[...details, "principalId"], "AIDAEXAMPLENOBODY0001"],
        ),
      "target-missing",
      "The user nobody does not exist",
    ],
    [
      "GuardDuty's without a user's name: notified",
      () => without(seen(user), [...details, "userName"]),
      "notified",
      "The finding does not name the IAM user",
    ],
    [
      "Trusted Advisor's without a user's name: notified, and the key's activity is looked up",
      () => without(leaked(user), [...item, "User Name (IAM or Root)"]),
      "notified",
      () => `Trusted Advisor does not name the owner of access key ${keyOf(user)}`,
      "NotContained",
    ],
    [
      "GuardDuty's without a type of user: notified, as the key's prefix does not identify its owner",
      () => without(seen(user), [...details, "userType"]),
      "notified",
      "The finding does not say what type of user the credentials belong to",
    ],
    [
      "Trusted Advisor's without the item's details: refused",
      () => without(leaked(user), item),
      "refused",
      "Not an exposed access key of Trusted Advisor: detail.check-item-detail: Invalid input: expected object, received undefined",
      "Refused",
    ],
    [
      "Trusted Advisor's of an account that is not ours: refused",
      () => changed(leaked(user), [["account"], "999988887777"]),
      "refused",
      "Account 999988887777 is not in the organization",
      "Refused",
    ],
    [
      "GuardDuty's published sample, as given: refused, for a stranger's account sent it",
      () =>
        changed(gdSample, [["account"], "101010101111"], [["detail", "accountId"], "883606788610"]),
      "refused",
      "The event comes from account 101010101111; findings are accepted only from the security account 123456789012",
    ],
    [
      "GuardDuty's published sample, of a member: notified, as its ids are placeholders",
      () => changed(gdSample),
      "notified",
      "The finding is a generated sample: it names no principal",
    ],
    [
      "Security Hub's published finding, as given: not even forwarded, for the action is another's",
      () => changed(shConsoleLogin),
      "unanswered",
      "no function answered",
    ],
    [
      "Security Hub's published finding, sent to Cordon: notified, as it names no type of user",
      () => changed(shConsoleLogin, [["resources"], [contain]]),
      "notified",
      "The finding does not say what type of user the credentials belong to",
    ],
    [
      "Trusted Advisor's published event, as given: notified as gone, as the account has no such user",
      () => changed(taExposed),
      "target-missing",
      "The user my-username does not exist",
      "KeyGone",
    ],
  ];
  for (const [title, event, outcome, reason, end] of cases) {
    it(`changes nothing: ${title}`, async () => {
      const { results, executions, changes, notices } = await answered(here, event());
      expect(results.map((each) => [each.outcome, each.reason])).to.deep.equal([
        [outcome, typeof reason === "string" ? reason : reason()],
      ]);
      expect(executions.map(({ states }) => states.at(-1))).to.deep.equal(end ? [end] : []);
      expect(changes).to.deep.equal([]);
      // The workflow sends its own summary besides the notice of the playbook or of triage.
      const expected = outcome === "refused" || outcome === "unanswered" ? 0 : end ? 2 : 1;
      // What is refused is a dead letter, and has the notice of those.
      const others = notices.filter(({ subject }) => !/ dead letters?: /.test(subject));
      expect(others).to.have.length(expected);
      expect(await standing(user)).to.deep.equal(untouched);
      expect(await standing(neighbour)).to.deep.equal(untouched);
    });
  }
});

const contain = `arn:aws:securityhub:us-east-1:${security.id}:action/custom/CordonContain`;

describe("a published report, about a member's user [D2]", () => {
  before(async () => {
    here = await deployed();
  });

  it("is acted on when Trusted Advisor sends it: a public key needs no second sign", async () => {
    const user = await victim("published-ta");
    const { results, changes } = await answered(
      here,
      changed(
        taExposed,
        [["account"], user.account],
        [[...item, "User Name (IAM or Root)"], user.name],
        [[...item, "Access Key ID"], keyOf(user)],
      ),
    );
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(["contained"]);
    expect(changes).to.have.length(4);
    expect(await standing(user)).to.deep.equal(cut);
  });

  it("notifies the responders of GuardDuty's finding of medium severity: an analyst decides", async () => {
    const user = await victim("published-gd");
    const names = { userName: user.name, principalId: user.id, accessKeyId: keyOf(user) };
    const event = changed(gdSample, [details, { ...names, userType: "IAMUser" }]);
    const { results, changes } = await answered(here, event);
    expect(results.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ["notified", "Severity 5 is below 7, the threshold for containment"],
    ]);
    expect(changes).to.deep.equal([]);
    expect(await standing(user)).to.deep.equal(untouched);
  });

  it("is acted on at the same severity when a person sends it from Security Hub", async () => {
    const user = await victim("published-sh");
    const event = securityHubCustomAction(
      {
        ...user,
        userName: user.name,
        userType: "IAMUser",
        principalId: user.id,
        accessKeyId: keyOf(user),
      },
      { id: "CordonContain", name: "Contain" },
    );
    const { results } = await answered(here, event);
    expect(results.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ["contained", "A responder requested it in Security Hub, and every guard passed"],
    ]);
    expect(await standing(user)).to.deep.equal(cut);
  });
});

describe("an exposed key that is reported twice [D4] [R11]", () => {
  before(async () => {
    here = await deployed();
  });

  for (const [title, first, second, outcomes] of [
    ["GuardDuty first", seen, leaked, ["contained", "contained"]],
    ["Trusted Advisor first", leaked, seen, ["contained", "notified"]],
  ] as const) {
    it(`is one incident, and never active again: ${title}`, async () => {
      const user = await victim(title.toLowerCase().replaceAll(" ", "-"));
      const one = await answered(here, first(user));
      const other = await answered(here, second(user));
      // The same event again sends no second notice.
      const third = await answered(here, leaked(user));
      expect(third.executions.map(({ states }) => states.at(-1))).to.deep.equal([
        "DuplicateOrLogged",
      ]);
      expect([third.notices, third.changes]).to.deep.equal([[], []]);
      const results = [...one.results, ...other.results];
      expect(results.map(({ outcome }) => outcome)).to.deep.equal(outcomes);
      const incident = results[0]?.incident ?? "none";
      expect(results[1]?.incident).to.equal(incident);
      expect([one.changes.length, other.changes.length]).to.deep.equal([4, 0]);

      const { session } = here;
      const refused = await release(session, incident, { reactivateKeys: true });
      expect(refused).to.deep.equal({
        outcome: "refused",
        incident,
        reason: `${keyOf(user)} is exposed and must never be active again; release without --reactivate-keys, and give the user a new key`,
      });
      expect(await standing(user)).to.deep.equal(cut);
      expect((await release(session, incident)).outcome).to.equal("released");
      expect(await standing(user)).to.deep.equal({ keys: ["Inactive", "Inactive"], attached: [] });
    });
  }

  it("is cut without any event when Trusted Advisor flags it, and cut once", async () => {
    const { gateway, lambda, contract } = here.organization;
    const user = await victim("unreported");
    const { reconcileFunctionName } = contract.exposedKeys;
    for (const { account } of [shop, data]) gateway.trustedAdvisor.clear(account);
    gateway.trustedAdvisor.withoutPlan(security.id);
    const flag = { accessKeyId: keyOf(user), userName: user.name, updated: new Date() };
    gateway.trustedAdvisor.flag(user.account, flag);
    const reconciled = async () => {
      const at = { account: security.id, region: homeRegion };
      const deliveries = await fireSchedule(gateway, at, reconcileFunctionName);
      expect(deliveries.map(({ delivered }) => delivered)).to.deep.equal([true]);
      const { executions, changes } = await answered(here);
      const last = lambda.called.findLast(
        ({ functionName }) => functionName === reconcileFunctionName,
      );
      return {
        ends: executions.map(({ states }) => states.at(-1)),
        changes,
        reconciled: last?.result,
      };
    };
    const asked = { withoutPlan: ["123456789012"], unreachable: [], failed: [] };
    const first = await reconciled();
    expect(first.reconciled).to.deep.equal({ started: 1, known: 0, ...asked });
    expect(first.ends).to.deep.equal(["Contained"]);
    expect(first.changes).to.have.length(4);
    expect(await standing(user)).to.deep.equal(cut);
    expect(await reconciled()).to.deep.equal({
      ends: [],
      changes: [],
      reconciled: { started: 0, known: 1, ...asked },
    });
    gateway.trustedAdvisor.clear(user.account);
  });
});
