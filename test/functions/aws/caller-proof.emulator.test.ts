import { expect } from "chai";
import { proofReader, signProof } from "../../../functions/aws/caller-proof";
import { type Proof, proofProblem } from "../../../functions/record/caller-proof";
import type { Credentials } from "../../../local/gateway/iam/caller";
import { errorOf, makeRole, security, trustLambda } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

const binding = "ab".repeat(32);

describe("a proof of who answers [C5]", () => {
  const world = useWorld();
  let session: Credentials;
  let endpoint: string | undefined;
  before(async () => {
    endpoint = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = world.url;
    const role = await makeRole(world, security, "Responders", trustLambda);
    session = await world.callers.serviceSession("lambda", role, "alice@example.com", "workload");
  });
  after(() => {
    if (endpoint === undefined) delete process.env.AWS_ENDPOINT_URL;
    else process.env.AWS_ENDPOINT_URL = endpoint;
  });

  const sign = (credentials: Credentials = session, of = binding): Promise<Proof> =>
    signProof("us-east-1", of, { credentials });
  const callerOf = (proof: Proof, of = binding) => proofReader("us-east-1").callerOf(proof, of);

  it("is what STS says of whoever signed it, a role's session or a user", async () => {
    const proof = await sign();
    expect(proofProblem(proof, "us-east-1", new Date())).to.equal(undefined);
    expect(await callerOf(proof)).to.equal(
      "arn:aws:sts::123456789012:assumed-role/Responders/alice@example.com",
    );
    const user = world.callers.trusted(security, "bob", "seed");
    expect(await callerOf(await sign(user))).to.equal("arn:aws:iam::123456789012:user/bob");
  });

  it("is sent to STS alone, as Cordon's own request", async () => {
    const from = world.record.entries.length;
    await callerOf(await sign());
    const [call, ...more] = world.record.entries.slice(from);
    expect(more).to.deep.equal([]);
    expect(call).to.include({ action: "sts:GetCallerIdentity", region: "us-east-1" });
  });

  const forged: readonly (readonly [string, () => Promise<Proof>, string, string?])[] = [
    ["for another answer", () => sign(), "SignatureDoesNotMatch", "ac".repeat(32)],
    [
      "with another secret",
      () => sign({ ...session, secretAccessKey: "guessed" }),
      "SignatureDoesNotMatch",
    ],
    [
      "at another time",
      async () => {
        const proof = await sign();
        const last = Number(proof.date.at(-2));
        return { ...proof, date: proof.date.replace(/\dZ$/, `${(last + 1) % 10}Z`) };
      },
      "SignatureDoesNotMatch",
    ],
    [
      "with the token of another session",
      async () => ({ ...(await sign()), token: "another" }),
      "InvalidClientTokenId",
    ],
    [
      "with a key that nobody has",
      () => sign({ accessKeyId: "AKIAEXAMPLEKEY000001", secretAccessKey: "made up" }),
      "InvalidClientTokenId",
    ],
  ];
  for (const [what, make, code, of] of forged) {
    it(`is none that was signed ${what}`, async () => {
      expect((await errorOf(callerOf(await make(), of))).name).to.equal(code);
    });
  }

  it("is none that binds no answer, as another service's proof of the same kind", async () => {
    const proof = await sign();
    const authorization = proof.authorization.replace(
      "x-amz-security-token;x-cordon-answer",
      "x-amz-security-token",
    );
    expect(proofProblem({ ...proof, authorization }, "us-east-1", new Date())).to.equal(
      "The proof of the caller does not bind this answer",
    );
    const elsewhere = await signProof("eu-west-1", binding, { credentials: session });
    expect(proofProblem(elsewhere, "us-east-1", new Date())).to.equal(
      "The proof of the caller is not signed for STS in us-east-1",
    );
  });
});
