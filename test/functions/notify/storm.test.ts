import { expect } from "chai";
import { publishHeld } from "../../../functions/flows/respond/storm";
import { subjectOf } from "../../../functions/notify/incident-news";
import { announcement, type Notice, notice } from "../../../functions/notify/notice";
import { calmly, stormNotices } from "../../../functions/notify/storm";
import type { HeldNotice } from "../../../functions/record/storm";
import * as builders from "../../support/builders";
import { MemoryStorm } from "../../support/memory-storm";

const at = Date.parse("2026-11-20T10:01:00.000Z");

/** Publishes notices about so many instances, a second apart. */
function responders(storm = new MemoryStorm()) {
  const clock = { at };
  const published: Notice[] = [];
  const publish = async (each: Notice) => void published.push(each);
  const now = () => new Date(clock.at);
  const calm = calmly(publish, storm, now, 4);
  const about = (resource: string, finding: object = {}) => {
    const subject = subjectOf(builders.incident(finding), "Web shop");
    return announcement({ ...subject, resource }, "notified", ["Because"]);
  };
  return { storm, clock, published, publish, now, calm, about };
}

describe("the notices of a storm [E2] [C10]", () => {
  it("are published on their own up to four of each urgency in ten minutes, and then held", async () => {
    const { storm, clock, published, calm, about } = responders();
    for (let number = 0; number < 20; number++) {
      await calm(about(`i-${number}`, { severity: 5 }));
      await calm(about(`i-${number}`, { severity: 8 }));
    }
    expect(published.map(({ urgency }) => urgency)).to.deep.equal(
      Array.from({ length: 4 }, () => ["normal", "urgent"]).flat(),
    );
    expect(storm.notices.size).to.equal(32);
    clock.at = Date.parse("2026-11-20T10:10:00.000Z");
    await calm(about("i-later", { severity: 5 }));
    expect(published.at(-1)?.subject).to.include("i-later");
  });

  it("are published in one message by the next round of the watch, every one of them, once", async () => {
    const { storm, clock, published, publish, now, calm, about } = responders();
    for (let number = 0; number < 48; number++) {
      const severity = number < 40 ? 5 : 8;
      await calm(about(`i-${String(number).padStart(2, "0")}`, { severity }));
    }
    expect(published).to.have.lengthOf(8);
    clock.at += 4 * 60_000;
    expect(await publishHeld({ storm, now, publish })).to.equal(40);
    const [message, ...more] = published.slice(8);
    expect(more).to.deep.equal([]);
    expect(message?.subject).to.equal(
      "[Cordon] URGENT Many at once in 222233334444: 40 more notices, 4 urgent",
    );
    expect(message?.origin).to.deep.equal({
      account: "222233334444",
      region: "eu-central-1",
      severity: 8,
      type: "CryptoCurrency:EC2/BitcoinTool.B",
      links: [],
    });
    const alone = published.slice(0, 8).map(({ heading }) => /i-\d\d/.exec(heading)?.[0]);
    const together = message?.text.match(/i-\d\d/g) ?? [];
    expect([...alone, ...together].sort()).to.deep.equal(
      Array.from({ length: 48 }, (_, number) => `i-${String(number).padStart(2, "0")}`),
    );
    expect(message?.text).to.match(/^Urgent\n {2}- Review required, no change made: i-44 /m);
    expect(message?.incidents?.map(({ status }) => status)).to.deep.equal(
      Array.from({ length: 40 }, () => "notified"),
    );
    expect(await publishHeld({ storm, now, publish })).to.equal(0);
  });

  it("hold back no alert of a brake, and no answer to a responder", async () => {
    const { published, calm, about } = responders();
    const requestedAt = "2026-11-20T10:00:30Z";
    for (let number = 0; number < 20; number++) {
      await calm(notice("urgent", `Brake tripped: ${number}`, []));
      await calm(about(`i-${number}`, { requestedAt }));
    }
    expect(published).to.have.lengthOf(40);
  });

  it("are published while they can be neither counted nor held", async () => {
    const storm = new MemoryStorm();
    const fails = () => Promise.reject(new Error("Throttled"));
    for (const broken of [{ count: fails }, { count: async () => 99, hold: fails }]) {
      const { published, calm, about } = responders(Object.assign(new MemoryStorm(), broken));
      for (let number = 0; number < 9; number++) await calm(about(`i-${number}`));
      expect(published).to.have.lengthOf(9);
    }
    expect(storm.notices.size).to.equal(0);
  });

  const held = (number: number, changes: Partial<HeldNotice> = {}): HeldNotice => ({
    id: String(number),
    at: "2026-11-20T10:01:00.000Z",
    urgency: "urgent",
    heading: `Not isolated: i-${number}`,
    account: "222233334444",
    region: "eu-central-1",
    severity: 8,
    type: "Backdoor:EC2/C&CActivity.B",
    incident: `0f3a9c1d2b4e5f60-${number}`,
    ...changes,
  });
  const linesIn = ({ text }: Notice) =>
    text.split("\n").filter((line) => line.startsWith("  - Not isolated"));

  it("have a message for each account: nobody crowds out what is about another one", () => {
    const storm = Array.from({ length: 250 }, (_, number) => held(number));
    const other = held(250, { account: "333344445555", severity: 7 });
    const notices = stormNotices([...storm, other]);
    expect(notices.map(({ origin }) => origin?.account)).to.deep.equal([
      ...Array.from({ length: 5 }, () => "222233334444"),
      "333344445555",
    ]);
    expect(notices.map((each) => linesIn(each).length)).to.deep.equal([40, 40, 40, 40, 40, 1]);
    expect(notices[4]?.text).to.include("\n50 more are in the logs of Cordon's functions.\n");
    expect(notices[3]?.text).not.to.include("are in the logs");
  });

  it("begin with what an intruder would arrange, whatever its severity, and then the severest", () => {
    const [written] = stormNotices([
      held(1),
      held(2, { severity: 9 }),
      held(3, { severity: 2 }),
      held(4, { urgency: "normal", severity: 6 }),
    ]);
    expect(linesIn(written!).map((line) => /i-\d/.exec(line)?.[0])).to.deep.equal([
      "i-3",
      "i-2",
      "i-1",
      "i-4",
    ]);
  });
});
