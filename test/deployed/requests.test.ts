import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { signProof } from "../../functions/aws/caller-proof";
import type { RequestReport } from "../../functions/handlers/approve";
import { requestBinding, type Wanted } from "../../functions/record/requests";
import { homeRegion, security } from "../../local/gateway/accounts";
import type { Credentials } from "../../local/gateway/iam/caller";
import { seedUser } from "../../local/seeds/identities";
import { type Deployed, deployed } from "./deployed";
import { as, shop } from "./exposure";

let here: Deployed;

const person = (name: string, account = security.id) =>
  here.organization.gateway.callers.trusted(account, name, "seed");

/** Invokes the function that takes requests as somebody of the security account who may. */
async function take(request: object): Promise<RequestReport> {
  const lambda = new LambdaClient(as(here.organization.gateway.url, person("operator")));
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: "cordon-approve", Payload: JSON.stringify(request) }),
  );
  expect(FunctionError).to.equal(undefined);
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as RequestReport;
}

/** Signs a request with a person's credentials, at the functions' time. */
function sign(wanted: Wanted, credentials: Credentials, account = security.id) {
  const at = here.organization.lambda.now();
  return signProof(homeRegion, requestBinding(wanted, account), { credentials, at });
}

describe("a request by command, at the deployed functions [C5] [R1]", () => {
  const wanted = (user: string): Wanted => ({
    contain: `user/${user}`,
    ...shop,
    reason: "a colleague reports it",
  });
  const seeded = async (name: string) => {
    await seedUser(here.organization.gateway, shop, { name, keys: 1, allow: ["s3:*"] });
    return wanted(name);
  };

  before("deploy into the local organization", async () => {
    here = await deployed();
  });

  it("has a user contained once in the name of whoever signed it, however often it is sent", async () => {
    const what = await seeded("reported");
    const input = { wanted: what, proof: await sign(what, person("alice")) };
    const by = `arn:aws:iam::${security.id}:user/alice`;
    const asked = await take(input);
    expect(asked).to.deep.include({ outcome: "asked", by });
    if (asked.outcome !== "asked") return;
    const { request } = asked;
    expect(await take({ request })).to.deep.equal({ outcome: "shown" });
    const { results, calls } = await here.session.settle("test");
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(["contained"]);
    const incident = results[0]?.incident ?? "";
    expect(await take({ request })).to.deep.equal({
      outcome: "shown",
      answer: {
        outcome: "contained",
        reason: `${by} requested it by command, and every guard passed`,
        incident,
      },
    });
    const identities = calls
      .filter(({ action }) => action === "sts:AssumeRole")
      .map(({ request: sent }) => sent as { RoleSessionName?: string; SourceIdentity?: string })
      .filter(({ RoleSessionName }) => RoleSessionName !== "cordon-facts")
      .map(({ SourceIdentity }) => SourceIdentity);
    expect(new Set(identities)).to.deep.equal(new Set(["alice"]));
    expect(await take(input)).to.deep.equal(asked);
    const again = await here.session.settle("test");
    expect(again.invocations).to.deep.equal([]);
  });

  it("is refused in one sentence, and nothing changed, whatever is wrong with it", async () => {
    const what = await seeded("attacked");
    const other = { ...what, contain: "user/another" };
    const refused: readonly (readonly [string, object, RegExp])[] = [
      [
        "forged with a secret that is not the key's",
        {
          wanted: what,
          proof: await sign(what, { ...person("alice"), secretAccessKey: "guessed" }),
        },
        /^STS did not confirm who asks: SignatureDoesNotMatch: /,
      ],
      [
        "signed for another target",
        { wanted: what, proof: await sign(other, person("alice")) },
        /^STS did not confirm who asks: SignatureDoesNotMatch: /,
      ],
      [
        "widened from a dry run",
        { wanted: what, proof: await sign({ ...what, dryRun: true }, person("alice")) },
        /^STS did not confirm who asks: SignatureDoesNotMatch: /,
      ],
      [
        "signed for another organization's Cordon",
        { wanted: what, proof: await sign(what, person("alice"), "999988887777") },
        /^STS did not confirm who asks: SignatureDoesNotMatch: /,
      ],
      [
        "by a member of the target's account",
        { wanted: what, proof: await sign(what, person("owner", shop.account)) },
        /user\/owner may not ask: it is of the account that the incident is about/,
      ],
      [
        "by the target itself",
        { wanted: what, proof: await sign(what, person("attacked", shop.account)) },
        /user\/attacked may not ask: the incident is about this principal$/,
      ],
    ];
    const first = here.organization.gateway.record.entries.length;
    for (const [which, request, reason] of refused) {
      const report = await take(request);
      expect(report, which).to.have.property("outcome", "refused");
      expect(report, which).to.have.property("reason").that.matches(reason);
    }
    const late = { wanted: what, proof: await sign(what, person("alice")) };
    here.organization.lambda.advanceClock(6 * 60_000);
    expect(await take(late))
      .to.have.property("reason")
      .that.matches(/which is not within 5 minutes of /);
    expect((await here.session.settle("test")).invocations).to.deep.equal([]);
    const changes = here.organization.gateway.record.entries
      .slice(first)
      .filter(
        ({ origin, mutating, service }) => origin === "cordon" && mutating && service !== "sqs",
      );
    expect(changes.map(({ action }) => action)).to.deep.equal([]);
  });
});
