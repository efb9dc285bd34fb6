/** Who owns the objects of a bucket, read and written at the emulator. */
import {
  CreateBucketCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const control = "bucket-acls";

describe("functions/aws/settings/bucket-acls", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, "123456789012");
  const s3 = () => new S3Client({ region, forcePathStyle: true });

  it("makes lists ineffective, and gives back what was set, or that nothing was", async () => {
    for (const Bucket of ["acls-without", "acls-with"])
      await s3().send(new CreateBucketCommand({ Bucket }));
    await s3().send(
      new PutBucketOwnershipControlsCommand({
        Bucket: "acls-with",
        OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
      }),
    );
    for (const [id, value] of [
      ["acls-without", null],
      ["acls-with", "ObjectWriter"],
    ] as const) {
      expect(await open().read(control, id)).to.deep.equal({ value, tags: {} });
      await open().write(control, id, "BucketOwnerEnforced");
      expect((await open().read(control, id))?.value).to.equal("BucketOwnerEnforced");
      await open().write(control, id, value);
      expect(await open().read(control, id)).to.deep.equal({ value, tags: {} });
    }
    expect(await open().read(control, "acls-gone")).to.equal(undefined);
  });

  it("leaves a bucket alone whose list lets others in: S3 would refuse", async () => {
    await s3().send(new CreateBucketCommand({ Bucket: "acls-public" }));
    await s3().send(new PutBucketAclCommand({ Bucket: "acls-public", ACL: "public-read" }));
    expect((await open().read(control, "acls-public"))?.left).to.equal(
      "The access control list of bucket acls-public lets others in besides its owner: give them access by its policy first, and reset the list",
    );
  });
});
