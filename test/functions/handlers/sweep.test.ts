import type { Context } from "aws-lambda";
import { expect } from "chai";
import type { Environment, handler as Handler } from "../../../functions/handlers/sweep";

/** The variables that the sweeper reads as it is loaded; it makes no call until it is invoked. */
const variables: Environment = {
  EXTERNAL_ID: "cordon-test",
  ROLE_PATH: "/",
  GOVERNED_REGIONS: "us-east-1",
  SECURITY_ACCOUNT: "444455556666",
  EXCLUDED_ACCOUNTS: "",
  TARGET_UNITS: "",
  SWEEP_HOURS: "4",
  NOTICE_TOPIC_ARN: "arn:aws:sns:us-east-1:444455556666:cordon-notices",
  QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/444455556666/cordon-sweep",
  QUEUE_ARN: "arn:aws:sqs:us-east-1:444455556666:cordon-sweep",
  DEAD_LETTER_QUEUE_URL:
    "https://sqs.us-east-1.amazonaws.com/444455556666/cordon-sweep-dead-letters",
};

describe("the sweeper's function", () => {
  const set = Object.keys(variables).filter((name) => process.env[name] === undefined);
  let handler: typeof Handler;
  before(async () => {
    for (const name of set) process.env[name] = variables[name as keyof Environment];
    ({ handler } = await import("../../../functions/handlers/sweep"));
  });
  after(() => {
    for (const name of set) delete process.env[name];
  });

  for (const [sent, named] of [
    ["now", '"now"'],
    [7, "7"],
    [["111122223333"], '["111122223333"]'],
    ["x".repeat(200), `"${"x".repeat(79)}`],
  ] as const) {
    it(`says in one sentence that it is not called with ${named.slice(0, 16)}`, async () => {
      const error = await handler(sent, {} as Context).catch((thrown) => thrown);
      expect(error).to.be.instanceOf(Error);
      expect(`${error}`).to.equal(
        `Error: Invoke the sweeper with {} to start a round, but ${named} was provided`,
      );
    });
  }
});
