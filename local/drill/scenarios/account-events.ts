/** A scenario about what Cordon can only notify of: root's sign-ins, and access from outside. */
import { publicBucket, rootSignIn } from "../../samples/account-events";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { notices, site, subjects, thief } from "./credential-checks";
import type { Scenario } from "./scenario";

export const accountEvents: Scenario = {
  name: "account-events",
  title: "Root signs in and a bucket is public: responders are notified, and nothing changes",
  async run(session) {
    const { account } = site;
    const inject = async (event: EventBridgeEvent, what: string) => {
      const injected = await session.inject(event, `scenario account-events, ${what}`);
      session.check(
        `${what}: nothing changes in the account`,
        injected.calls.every((call) => !call.mutating || !/^(iam|s3):/.test(call.action)),
      );
      return {
        outcome: injected.results.map(({ outcome }) => outcome).join(),
        isUrgent: subjects(injected).some((subject) => subject.includes("URGENT")),
        text: notices(injected).join("\n"),
      };
    };
    const tried = await inject(rootSignIn(account, "Failure", thief), "a failed sign-in as root");
    session.check(
      "it is notified, and wakes nobody",
      tried.outcome === "notified" && !tried.isUrgent,
    );
    const again = await inject(
      rootSignIn(account, "Failure", "203.0.113.9"),
      "another one that day",
    );
    session.check("it is logged", again.outcome === "logged" && again.text === "");
    const owner = await inject(rootSignIn(account, "Success", "192.0.2.10"), "a sign-in as root");
    session.check(
      "it is notified urgently all the same",
      owner.outcome === "notified" && owner.isUrgent && owner.text.includes("192.0.2.10"),
    );
    const stranger = await inject(rootSignIn(account, "Success", thief), "one more from elsewhere");
    session.check(
      "it is not hidden by the one before",
      stranger.outcome === "notified" && stranger.isUrgent && stranger.text.includes(thief),
    );
    const open = await inject(publicBucket(site, "reports-of-shop"), "a bucket that is public");
    session.check(
      "it is notified urgently, with who may do what",
      open.outcome === "notified" &&
        open.isUrgent &&
        open.text.includes("everybody may use arn:aws:s3:::reports-of-shop") &&
        open.text.includes("s3:GetObject"),
    );
  },
};
