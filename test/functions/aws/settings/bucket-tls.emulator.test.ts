/** The statement of a bucket's policy that denies requests without TLS, read and written at the emulator. */
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketWebsiteCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const control = "bucket-tls";

const statement = (bucket: string) => ({
  Sid: "CordonDeniesRequestsWithoutTls",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

type Send = (this: S3Client, command: object) => Promise<unknown>;

describe("functions/aws/settings/bucket-tls", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, account);
  const s3 = () => new S3Client({ region, forcePathStyle: true });

  async function bucket(Bucket: string, policy?: object): Promise<string> {
    await s3().send(new CreateBucketCommand({ Bucket }));
    if (policy !== undefined) {
      const Policy = JSON.stringify(policy);
      await s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
    }
    return Bucket;
  }
  const policyOf = async (Bucket: string) => {
    const { Policy } = await s3().send(new GetBucketPolicyCommand({ Bucket }));
    return JSON.parse(Policy ?? "null");
  };

  it("adds one statement to a policy and takes it out again, and no other", async () => {
    const before = {
      Version: "2008-10-17",
      Id: "theirs",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::222233334444:root" },
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::tls-with/*",
        },
      ],
    };
    const id = await bucket("tls-with", before);
    const wanted = statement(id);
    expect(await open().read(control, id)).to.deep.equal({ value: null, wanted, tags: {} });
    await open().write(control, id, wanted);
    await open().write(control, id, wanted);
    expect(await policyOf(id)).to.deep.equal({
      ...before,
      Statement: [...before.Statement, wanted],
    });
    expect((await open().read(control, id))?.value).to.deep.equal(wanted);
    await open().write(control, id, null);
    await open().write(control, id, null);
    expect(await policyOf(id)).to.deep.equal(before);
  });

  it("gives a bucket without a policy one, and takes it away", async () => {
    const id = await bucket("tls-without");
    await open().write(control, id, statement(id));
    expect(await policyOf(id)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [statement(id)],
    });
    await open().write(control, id, null);
    expect((await open().read(control, id))?.value).to.equal(null);
    const gone = await policyOf(id).catch((error: Error) => error.name);
    expect(gone).to.equal("NoSuchBucketPolicy");
  });

  it("changes nothing while somebody else changes the policy", async () => {
    const id = await bucket("tls-race");
    const { send } = S3Client.prototype as unknown as { send: Send };
    let reads = 0;
    S3Client.prototype.send = async function (this: S3Client, command: object) {
      if (command instanceof GetBucketPolicyCommand && ++reads === 2) {
        const theirs = { Version: "2012-10-17", Statement: [{ ...statement(id), Sid: "Theirs" }] };
        const Policy = JSON.stringify(theirs);
        await send.call(this, new PutBucketPolicyCommand({ Bucket: id, Policy }));
      }
      return send.call(this, command);
    } as never;
    const outcome = await open()
      .write(control, id, statement(id))
      .then(
        () => "written",
        (error: Error) => error.message,
      )
      .finally(() => {
        S3Client.prototype.send = send as never;
      });
    expect(outcome).to.equal("Somebody else is changing the policy of bucket tls-race");
    expect((await policyOf(id)).Statement).to.deep.equal([{ ...statement(id), Sid: "Theirs" }]);
  });

  it("asks about a website, and leaves a policy without room and Cordon's buckets", async () => {
    const site = await bucket("tls-site");
    await s3().send(
      new PutBucketWebsiteCommand({
        Bucket: site,
        WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } },
      }),
    );
    expect((await open().read(control, site))?.asks).to.equal(
      "Bucket tls-site serves a website, which S3 serves without TLS",
    );
    const full = await bucket("tls-full", {
      Version: "2012-10-17",
      Statement: [{ ...statement("tls-full"), Sid: "a".repeat(20_200) }],
    });
    expect((await open().read(control, full))?.left).to.equal(
      "The policy of bucket tls-full has no room for one more statement",
    );
    const named = await bucket("cordon-findings");
    expect((await open().read(control, named))?.left).to.equal(
      "Bucket cordon-findings is named as Cordon names its own: it may be Cordon's own, which it keeps. If it is not, fix it by hand",
    );
    const tagged = await bucket("tls-tagged");
    await s3().send(
      new PutBucketTaggingCommand({
        Bucket: tagged,
        Tagging: { TagSet: [{ Key: "cordon", Value: "lists" }] },
      }),
    );
    expect((await open().read(control, tagged))?.left).to.match(/^Bucket tls-tagged has the tag/);
    expect(await open().read(control, "tls-gone")).to.equal(undefined);
  });
});
