import type { Context } from "aws-lambda";
import { expect } from "chai";
import type { Environment, handler as Handler } from "../../../functions/handlers/watch";

const queue = (name: string) => `https://sqs.us-east-1.amazonaws.com/444455556666/${name}`;
/** The variables that the watch reads as it is loaded; it makes no call until it is invoked. */
const variables: Environment = {
  JOURNAL_TABLE: "cordon-journal",
  NOTICE_TOPIC_ARN: "arn:aws:sns:us-east-1:444455556666:cordon-notices",
  QUEUE_ARN: "arn:aws:sqs:us-east-1:444455556666:cordon-watch",
  DEAD_LETTER_QUEUE_URL: queue("cordon-watch-dead-letters"),
  RESPONDER_QUEUES: JSON.stringify({ "contain-instance": queue("cordon-contain-instance") }),
};

describe("the watch's function", () => {
  const set = Object.keys(variables).filter((name) => process.env[name] === undefined);
  let handler: typeof Handler;
  before(async () => {
    for (const name of set) process.env[name] = variables[name as keyof Environment];
    ({ handler } = await import("../../../functions/handlers/watch"));
  });
  after(() => {
    for (const name of set) delete process.env[name];
  });

  for (const Records of [1, [], [{ body: "{}", eventSourceARN: "elsewhere" }]]) {
    it(`takes messages of its own queue alone, not ${JSON.stringify(Records)}`, async () => {
      const error = await handler({ Records }, {} as Context).catch((thrown) => thrown);
      expect(`${error}`).to.match(/^Error: The input is no message of arn:aws:sqs:.*:cordon-\w+$/);
    });
  }
});
