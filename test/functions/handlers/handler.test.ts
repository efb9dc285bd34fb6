import type { Context } from "aws-lambda";
import { expect } from "chai";
import type { Handler } from "../../../functions/handlers/handler";

describe("functions/handlers/handler", () => {
  it("refuses, when compiled, a handler that returns nothing", async () => {
    // @ts-expect-error: the compiler reports this line as unused once it takes such a handler
    const handler: Handler<unknown, object> = async () => {};
    expect(await handler(undefined, {} as Context)).to.equal(undefined);
  });
});
