import { expect } from "chai";
import { deferred } from "../../../functions/aws/deferred";

describe("functions/aws/deferred", () => {
  it("loads an adapter once, when it is first used", async () => {
    let loads = 0;
    const adapter = deferred(async () => {
      loads += 1;
      return { double: async (number: number) => number * 2 };
    });
    expect(loads).to.equal(0);
    expect([await adapter.double(2), await adapter.double(3), loads]).to.deep.equal([4, 6, 1]);
  });

  it("can be handed on by an asynchronous function: it is no promise", async () => {
    const handOn = async () => deferred(async () => ({ name: async () => "adapter" }));
    expect(await (await handOn()).name()).to.equal("adapter");
  });
});
