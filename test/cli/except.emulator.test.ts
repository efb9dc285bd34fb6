import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import {
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { exceptionsTable } from "../../functions/aws/exceptions-table";
import { journalTable } from "../../functions/aws/journal-table";
import type { Incident } from "../../functions/model/incident";
import * as builders from "../support/builders";
import { makeJournalTable, startEmulator } from "../support/local/adapters";

const command = resolve(__dirname, "../../cli/cordon.mjs");
const home = "us-east-1";

function cordon(...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...options], {
    encoding: "utf8",
    env: { ...process.env, AWS_SECRET_ACCESS_KEY: "secret", NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

describe("npx cordon except and mark, at the register [C3]", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let unit = "";
  const days = (number: number) =>
    new Date(Date.now() + number * 86_400_000).toISOString().slice(0, 10);
  const common = ["--reason", "load test", "--owner", "team-web", "--expires", days(30)];
  before(async () => {
    emulator = await startEmulator();
    process.env.AWS_REGION = home;
    await makeJournalTable("cordon-journal", home);
    const organizations = new OrganizationsClient({ region: home });
    await organizations.send(new CreateOrganizationCommand({}));
    const { Roots = [] } = await organizations.send(new ListRootsCommand({}));
    const { OrganizationalUnit } = await organizations.send(
      new CreateOrganizationalUnitCommand({ ParentId: Roots[0]?.Id, Name: "workloads" }),
    );
    unit = OrganizationalUnit?.Id ?? "";
  });
  after(() => emulator.close());
  const register = () => exceptionsTable(home, "cordon-journal");
  const journal = () => journalTable(home, "cordon-journal", () => new Date());
  const falsePositive = ["false-positive", "--days", "14", "--reason", "a benign beacon"];
  const planned = (incident: Incident, epoch: number) => ({
    id: `${incident.key}-${epoch}`,
    epoch,
    incident,
    accountName: "Web shop",
    reasons: ["Severity 8"],
    plannedAt: "2026-11-20T10:05:00.000Z",
    plan: { stages: [], residual: [], nextSteps: [] },
  });

  it("adds what the register then has, lists it and removes it", async () => {
    const given = ["--unit", unit, "--type", "CryptoCurrency:EC2/*", ...common];
    const added = JSON.parse(cordon("except", "add", ...given, "--json").stdout);
    const { id, addedBy, addedAt, ...fields } = added;
    expect(fields).to.deep.equal({
      kind: "exception",
      covers: { unit, type: "CryptoCurrency:EC2/*" },
      reason: "load test",
      owner: "team-web",
      expires: days(30),
    });
    // The emulator's own caller.
    expect(addedBy).to.match(/^arn:aws:sts::123456789012:/);
    expect(Date.parse(addedAt)).to.be.closeTo(Date.now(), 600_000);
    expect(await register().entries()).to.deep.equal([added]);
    expect(JSON.parse(cordon("except", "list", "--json").stdout)).to.deep.equal([added]);
    expect(cordon("except", "list").stdout).to.equal(
      `${id}  exception, until ${days(30)}: unit ${unit}, type CryptoCurrency:EC2/*. Owner: team-web. Reason: load test. Added by ${addedBy} at ${addedAt}.\n`,
    );
    expect(cordon("except", "remove", id)).to.deep.equal({
      status: 0,
      stdout: `Removed ${id}.\n`,
      stderr: "",
    });
    expect(cordon("except", "remove", id)).to.deep.equal({
      status: 1,
      stdout: "",
      stderr: `The register has no entry "${id}": npx cordon except list shows them. Nothing was removed.\n`,
    });
    expect(await register().entries()).to.deep.equal([]);
  });

  it("writes nothing about a unit that does not exist", async () => {
    expect(cordon("except", "add", "--unit", "ou-ab12-11111111", ...common)).to.deep.equal({
      status: 1,
      stdout: "",
      stderr: "The organization has no unit ou-ab12-11111111. Nothing was written.\n",
    });
    expect(await register().entries()).to.deep.equal([]);
  });

  it("marks an incident of the journal as a false positive [C6]", async () => {
    const incident = builders.incident();
    const id = `${incident.key}-1`;
    const type = "CryptoCurrency:EC2/BitcoinTool.B";
    const options = [...falsePositive, "--type", type, "--json"];
    expect(cordon("mark", id, ...options).stderr).to.equal(
      `The journal has no incident ${id}. Nothing was written.\n`,
    );
    await journal().propose(planned(incident, 1));
    const { markedIn7Days, filter, ...added } = JSON.parse(cordon("mark", id, ...options).stdout);
    expect(markedIn7Days).to.equal(1);
    expect(filter.criteria.type).to.deep.equal({ equals: [type] });
    expect(added).to.deep.include({
      kind: "false-positive",
      covers: { incident: incident.key, type },
      owner: added.addedBy,
      expires: days(14),
    });
    expect(await register().entries()).to.deep.equal([added]);
  });

  describe("about an incident that another finding has taken", () => {
    const looked = "Recon:EC2/PortProbeUnprotectedPort";
    const other = "Backdoor:EC2/C&CActivity.B!DNS";
    const about = (key: string, type: string) => ({ ...builders.incident({ type }), key });
    const differs = (id: string, now: string, given: string) => ({
      status: 1,
      stdout: "",
      stderr: `The finding of incident ${id} is of type ${now}, not ${given}: look at it again, npx cordon show ${id}. Nothing was written.\n`,
    });
    let before: unknown;
    beforeEach(async () => {
      before = await register().entries();
    });

    it("marks nothing where a finding of another type replaced the plan [C6]", async () => {
      const key = "00000000000000a1";
      await journal().propose(planned(about(key, looked), 1));
      await journal().propose(planned(about(key, other), 1));
      expect(cordon("mark", `${key}-1`, ...falsePositive, "--type", looked)).to.deep.equal(
        differs(`${key}-1`, other, looked),
      );
      expect(await register().entries()).to.deep.equal(before);
    });

    it("marks the type of the epoch that is named, not of a newer one [C6]", async () => {
      const key = "00000000000000a2";
      const table = journal();
      const released = await table.begin(planned(about(key, looked), 1), "one");
      await table.finish(released, "one", "contained", {});
      await table.take({ ...released, status: "contained" }, "one", "releasing");
      await table.finish({ ...released, status: "releasing" }, "one", "released", {});
      await table.begin(planned(about(key, other), 2), "two");
      expect(cordon("mark", `${key}-1`, ...falsePositive, "--type", other)).to.deep.equal(
        differs(`${key}-1`, looked, other),
      );
      expect(await register().entries()).to.deep.equal(before);
      const marked = cordon("mark", `${key}-1`, ...falsePositive, "--type", looked, "--json");
      expect(JSON.parse(marked.stdout).covers).to.deep.equal({ incident: key, type: looked });
      expect(cordon("mark", `${key}-3`, ...falsePositive, "--type", looked).stderr).to.equal(
        `The journal has no incident ${key}-3. Nothing was written.\n`,
      );
    });
  });
});
