import { expect } from "chai";
import type { PostedChannel } from "../../../../functions/catalogue/channels";
import { type DeliveryPorts, deliver } from "../../../../functions/flows/notify/deliver";
import type { Received } from "../../../../functions/flows/notify/received";
import { ChannelRefused, type Posting } from "../../../../functions/notify/channel";
import { type Message, messageOf } from "../../../../functions/notify/message";
import type { Notice } from "../../../../functions/notify/notice";
import { errorOf } from "../../../support/local/gateway";
import { MemoryDeliveryLog } from "../../../support/memory-delivery-log";

const channel = (name: string): PostedChannel => ({ name, type: "teams", secret: `/${name}` });
const origin = {
  account: "111122223333",
  region: "us-east-1",
  severity: 8,
  type: "Trojan:EC2/<script>",
  incident: "0f3a9c1d2b4e5f60-1",
  links: [{ title: "Finding", url: "https://example.com" }],
};
const at = new Date("2026-11-21T10:00:00.000Z");
const received = (message: Message, id = "m-1"): Received => ({ id, at, message });
const urgent = messageOf("urgent", "Not isolated: i-1", ["Text"]);
const ofIncident = (heading: string) => messageOf("normal", heading, [], origin);

type Post = (message: Message, posting: Posting) => Promise<{ thread?: string }>;

/** Three channels that remember what they got; each may be made to fail. */
function setUp(names: readonly string[] = ["chat", "pager", "tickets"]) {
  const posts: Record<string, (readonly [string, string | undefined])[]> = {};
  const failing: Record<string, Post> = {};
  const published: Notice[] = [];
  const logged: string[] = [];
  let counted = 0;
  let time = new Date("2026-11-21T10:00:00.000Z");
  const slept: number[] = [];
  const log = new MemoryDeliveryLog();
  const ports: DeliveryPorts = {
    channels: names.map(channel),
    open: ({ name }) => ({
      async post(message, posting) {
        const answer = await failing[name]?.(message, posting);
        posts[name] = [...(posts[name] ?? []), [message.heading, posting.thread]];
        return answer ?? { thread: `${name}-thread` };
      },
    }),
    unitsOf: async () => [],
    log,
    copy: "c-1",
    publish: async (notice) => void published.push(notice),
    countFailure: () => {
      counted += 1;
    },
    logFailure: (name, why) => void logged.push(`${name}: ${why}`),
    delivery: 1,
    lastDelivery: 5,
    now: () => time,
    sleep: (ms, signal) =>
      signal === undefined
        ? Promise.resolve(void slept.push(ms))
        : new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(new Error("over"))),
          ),
  };
  return {
    posts,
    failing,
    published,
    logged,
    slept,
    log,
    ports,
    counted: () => counted,
    at: (text: string) => {
      time = new Date(text);
    },
  };
}

const down: Post = () => Promise.reject(new Error("no answer"));
const refused: Post = () => Promise.reject(new ChannelRefused("channel_not_found"));

describe("delivering a message", () => {
  it("posts it to every channel, each once, however often it is delivered", async () => {
    const { ports, posts } = setUp();
    expect(await deliver(received(urgent), ports)).to.deep.equal({
      outcome: "notified",
      reason: "Posted to chat, pager, tickets",
    });
    expect(await deliver(received(urgent), { ...ports, delivery: 2, copy: "c-2" })).to.deep.equal({
      outcome: "duplicate",
      reason: "Every channel has it",
    });
    const once = [["Not isolated: i-1", undefined]];
    expect(posts).to.deep.equal({ chat: once, pager: once, tickets: once });
  });

  it("posts nothing that no filter lets through", async () => {
    const { ports, posts } = setUp();
    const channels = [{ ...channel("chat"), urgent: true as const }];
    const digest = messageOf("normal", "Digest", []);
    const answer = await deliver(received(digest), { ...ports, channels });
    expect([answer.outcome, posts]).to.deep.equal(["logged", {}]);
  });

  it("holds up no channel for one that fails, and tries that one alone again", async () => {
    const { ports, posts, failing, published, log, counted } = setUp();
    failing.pager = down;
    const error = await errorOf(deliver(received(urgent), ports));
    expect(error.message).to.equal("pager: Error: no answer");
    expect(log.why.get("pager")).to.equal("Error: no answer");
    expect(Object.keys(posts)).to.have.members(["chat", "tickets"]);
    delete failing.pager;
    const answer = await deliver(received(urgent), { ...ports, delivery: 2 });
    expect(answer.reason).to.equal("Posted to pager");
    expect(posts.chat).to.have.lengthOf(1);
    expect([published, counted()]).to.deep.equal([[], 0]);
  });

  it("leaves a channel to the copy that is posting to it", async () => {
    const { ports, log } = setUp(["chat"]);
    await log.claim({ message: "m-1", channel: "chat" }, "another copy");
    const error = await errorOf(deliver(received(urgent), ports));
    expect(error.message).to.equal("chat: Another delivery is posting it");
  });

  it("gives up on a channel that does not answer", async () => {
    const { ports, failing } = setUp(["chat"]);
    failing.chat = () => new Promise(() => undefined);
    const error = await errorOf(
      deliver(received(urgent), { ...ports, sleep: async () => undefined }),
    );
    expect(error.message).to.equal("chat: NoAnswer: no answer within 15 seconds");
  });
});

