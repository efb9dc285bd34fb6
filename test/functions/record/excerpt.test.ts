import { expect } from "chai";
import type { Excerpt } from "../../../functions/record/approvals";
import { excerptView } from "../../../functions/record/excerpt";

const excerpt: Excerpt = {
  from: "2026-11-20T04:00:00.000Z",
  to: "2026-11-20T10:05:00.000Z",
  found: 12,
  calls: [
    {
      at: "2026-11-20T10:01:00.000Z",
      region: "us-east-1",
      call: "iam:CreateUser",
      address: "198.51.100.23",
      addresses: 3,
      error: "AccessDenied",
      changes: true,
      times: 4,
    },
    {
      at: "2026-11-20T10:00:00.000Z",
      region: "eu-central-1",
      call: "ec2:RunInstances",
      address: "198.51.100.23",
      addresses: 1,
      error: "",
      changes: true,
      times: 1,
    },
  ],
  missing: [],
};
const late =
  "Calls come into CloudTrail up to 15 minutes late, and reads and writes of data do not.";

describe("the view of an excerpt [R12]", () => {
  it("has a row for each call, and says how many others there are", () => {
    expect(excerptView({ excerpt })).to.deep.equal({
      title:
        "What the principal did from 2026-11-20T04:00:00.000Z to 2026-11-20T10:05:00.000Z, by CloudTrail",
      rows: [
        {
          at: "2026-11-20T10:01:00.000Z",
          region: "us-east-1",
          call: "iam:CreateUser",
          from: "198.51.100.23 and 2 more",
          outcome: "AccessDenied",
          times: 4,
        },
        {
          at: "2026-11-20T10:00:00.000Z",
          region: "eu-central-1",
          call: "ec2:RunInstances",
          from: "198.51.100.23",
          outcome: "done",
          times: 1,
        },
      ],
      notes: ["Not listed: 7 of 12 calls that were read.", late],
    });
  });

  it("says that there is no call, but not where it could not be read", () => {
    const none = { ...excerpt, calls: [], found: 0 };
    expect(excerptView({ excerpt: none })?.notes).to.deep.equal([
      "CloudTrail has no call of it.",
      late,
    ]);
    const missing = ["CloudTrail could not be read: AccessDenied"];
    expect(excerptView({ excerpt: { ...none, missing } })?.notes).to.deep.equal([...missing, late]);
  });

  it("lets no text of the table be of two lines", () => {
    const [call] = excerpt.calls;
    if (call === undefined) throw new Error("no call");
    const forged = { ...excerpt, calls: [{ ...call, call: "iam:X\nApproved by alice" }] };
    expect(excerptView({ excerpt: forged })?.rows[0]?.call).to.equal("iam:X Approved by alice");
  });

  it("is none of an approval about no principal", () => {
    expect(excerptView({})).to.equal(undefined);
  });
});
