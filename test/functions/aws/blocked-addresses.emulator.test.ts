import {
  CreateIPSetCommand,
  GetIPSetCommand,
  ListIPSetsCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { expect } from "chai";
import { blockedAddresses } from "../../../functions/aws/blocked-addresses";
import { startEmulator } from "../../support/local/adapters";

const region = "us-east-1";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const Scope = "REGIONAL";

describe("functions/aws/blocked-addresses [R10]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => blockedAddresses(region, credentials);

  async function make(Name: string, IPAddressVersion: "IPV4" | "IPV6", Addresses: string[]) {
    await new WAFV2Client({ region }).send(
      new CreateIPSetCommand({ Name, Scope, IPAddressVersion, Addresses, Description: "of tests" }),
    );
  }

  async function within(Name: string) {
    const waf = new WAFV2Client({ region });
    const { IPSets = [] } = await waf.send(new ListIPSetsCommand({ Scope }));
    const Id = IPSets.find((each) => each.Name === Name)?.Id ?? "";
    const { IPSet } = await waf.send(new GetIPSetCommand({ Name, Scope, Id }));
    return [IPSet?.Description, ...(IPSet?.Addresses ?? [])];
  }

  it("finds no set where the account has none, and blocks nothing there", async () => {
    expect(await open().of("11.0.0.7")).to.equal(undefined);
    let refusal = "";
    await open()
      .change("11.0.0.7", true)
      .catch((error: Error) => {
        refusal = error.message;
      });
    expect(refusal).to.equal("cordon-blocked-ipv4 does not exist");
  });

  it("adds an address once, and takes it and no other out", async () => {
    await make("cordon-blocked-ipv4", "IPV4", ["11.0.0.9/32"]);
    await open().change("11.0.0.7", true);
    await open().change("11.0.0.7", true);
    expect(await open().of("11.0.0.7")).to.deep.equal({ blocked: true, number: 2 });
    expect(await within("cordon-blocked-ipv4")).to.deep.equal([
      "of tests",
      "11.0.0.9/32",
      "11.0.0.7/32",
    ]);
    await open().change("11.0.0.7", false);
    await open().change("11.0.0.7", false);
    expect(await open().of("11.0.0.7")).to.deep.equal({ blocked: false, number: 1 });
    expect(await within("cordon-blocked-ipv4")).to.deep.equal(["of tests", "11.0.0.9/32"]);
  });

  it("knows an IPv6 address as WAF writes it, in full", async () => {
    await make("cordon-blocked-ipv6", "IPV6", ["2a00:0000:0000:0000:0000:0000:0000:0007/128"]);
    expect(await open().of("2a00::7")).to.deep.equal({ blocked: true, number: 1 });
    await open().change("2a00::8", true);
    await open().change("2a00::7", false);
    expect(await within("cordon-blocked-ipv6")).to.deep.equal(["of tests", "2a00::8/128"]);
  });
});
