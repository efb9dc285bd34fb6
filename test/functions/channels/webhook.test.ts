import { expect } from "chai";
import { signature } from "../../../functions/channels/webhook";

describe("the signature of a webhook", () => {
  it("is the one of Standard Webhooks", () => {
    // The example with which Svix, an author of the specification, documents its libraries.
    const made = signature(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "1614265330",
      '{"test": 2432232314}',
    );
    expect(made).to.equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });
});