describe("a channel that fails", () => {
  it("is alerted by the topic after the last delivery, and the message is a dead letter", async () => {
    const { ports, failing, published, counted } = setUp();
    failing.pager = down;
    await errorOf(deliver(received(urgent), { ...ports, delivery: 4 }));
    expect(published).to.deep.equal([]);
    await errorOf(deliver(received(urgent), { ...ports, delivery: 5 }));
    expect(counted()).to.equal(1);
    const [alert] = published;
    expect([published.length, alert?.urgency, alert?.subject, alert?.channels]).to.deep.equal([
      1,
      "urgent",
      "[Cordon] URGENT Channel pager does not take messages",
      { failed: "pager" },
    ]);
    expect(alert?.facts).to.deep.equal([
      { name: "Channel", value: "pager, teams" },
      { name: "Missed", value: "1 message today (UTC)" },
    ]);
    expect(alert?.text).to.include("  - Error: no answer\n");
    expect(alert?.text).to.include("npx cordon notify --test");
  });

  it("is alerted at once where it refuses, and tried again, for it may be repaired", async () => {
    const { ports, failing, published, posts } = setUp();
    failing.chat = refused;
    const error = await errorOf(deliver(received(urgent), ports));
    expect(error.message).to.equal("chat: ChannelRefused: channel_not_found");
    expect(published.map(({ channels }) => channels)).to.deep.equal([{ failed: "chat" }]);
    expect(Object.keys(posts)).to.have.members(["pager", "tickets"]);
    delete failing.chat;
    expect((await deliver(received(urgent), { ...ports, delivery: 2 })).reason).to.equal(
      "Posted to chat",
    );
  });

  it("is alerted once an hour, with how many messages it missed on that day", async () => {
    const { ports, failing, published, at: setTime } = setUp(["chat"]);
    failing.chat = refused;
    for (const id of ["m-1", "m-1", "m-2", "m-3"]) {
      await errorOf(deliver(received(urgent, id), ports));
    }
    setTime("2026-11-21T11:00:00.000Z");
    await errorOf(deliver(received(urgent, "m-4"), ports));
    setTime("2026-11-22T00:00:00.000Z");
    await errorOf(deliver(received(urgent, "m-5"), ports));
    expect(published.map(({ facts }) => facts[1]?.value)).to.deep.equal([
      "1 message today (UTC)",
      "4 messages today (UTC)",
      "1 message today (UTC)",
    ]);
  });

  it("keeps the message to be delivered again where the alert cannot be published", async () => {
    const { ports, failing } = setUp(["chat"]);
    failing.chat = refused;
    const publish = () => Promise.reject(new Error("SNS is down"));
    const error = await errorOf(deliver(received(urgent), { ...ports, publish }));
    expect(error.message).to.equal("SNS is down");
  });

  it("causes no further message by an alert that fails elsewhere: that is logged and counted", async () => {
    const { ports, failing, published, logged, counted, posts } = setUp();
    const alert: Message = { ...urgent, channels: { failed: "chat" } };
    failing.pager = down;
    await errorOf(deliver(received(alert), ports));
    const last = await deliver(received(alert), { ...ports, delivery: 5 });
    expect([last.outcome, published, counted()]).to.deep.equal(["duplicate", [], 1]);
    expect(logged).to.deep.equal(Array.from({ length: 3 }, () => "pager: Error: no answer"));
    expect(Object.keys(posts)).to.deep.equal(["tickets"]);
  });

  it("is said of a test, which is not tried again and alerts nobody", async () => {
    const { ports, failing, published, log, counted } = setUp();
    failing.pager = down;
    failing.tickets = refused;
    const answer = await deliver(received({ ...urgent, channels: "test" }), ports);
    expect(answer.reason).to.equal("Posted to chat");
    expect([...log.why]).to.deep.equal([
      ["pager", "Error: no answer"],
      ["tickets", "ChannelRefused: channel_not_found"],
    ]);
    expect([published, counted()]).to.deep.equal([[], 2]);
  });
});

