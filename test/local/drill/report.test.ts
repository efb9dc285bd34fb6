import { GetAccessKeyLastUsedCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { whyExpected } from "../../../local/drill/report";
import { seedUser } from "../../../local/seeds/identities";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  region,
  shop,
  trustLambda,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

describe("A denied call of Cordon's code", () => {
  const world = useWorld();

  /** Asks whose a key is as a function of Cordon, and returns why the call is expected to be denied. */
  async function asked(role: string, permissions: object | undefined, accessKey: string) {
    const arn = await makeRole(world, shop, role, trustLambda, permissions);
    const session = await world.callers.serviceSession("lambda", arn, role, "cordon");
    const error = await errorOf(
      new IAMClient(world.as(session)).send(
        new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKey }),
      ),
    );
    const call = world.record.entries.at(-1);
    expect([error.name, call?.action, call?.allowed]).to.deep.equal([
      "AccessDenied",
      "iam:GetAccessKeyLastUsed",
      false,
    ]);
    return call && whyExpected(call);
  }

  it("is expected if IAM answers with it that a key is not the account's", async () => {
    const may = policy(allow("iam:GetAccessKeyLastUsed", "*"));
    expect(await asked("may-ask", may, "AKIAEXAMPLE7LEAKED01")).to.equal(
      "IAM denies this call for a key that is not the account's, and Cordon notifies",
    );
  });

  it("fails the drill if the permission is missing", async () => {
    const user = await seedUser(world, { account: shop, region }, { name: "ann" });
    const key = user.keys[0]?.accessKeyId ?? "";
    expect(await asked("may-not-ask", undefined, key)).to.equal(undefined);
  });
});
