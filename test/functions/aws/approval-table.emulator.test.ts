import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { expect } from "chai";
import { approvalTable } from "../../../functions/aws/approval-table";
import type { Answer, Approval, Approvals } from "../../../functions/record/approvals";
import { makeJournalTable, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";
import { MemoryApprovals } from "../../support/memory-approvals";

const asked: Approval = {
  incident: "0f3a9c1d2b4e5f60-1",
  digest: "ab".repeat(32),
  revision: "1a2b3c4d",
  playbook: "contain-instance",
  target: "instance i-0a1b2c3d4e5f60718 in Web shop (222233334444), eu-central-1",
  blastRadius: ["It is unclear who began the activity"],
  steps: ["quarantine-interface: eni-01: sg-1 → quarantine only"],
  undo: 'npx cordon release 0f3a9c1d2b4e5f60-1 --reason "WHY"',
  approvers: ["arn:aws:iam::444455556666:role/Responders"],
  askedAt: "2026-11-20T10:05:00.000Z",
  expiresAt: "2026-11-20T14:05:00.000Z",
};
const later: Approval = { ...asked, digest: "cd".repeat(32), askedAt: "2026-11-20T11:00:00.000Z" };
const answer: Answer = {
  decision: "approve",
  by: "arn:aws:sts::444455556666:assumed-role/Responders/alice",
  reason: "seen",
  at: "2026-11-20T10:06:00.000Z",
  only: [0, 2],
};

for (const [what, open] of [
  ["in DynamoDB", () => approvalTable(region, "journal")],
  ["in memory", () => new MemoryApprovals()],
] as const) {
  describe(`approvals ${what} [C5]`, () => {
    let emulator: Awaited<ReturnType<typeof startEmulator>> | undefined;
    let approvals: Approvals;
    before(async () => {
      if (what === "in DynamoDB") {
        emulator = await startEmulator();
        await makeJournalTable();
      }
      approvals = open();
    });
    after(() => emulator?.close());

    const { incident, digest } = asked;

    it("are written once; of a state that is tried again, the newest token counts", async () => {
      await approvals.ask(later, "token of another plan");
      await approvals.ask(asked, "first");
      await approvals.ask({ ...asked, expiresAt: "2099-01-01T00:00:00.000Z" }, "second");
      expect(await approvals.of(incident)).to.deep.equal([asked, later]);
      expect(await approvals.find(incident, digest)).to.deep.equal(asked);
      expect(await approvals.find("0f3a9c1d2b4e5f60-2", digest)).to.equal(undefined);
      expect(await approvals.token(incident, digest)).to.equal("second");
      expect(await approvals.token(incident, "ef".repeat(32))).to.equal(undefined);
    });

    it("are answered once, and before they expire", async () => {
      const late = { ...answer, at: "2026-11-20T14:05:00.000Z" };
      expect(await approvals.answer(incident, digest, late)).to.equal(false);
      expect(await approvals.answer(incident, "ef".repeat(32), answer)).to.equal(false);
      expect(await approvals.answer(incident, digest, answer)).to.equal(true);
      expect(await approvals.answer(incident, digest, { ...answer, by: "another" })).to.equal(
        false,
      );
      expect(await approvals.find(incident, digest)).to.deep.equal({ ...asked, answer });
    });

    if (what === "in DynamoDB") {
      it("keep their tokens in partitions of their own", async () => {
        const client = new DynamoDBClient({ region });
        const { Items = [] } = await client.send(new ScanCommand({ TableName: "journal" }));
        const withToken = Items.map((item) => unmarshall(item)).filter(({ token }) => token);
        expect(withToken.map((item) => item.incident)).to.deep.equal([
          "approval-token/0f3a9c1d2b4e5f60-1",
          "approval-token/0f3a9c1d2b4e5f60-1",
        ]);
      });
    }
  });
}
