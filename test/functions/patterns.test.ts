import { expect } from "chai";
import fc from "fast-check";
import { type PlaybookId, playbookIds } from "../../functions/catalogue";
import { matchesPlaybook, playbookPattern } from "../../functions/patterns";
import { matches } from "../../local/event-pattern";
import { fixture } from "../support/cases";
import { type Json, paths, spoiled } from "../support/events";

const answering = (event: Json): PlaybookId[] =>
  playbookIds.filter((id) => matches(playbookPattern(id), event));
const userType = ["detail", "resource", "accessKeyDetails", "userType"];
const principalType = "detail.findings.0.Resources.0.Details.AwsIamAccessKey.PrincipalType";

describe("the pattern of a playbook's rule", () => {
  const routes: readonly (readonly [string, Json, readonly PlaybookId[]])[] = [
    ["a finding about an instance", fixture("guardduty-instance"), ["contain-instance"]],
    ["a user's key", fixture("guardduty-access-key"), ["contain-access-key"]],
    [
      "a role's session",
      spoiled(fixture("guardduty-access-key"), userType, "AssumedRole"),
      ["revoke-sessions"],
    ],
    ["root's key", spoiled(fixture("guardduty-access-key"), userType, "Root"), []],
    ["credentials of no type", spoiled(fixture("guardduty-access-key"), userType, null), []],
    ["a user's key that a person sent", fixture("security-hub-access-key"), ["contain-access-key"]],
    [
      "a role's session that a person sent",
      spoiled(fixture("security-hub-access-key"), principalType.split("."), "AssumedRole"),
      ["revoke-sessions"],
    ],
    ["a console login that a person sent elsewhere", fixture("security-hub-console-login"), []],
  ];
  for (const [what, event, ids] of routes) {
    it(`sends ${what} to ${ids[0] ?? "no playbook"}`, () => {
      expect(answering(event)).to.deep.equal(ids);
      expect(matchesPlaybook(event)).to.equal(ids.length > 0);
    });
  }

  it("is not longer than the 2,048 characters that a rule takes", () => {
    for (const id of playbookIds) {
      expect(JSON.stringify(playbookPattern(id)).length, id).to.be.at.most(2_048);
    }
  });

  // A finding that rules and code saw differently would be told twice, or not at all.
  it("matches what triage leaves to the playbooks, however an event is mangled", () => {
    const names = [
      "guardduty-instance",
      "guardduty-access-key",
      "security-hub-access-key",
      "security-hub-console-login",
    ];
    const mangled = fc
      .tuple(
        fc.constantFrom(...names),
        fc.nat(),
        fc.oneof(fc.jsonValue(), fc.constantFrom("IAMUser", "AssumedRole", "AccessKey", [])),
      )
      .map(([name, choice, value]) => {
        const event = fixture(name);
        const all = paths(event);
        return spoiled(event, all[choice % all.length]!, value);
      });
    fc.assert(
      fc.property(mangled, (event) => {
        expect(matchesPlaybook(event)).to.equal(answering(event).length > 0);
      }),
      { numRuns: 3_000 },
    );
  });
});
