/** With whom a document of Systems Manager is shared, read and written at the emulator. */
import {
  CreateDocumentCommand,
  ModifyDocumentPermissionCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const control = "document-sharing";

describe("functions/aws/settings/document-sharing", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, "123456789012");

  async function document(Name: string, ...AccountIdsToAdd: string[]) {
    const ssm = new SSMClient({ region });
    const step = { action: "aws:runShellScript", name: "run", inputs: { runCommand: ["true"] } };
    await ssm.send(
      new CreateDocumentCommand({
        Name,
        Content: JSON.stringify({ schemaVersion: "2.2", mainSteps: [step] }),
        DocumentType: "Command",
        Tags: [{ Key: "team", Value: "web" }],
      }),
    );
    await ssm.send(
      new ModifyDocumentPermissionCommand({
        Name,
        PermissionType: "Share",
        AccountIdsToAdd,
        SharedDocumentVersion: "$LATEST",
      }),
    );
    return Name;
  }

  it("no longer shares a document with everybody, and shares its version again", async () => {
    const id = await document("Restart", "all");
    const value = [{ account: "all", version: "$LATEST" }];
    const before = { value, wanted: [], tags: { team: "web" } };
    expect(await open().read(control, id)).to.deep.equal(before);
    await open().write(control, id, []);
    await open().write(control, id, []);
    expect((await open().read(control, id))?.value).to.deep.equal([]);
    await open().write(control, id, value);
    await open().write(control, id, value);
    expect(await open().read(control, id)).to.deep.equal(before);
  });

  it("wants nothing of a document that names its accounts, nor of one that is gone", async () => {
    const id = await document("Rotate", "222233334444", "111122223333");
    const named = [
      { account: "111122223333", version: "$LATEST" },
      { account: "222233334444", version: "$LATEST" },
    ];
    const found = await open().read(control, id);
    expect([found?.value, found?.wanted]).to.deep.equal([named, named]);
    expect(await open().read(control, "Gone")).to.equal(undefined);
  });
});
