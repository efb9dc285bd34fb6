import { expect } from "chai";
import type { PlaybookId } from "../../../../functions/catalogue/playbooks";
import { lookAfterCalls, lookAtAll, type Watch } from "../../../../functions/flows/respond/rounds";
import type { IncidentRecord } from "../../../../functions/record/journal";
import { incident } from "../../../support/builders";

const [shop, bank, far] = ["222233334444", "333344445555", "444455556666"] as const;

interface Open {
  readonly key: string;
  readonly account: string;
  readonly playbook?: PlaybookId;
  readonly status?: IncidentRecord["status"];
  /** Until when it lasts: an address is blocked. */
  readonly until?: string;
}

/** A watch over these incidents, what it sends, and how long it sleeps. */
function watching(...incidents: readonly Open[]) {
  const sent: string[] = [];
  const slept: number[] = [];
  const ended: string[] = [];
  const watch: Watch = {
    openIncidents: async () =>
      incidents.map(
        ({ key, account, playbook = "contain-instance", status = "contained", until }) =>
          ({
            id: `${key}-1`,
            status,
            incident: {
              ...incident(),
              key,
              playbook,
              place: { account, region: "eu-west-1" },
              ...(until && { resource: { kind: "address", id: "11.0.0.7" } }),
            },
            plan: {
              stages: [
                {
                  steps: until
                    ? [{ kind: "block-address", address: "11.0.0.7", region: "eu-west-1", until }]
                    : [],
                },
              ],
            },
          }) as unknown as IncidentRecord,
      ),
    send: async (playbook, looks) => {
      for (const { task, seconds } of looks) {
        sent.push(`${playbook} ${task.task} ${task.incident} ${seconds}`);
      }
    },
    end: async (incidents) => void ended.push(...incidents),
    now: () => new Date("2026-11-20T12:00:00.000Z"),
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
  return { watch, sent, slept, ended };
}

const many = (account: string, count: number): Open[] =>
  Array.from({ length: count }, (_, index) => ({ key: `${account}/${index}`, account }));

describe("a round of the schedule [R15]", () => {
  it("looks at every open incident, by its own playbook", async () => {
    const { watch, sent, slept } = watching(
      { key: "a", account: shop },
      { key: "b", account: bank, playbook: "contain-access-key" },
      { key: "c", account: far, playbook: "revoke-sessions", status: "containing" },
    );
    expect(await lookAtAll(watch)).to.equal(3);
    expect(sent).to.have.members([
      "contain-instance look-again a 0",
      "contain-access-key look-again b 0",
      "revoke-sessions look-again c 0",
    ]);
    expect(slept).to.deep.equal([]);
  });

  it("leaves alone what is being released", async () => {
    const { watch, sent } = watching({ key: "a", account: shop, status: "releasing" });
    expect(await lookAtAll(watch)).to.equal(0);
    expect(sent).to.deep.equal([]);
  });

  it("begins five looks a second, and none later than SQS delays", async () => {
    const { watch, sent } = watching(...many(shop, 5_000));
    expect(await lookAtAll(watch)).to.equal(5_000);
    const seconds = sent.map((look) => Number(look.split(" ").at(-1)));
    expect([seconds[4], seconds[5], seconds[4_499], seconds[4_999]]).to.deep.equal([
      0, 1, 899, 900,
    ]);
  });
});

describe("a round that finds the end of an incident [R10]", () => {
  const blocked = { account: shop, playbook: "block-address" } as const;

  it("has it released, also where a release has failed, and looks at it no more", async () => {
    const { watch, sent, ended } = watching(
      { ...blocked, key: "over", until: "2026-11-20T12:00:00.000Z" },
      { ...blocked, key: "half", status: "releasing", until: "2026-11-20T11:00:00.000Z" },
      { ...blocked, key: "lasting", until: "2026-11-20T12:00:00.001Z" },
      { ...blocked, key: "unreadable", until: "tomorrow" },
      { key: "instance", account: shop },
    );
    expect(await lookAtAll(watch)).to.equal(3);
    expect(ended).to.deep.equal(["over-1", "half-1"]);
    expect(sent.map((each) => each.split(" ")[2])).to.have.members([
      "lasting",
      "unreadable",
      "instance",
    ]);
  });
});

describe("a round after calls [R15]", () => {
  const round = (accounts: readonly string[], watch: Watch) =>
    lookAfterCalls(new Set(accounts), watch);

  it("looks at the open incidents of those accounts at once, and at no others", async () => {
    const { watch, sent } = watching(
      { key: "a", account: shop },
      { key: "b", account: bank },
      { key: "c", account: shop, playbook: "revoke-sessions" },
      { key: "d", account: shop, status: "releasing" },
    );
    expect(await round([shop, far], watch)).to.deep.equal({ looks: 2, left: 0 });
    expect(sent).to.have.members([
      "contain-instance look-again a 0",
      "revoke-sessions look-again c 0",
    ]);
  });

  it("lasts ten seconds, also where nothing is to be looked at", async () => {
    const { watch, sent, slept } = watching({ key: "a", account: bank });
    expect(await round([shop], watch)).to.deep.equal({ looks: 0, left: 0 });
    expect([sent, slept]).to.deep.equal([[], [10_000]]);
  });

  it("leaves to the schedule what is too much, of an account with many before one with few", async () => {
    const { watch, sent } = watching(...many(shop, 120), { key: "b", account: bank });
    expect(await round([shop, bank], watch)).to.deep.equal({ looks: 60, left: 61 });
    expect(sent[0]).to.equal("contain-instance look-again b 0");
    expect(sent.at(-1)).to.equal("contain-instance look-again 222233334444/58 59");
  });

  it("sends nothing when the journal cannot be read, and fails: the calls are delivered again", async () => {
    const { watch, sent, slept } = watching();
    const broken = { ...watch, openIncidents: () => Promise.reject(new Error("throttled")) };
    expect(await round([shop], broken).catch((error: Error) => error.message)).to.equal(
      "throttled",
    );
    expect([sent, slept]).to.deep.equal([[], []]);
  });

  for (const [incidents, looks] of [
    [1, 12],
    [20, 120],
    [500, 120],
  ] as const) {
    it(`adds at most ${looks} looks a minute under a flood, with ${incidents} open incidents`, async () => {
      const { watch, sent } = watching(...many(shop, incidents));
      // The mapping lets two rounds go on at once: each begins when one before it has ended.
      for (const _worker of [1, 2]) {
        for (let at = 0; at < 60_000; ) {
          const slept: number[] = [];
          await round([shop], {
            ...watch,
            sleep: async (ms) => {
              slept.push(ms);
            },
          });
          at += slept[0] ?? expect.fail("The round did not wait");
        }
      }
      expect(sent.length).to.equal(looks);
    });
  }
});
