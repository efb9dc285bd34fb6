/** With whom snapshots and images are shared, read and written at the emulator. */
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotAttributeCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };

describe("functions/aws/settings/sharing", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = (at = region) => settings(at, credentials, account);
  const ec2 = (at = region) => new EC2Client({ region: at });

  async function snapshot(
    shared: { groups?: string[]; accounts?: string[] },
    tag?: string,
    at = region,
  ) {
    const volume = await ec2(at).send(
      new CreateVolumeCommand({ AvailabilityZone: `${at}a`, Size: 1 }),
    );
    const { SnapshotId = "" } = await ec2(at).send(
      new CreateSnapshotCommand({
        VolumeId: volume.VolumeId,
        ...(tag && {
          TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: tag, Value: "x" }] }],
        }),
      }),
    );
    await ec2(at).send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        OperationType: "add",
        GroupNames: shared.groups ?? [],
        UserIds: shared.accounts ?? [],
      }),
    );
    return SnapshotId;
  }

  it("shares a snapshot with the accounts that it names alone, and with everybody again", async () => {
    const id = await snapshot({ groups: ["all"], accounts: ["222233334444"] }, "team");
    const before = {
      value: ["222233334444", "all"],
      tags: { team: "x" },
    };
    expect(await open().read("snapshot-sharing", id)).to.deep.equal(before);
    for (const _ of [1, 2]) await open().write("snapshot-sharing", id, ["222233334444"]);
    expect((await open().read("snapshot-sharing", id))?.value).to.deep.equal(["222233334444"]);
    await open().write("snapshot-sharing", id, []);
    await open().write("snapshot-sharing", id, before.value);
    expect(await open().read("snapshot-sharing", id)).to.deep.equal(before);
  });

  it("goes by no tag: whoever shares a snapshot may set them", async () => {
    const id = await snapshot({ groups: ["all"] }, "cordon");
    expect((await open().read("snapshot-sharing", id))?.left).to.equal(undefined);
  });

  it("makes all public snapshots of the account private, and those public again", async () => {
    const at = "eu-west-1";
    const named = await snapshot({ accounts: ["222233334444"] }, undefined, at);
    const shared = () => snapshot({ groups: ["all"] }, undefined, at);
    const two = [await shared(), await shared()].sort();
    const control = "public-snapshots";
    expect(await open(at).read(control, account)).to.deep.equal({ value: two, tags: {} });
    await open(at).write(control, account, []);
    expect(await open(at).read(control, account)).to.deep.equal({ value: [], tags: {} });
    await open(at).write(control, account, two);
    expect(await open(at).read(control, account)).to.deep.equal({ value: two, tags: {} });
    const { CreateVolumePermissions } = await ec2(at).send(
      new DescribeSnapshotAttributeCommand({
        SnapshotId: named,
        Attribute: "createVolumePermission",
      }),
    );
    expect(CreateVolumePermissions).to.deep.equal([{ UserId: "222233334444" }]);

    // One that is gone since then does not keep the others from being given back.
    await open(at).write(control, account, []);
    await ec2(at).send(new DeleteSnapshotCommand({ SnapshotId: two[0] ?? "" }));
    await open(at).write(control, account, two);
    expect((await open(at).read(control, account))?.value).to.deep.equal([two[1]]);
  });

  it("shares an image with whom it names alone, and with everybody again", async () => {
    const { ImageId = "" } = await ec2().send(new RegisterImageCommand({ Name: "built" }));
    const unit = "arn:aws:organizations::111122223333:ou/o-exampleorgid/ou-ab12-cd345678";
    const organization = "arn:aws:organizations::111122223333:organization/o-exampleorgid";
    await ec2().send(
      new ModifyImageAttributeCommand({
        ImageId,
        LaunchPermission: {
          Add: [
            { Group: "all" },
            { UserId: "222233334444" },
            { OrganizationArn: organization },
            { OrganizationalUnitArn: unit },
          ],
        },
      }),
    );
    const named = ["222233334444", organization, unit];
    const before = {
      value: ["222233334444", "all", organization, unit],
      tags: {},
    };
    expect(await open().read("image-sharing", ImageId)).to.deep.equal(before);
    await open().write("image-sharing", ImageId, named);
    expect((await open().read("image-sharing", ImageId))?.value).to.deep.equal(named);
    await open().write("image-sharing", ImageId, []);
    expect((await open().read("image-sharing", ImageId))?.value).to.deep.equal([]);
    await open().write("image-sharing", ImageId, before.value);
    expect(await open().read("image-sharing", ImageId)).to.deep.equal(before);
  });

  it("knows what is gone", async () => {
    expect(await open().read("snapshot-sharing", "snap-0123456789abcdef0")).to.equal(undefined);
    expect(await open().read("image-sharing", "ami-0123456789abcdef0")).to.equal(undefined);
  });
});
