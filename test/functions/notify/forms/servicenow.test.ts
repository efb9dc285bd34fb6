import { expect } from "chai";
import {
  serviceNowCreation,
  serviceNowUpdate,
} from "../../../../functions/notify/forms/servicenow";
import {
  contained,
  digest,
  findingUrl,
  incidentId,
  message,
  origin,
  pageUrl,
  released,
} from "../../../support/messages";

const bare = (changes: Parameters<typeof message>[0]) => {
  const {
    page: _,
    tally: __,
    ...rest
  } = message({ facts: [], sections: [], closing: [], ...changes });
  return rest;
};

const linked = `Read the plan ${pageUrl}\nFinding    ${findingUrl}`;

describe("a message in the form of ServiceNow", () => {
  it("is a record of its incident", () => {
    expect(serviceNowCreation(bare({ heading: "Isolated: i-1" }), "3f9d")).to.deep.equal({
      short_description: "[Cordon] URGENT Isolated: i-1",
      description: `[Cordon] URGENT Isolated: i-1\n\nThe instance talks to a mining pool.\n\n${linked}`,
      urgency: "1",
      impact: "1",
      correlation_id: incidentId,
      correlation_display: "Cordon",
    });
  });

  it("is less urgent where it pages nobody", () => {
    const quiet = { ...origin, severity: 6.9 };
    const levels = [contained, message({ urgency: "normal", origin: quiet }), digest].map(
      (each) => {
        const { urgency, impact } = serviceNowCreation(each, "3f9d");
        return [urgency, impact];
      },
    );
    expect(levels).to.deep.equal([
      ["3", "2"],
      ["3", "3"],
      ["3", "3"],
    ]);
    expect(serviceNowCreation(digest, "3f9d").correlation_id).to.equal("3f9d");
  });

  it("is a work note of what follows, and resolves at the end", () => {
    expect(serviceNowUpdate(bare({ heading: "Isolated: i-1" }))).to.deep.equal({
      work_notes: `[Cordon] URGENT Isolated: i-1\n\nThe instance talks to a mining pool.\n\n${linked}`,
    });
    expect(serviceNowUpdate(released)).to.deep.include({
      state: "6",
      close_code: "Solution provided",
      close_notes: "[Cordon] Released: i-0a1b2c3d4e5f60718",
    });
  });

  it("has no HTML that ServiceNow shows, and mentions nobody", () => {
    const { work_notes } = serviceNowUpdate(
      bare({ heading: "x", lead: ["[code]<b>x</b>[/CODE] [[codecode] @[Beth Anglin]"] }),
    );
    expect(work_notes).to.equal(
      `[Cordon] URGENT x\n\n[ code]<b>x</b>[ /CODE] [[ codecode] @ [Beth Anglin]\n\n${linked}`,
    );
  });
});
