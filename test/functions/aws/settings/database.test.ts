/** What the emulator does not keep: a cluster's authentication by IAM. Read off the wire instead. */
import { Readable } from "node:stream";
import { expect } from "chai";
import { clientConfig } from "../../../../functions/aws/client";
import { cluster } from "../../../../functions/aws/settings/database";

const keys = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
const { requestHandler } = clientConfig("us-east-1", keys);

/** Answers as RDS does of one cluster, and keeps what is asked to be modified. */
function answer(described: string): URLSearchParams[] {
  const changes: URLSearchParams[] = [];
  requestHandler.handle = async ({ body }) => {
    const asked = new URLSearchParams(String(body));
    const action = asked.get("Action") ?? "";
    if (action === "ModifyDBCluster") changes.push(asked);
    const cluster = `<DBCluster><Status>available</Status>${described}</DBCluster>`;
    const result = action === "ModifyDBCluster" ? cluster : `<DBClusters>${cluster}</DBClusters>`;
    const xml = `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
    const headers = { "content-type": "text/xml" };
    return { response: { statusCode: 200, headers, body: Readable.from([xml]) } as never };
  };
  return changes;
}

describe("functions/aws/settings/database", () => {
  // Restores the method of the class.
  after(() => Reflect.deleteProperty(requestHandler, "handle"));
  const setting = cluster("iamAuthentication")("us-east-1", keys, "222233334444");

  for (const [value, described] of [
    [false, "<IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled>"],
    [true, "<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>"],
    [
      true,
      "<IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled><PendingModifiedValues><IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled></PendingModifiedValues>",
    ],
  ] as const) {
    it(`reads ${value} from ${described}`, async () => {
      answer(described);
      expect(await setting.read("carts")).to.deep.equal({ value, tags: {} });
    });
  }

  it("turns a cluster's authentication by IAM on and off, at once", async () => {
    const changes = answer("<PendingModifiedValues/>");
    await setting.write("carts", true);
    await setting.write("carts", false);
    expect(changes.map((each) => Object.fromEntries(each))).to.deep.equal(
      ["true", "false"].map((EnableIAMDatabaseAuthentication) => ({
        Action: "ModifyDBCluster",
        Version: "2014-10-31",
        DBClusterIdentifier: "carts",
        EnableIAMDatabaseAuthentication,
        ApplyImmediately: "true",
      })),
    );
  });
});
