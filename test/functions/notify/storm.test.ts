import { expect } from "chai";
import { tellHeld } from "../../../functions/flows/respond/storm";
import { subjectOf } from "../../../functions/notify/incident-news";
import { announcement, type Notice, notice } from "../../../functions/notify/notice";
import { calmly, stormNotice } from "../../../functions/notify/storm";
import * as builders from "../../support/builders";
import { MemoryStorm } from "../../support/memory-storm";

const at = Date.parse("2026-11-20T10:01:00.000Z");

/** Publishes notices about so many instances, a second apart. */
function responders(storm = new MemoryStorm()) {
  const clock = { at };
  const published: Notice[] = [];
  const publish = async (each: Notice) => void published.push(each);
  const now = () => new Date(clock.at);
  const calm = calmly(publish, storm, now);
  const about = (resource: string, finding: object = {}) => {
    const subject = subjectOf(builders.incident(finding), "Web shop");
    return announcement({ ...subject, resource }, "notified", ["Because"]);
  };
  return { storm, clock, published, publish, now, calm, about };
}

describe("the notices of a storm [E2] [C10]", () => {
  it("are published on their own up to five of each urgency in ten minutes, and then held", async () => {
    const { storm, clock, published, calm, about } = responders();
    for (let number = 0; number < 20; number++) {
      await calm(about(`i-${number}`, { severity: 5 }));
      await calm(about(`i-${number}`, { severity: 8 }));
    }
    expect(published.map(({ urgency }) => urgency)).to.deep.equal(
      Array.from({ length: 5 }, () => ["normal", "urgent"]).flat(),
    );
    expect(storm.notices.size).to.equal(30);
    clock.at = Date.parse("2026-11-20T10:10:00.000Z");
    await calm(about("i-later", { severity: 5 }));
    expect(published.at(-1)?.subject).to.include("i-later");
  });

  it("are told in one message by the next round of the watch, every one of them, once", async () => {
    const { storm, clock, published, publish, now, calm, about } = responders();
    for (let number = 0; number < 60; number++) {
      const severity = number < 50 ? 5 : 8;
      await calm(about(`i-${String(number).padStart(2, "0")}`, { severity }));
    }
    expect(published).to.have.lengthOf(10);
    clock.at += 4 * 60_000;
    expect(await tellHeld({ storm, now, publish })).to.equal(50);
    const [told, ...more] = published.slice(10);
    expect(more).to.deep.equal([]);
    expect(told?.subject).to.equal(
      "[Cordon] URGENT Many at once: 50 notices more, 5 of them urgent, in 1 account",
    );
    const alone = published.slice(0, 10).map(({ heading }) => /i-\d\d/.exec(heading)?.[0]);
    const together = told?.text.match(/i-\d\d/g) ?? [];
    expect([...alone, ...together].sort()).to.deep.equal(
      Array.from({ length: 60 }, (_, number) => `i-${String(number).padStart(2, "0")}`),
    );
    expect(told?.text).to.match(/^Urgent\n {2}- 2026-11-20T10:01:00\.000Z Review required/m);
    expect(await tellHeld({ storm, now, publish })).to.equal(0);
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

  it("are listed up to a hundred of each urgency, the most severe first, and the rest is counted", () => {
    const held = Array.from({ length: 130 }, (_, number) => ({
      id: String(number),
      at: "2026-11-20T10:01:00.000Z",
      urgency: "urgent" as const,
      heading: `Not isolated: i-${number}`,
      account: "222233334444",
      region: "eu-central-1",
      severity: number === 129 ? 9 : 8,
      incident: `0f3a9c1d2b4e5f60-${number}`,
    }));
    const lines = stormNotice(held)
      .text.split("\n")
      .filter((line) => line.startsWith("  - "));
    expect(lines[0]).to.equal(
      "  - 2026-11-20T10:01:00.000Z Not isolated: i-129, in 222233334444, eu-central-1: 0f3a9c1d2b4e5f60-129",
    );
    expect(lines[100]).to.match(/^ {2}- and 30 more/);
  });
});