describe("a message that a channel refuses for what it says", () => {
  it("comes as a stub without strangers' words, which cannot silence it", async () => {
    const { ports, failing, published, logged } = setUp(["chat"]);
    const seen: Message[] = [];
    failing.chat = async (message) => {
      seen.push(message);
      if (message.heading.startsWith("Not isolated")) throw new ChannelRefused("invalid_blocks");
      return { thread: "t" };
    };
    const answer = await deliver(received({ ...urgent, origin }), ports);
    expect(answer.outcome).to.equal("notified");
    expect(seen[1]).to.deep.equal({
      urgency: "urgent",
      heading: "Cordon has a message that this channel does not take",
      lead: ["Read it: npx cordon show 0f3a9c1d2b4e5f60-1"],
      facts: [],
      sections: [],
      closing: [],
      origin: { ...origin, type: "not shown here", links: [] },
    });
    expect(logged).to.deep.equal(["chat: ChannelRefused: invalid_blocks"]);
    expect(published).to.deep.equal([]);
  });
});

describe("messages of one incident", () => {
  it("go to the thread that the first one opened, each channel its own", async () => {
    const { ports, posts } = setUp(["chat", "tickets"]);
    await deliver(received(ofIncident("one"), "m-1"), ports);
    await deliver(received(ofIncident("two"), "m-2"), ports);
    expect(posts).to.deep.equal({
      chat: [
        ["one", undefined],
        ["two", "chat-thread"],
      ],
      tickets: [
        ["one", undefined],
        ["two", "tickets-thread"],
      ],
    });
  });

  it("go to the thread that the channel named last: people delete tickets", async () => {
    const { ports, posts, failing } = setUp(["tickets"]);
    await deliver(received(ofIncident("one"), "m-1"), ports);
    failing.tickets = async () => ({ thread: "another" });
    await deliver(received(ofIncident("two"), "m-2"), ports);
    await deliver(received(ofIncident("three"), "m-3"), ports);
    expect(posts.tickets?.[2]).to.deep.equal(["three", "another"]);
  });

  it("wait for the one that opens the thread", async () => {
    const { ports, log, posts, slept } = setUp(["tickets"]);
    const key = { incident: "0f3a9c1d2b4e5f60-1", channel: "tickets" };
    await log.thread(key, "m-1");
    const sleep: DeliveryPorts["sleep"] = async (ms, signal) => {
      if (signal !== undefined) return new Promise(() => undefined);
      slept.push(ms);
      if (slept.length === 2) await log.keepThread(key, "T-1");
    };
    await deliver(received(ofIncident("two"), "m-2"), { ...ports, sleep });
    expect(slept).to.deep.equal([2_000, 2_000]);
    expect(posts.tickets).to.deep.equal([["two", "T-1"]]);
  });

  it("are delivered again where that takes too long, and open no second ticket", async () => {
    const { ports, log, posts, slept } = setUp(["tickets"]);
    await log.thread({ incident: "0f3a9c1d2b4e5f60-1", channel: "tickets" }, "m-1");
    const error = await errorOf(deliver(received(ofIncident("two"), "m-2"), ports));
    expect(error.message).to.include("Another message opens the thread of 0f3a9c1d2b4e5f60-1");
    expect([slept.length, posts]).to.deep.equal([6, {}]);
  });

  it("wait for no thread in a channel that has none", async () => {
    const { ports, posts, failing } = setUp(["hook"]);
    failing.hook = async () => ({});
    await deliver(received(ofIncident("one"), "m-1"), ports);
    await deliver(received(ofIncident("two"), "m-2"), ports);
    expect(posts.hook).to.deep.equal([
      ["one", undefined],
      ["two", undefined],
    ]);
  });
});
