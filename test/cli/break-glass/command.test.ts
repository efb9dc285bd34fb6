import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { cordon } from "../../support/cordon";

const instance = "i-0a1b2c3d4e5f60718";
const asked = ["--account", "222233334444", "--region", "eu-central-1", "--reason", "stolen"];
const own = ["--own-credentials", "--region", "eu-central-1", "--reason", "stolen"];

describe("npx cordon contain and adopt", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "cordon-command-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const refusals: Readonly<Record<string, readonly [readonly string[], string]>> = {
    "a target that is none": [
      ["contain", "role/web", ...asked],
      '"role/web" is nothing that Cordon contains: give an instance as i-0123456789abcdef0, a user as user/NAME, a role\'s session as session/ROLE/SESSION, an address to block as address/ADDRESS, or as KIND/NAME one of these: bucket, function, snapshot, image, service, secret.',
    ],
    "no reason": [
      ["contain", instance, "--account", "222233334444", "--region", "eu-central-1"],
      'The reason for the containment must be one line of 1 to 1,000 characters, but none was given: pass --reason "...".',
    ],
    "no account": [
      ["contain", "user/deploy", "--reason", "stolen"],
      "Pass --account with the 12 digits of the target's account.",
    ],
    "an instance without a region": [
      ["contain", instance, "--account", "222233334444", "--reason", "stolen"],
      "An instance is in one region: pass --region, or set AWS_REGION.",
    ],
    "an address without a region": [
      ["contain", "address/11.0.0.7", "--account", "222233334444", "--reason", "attacks"],
      "An address is blocked in one region: pass --region, or set AWS_REGION.",
    ],
    "a range of addresses": [
      ["contain", "address/11.0.0.0/24", ...asked],
      '"11.0.0.0/24" is no single address.',
    ],
    "an address to be blocked with own credentials": [
      ["contain", "address/11.0.0.7", ...own, "--region", "eu-central-1"],
      "Only Cordon blocks addresses: it knows when to end it, and who else wants it.",
    ],
    "a region that is none": [
      ["contain", instance, "--account", "222233334444", "--region", "eu", "--reason", "stolen"],
      '"eu" is no region, such as eu-central-1.',
    ],
    "own credentials without a stack": [
      ["contain", instance, ...own],
      "Pass --stack with the name of the stack whose settings bind.",
    ],
    "a stack that does not exist": [
      ["contain", instance, ...own, "--stack", "prodd"],
      "There is no Pulumi.prodd.yaml; the stacks are local, prod, staging.",
    ],
    "no credentials of one's own": [
      ["contain", instance, ...own, "--stack", "local"],
      "There are no credentials: use those of a break-glass principal in the target's account, for example by AWS_PROFILE.",
    ],
    "no credentials of the security account": [
      ["contain", instance, ...asked],
      "There are no credentials: use those of the security account, for example by AWS_PROFILE. Could not load credentials from any providers.",
    ],
    "an adoption without a reason": [
      ["adopt", "cordon-0f3a9c1d2b4e5f60-1324.json"],
      'The reason for the adoption must be one line of 1 to 1,000 characters, but none was given: pass --reason "...".',
    ],
  };
  for (const [what, [words, sentence]] of Object.entries(refusals)) {
    it(`refuses ${what}, and changes nothing`, () => {
      const [command, ...options] = words;
      const more = command === "contain" ? ["--journal", folder] : [];
      expect(cordon(command ?? "", ...options, ...more)).to.deep.equal({
        status: 1,
        stdout: "",
        stderr: `${sentence} Nothing was changed.\n`,
      });
    });
  }

  it("refuses to adopt and to release what is no journal", () => {
    const file = join(folder, "cordon-0f3a9c1d2b4e5f60-1324.json");
    for (const words of [
      ["adopt", file],
      ["release", "0f3a9c1d2b4e5f60-1324", "--journal", folder],
    ]) {
      const { status, stdout, stderr } = cordon(...words, "--reason", "over");
      expect([status, stdout]).to.deep.equal([1, ""]);
      expect(stderr).to.match(
        /cordon-0f3a9c1d2b4e5f60-1324\.json cannot be read: ENOENT.* Nothing was changed\.\n$/,
      );
    }
  });
});
