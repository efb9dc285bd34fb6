import { expect } from "chai";
import { whyExpected } from "../../local/drill/report";
import { scenariosAlone } from "../../local/drill/scenarios";
import { DrillSession } from "../../local/drill/session";
import { openLocalOrganization } from "../../local/organization";

describe("the program, deployed for one scenario alone", () => {
  for (const scenario of scenariosAlone) {
    it(`runs ${scenario.name}: ${scenario.title}`, async () => {
      const organization = await openLocalOrganization({ config: scenario.config ?? {} });
      try {
        const session = new DrillSession(organization);
        const seeded = await scenario.seed?.(session);
        await organization.up();
        await organization.sweep();
        await scenario.run(session, seeded);
        expect(session.checks.length).to.be.greaterThan(2);
        const failed = session.checks.filter(({ ok }) => !ok).map(({ what }) => what);
        expect(failed).to.deep.equal([]);
        const refused = organization.gateway.record.entries.filter(
          (call) => call.origin === "cordon" && !call.allowed && whyExpected(call) === undefined,
        );
        expect(refused.map(({ action }) => action)).to.deep.equal([]);
        expect(organization.gateway.record.unknown).to.deep.equal([]);
      } finally {
        await organization.close();
      }
    });
  }
});
