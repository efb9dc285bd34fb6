import { expect } from "chai";
import { deploy } from "../../deploy";
import type { Channel } from "../../functions/catalogue/channels";
import { calls, settings } from "../support/deployment";
import { providerError, record } from "../support/recorder";

const known = "ou-ab12-cdef3456";
const chat = (unit: string): Channel => ({
  name: "chat",
  type: "teams",
  secret: "/cordon/teams",
  units: [unit],
});

/** Deploys with a channel that is filtered by a unit. */
const withUnit = (unit: string) =>
  record(
    () => deploy({ ...settings, notify: [chat(unit)] }),
    (args) => {
      if (args.token !== "aws:organizations/getEntityPath:getEntityPath") return calls(args);
      if (args.inputs.entityId !== known) throw providerError("ChildNotFoundException");
      return { entityPath: `o-exampleorgid/r-exam/${known}/` };
    },
  );

describe("deploy with channels", () => {
  it("delivers to them, and lets people test them", async () => {
    const { named } = await withUnit(known);
    expect(named("channels-messages-worker-function").inputs.name).to.equal(
      "cordon-notify-channels",
    );
    expect(named("channel-test-function-function").inputs.name).to.equal("cordon-test-channels");
    const [functions] = JSON.parse(named("notifications-policy").inputs.policy).Statement;
    expect(functions.Condition.ArnEquals["aws:PrincipalArn"].slice(-4)).to.deep.equal([
      "arn:aws:iam::444455556666:role/cordon-notify-channels",
      "arn:aws:iam::444455556666:role/cordon-test-channels",
      "arn:aws:iam::444455556666:role/cordon-ask-approval",
      "arn:aws:iam::444455556666:role/cordon-notify-dead-letters",
    ]);
  });

  it("refuses a unit that does not exist, whose filter would let nothing through", async () => {
    const error = await withUnit("ou-ab12-gone0000").catch((each: Error) => each);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.include(
      "cordon:notify[0].units must name organizational units that exist, but Organizations does not know ou-ab12-gone0000",
    );
  });

  it("has no function for them where people are mailed alone", async () => {
    const mail: Channel = { name: "team", type: "mail", to: "team@example.com" };
    const made = await record(() => deploy({ ...settings, notify: [mail] }), calls);
    expect(made.named("mail-team").inputs.protocol).to.equal("email");
    expect(() => made.named("channels-messages-worker-function")).to.throw();
  });
});
