import { expect } from "chai";
import { openChannel } from "../../../functions/channels/open";
import type { ChannelPorts } from "../../../functions/channels/ports";
import { ChannelRefused } from "../../../functions/notify/channel";
import type { Message } from "../../../functions/notify/message";
import { linesOf } from "../../../local/services/channels/teams";
import { Internet, type InternetAnswer, throughInternet } from "../../../local/services/internet";
import { errorOf } from "../../support/local/gateway";
import { contained, digest, incidentId, message, origin, released } from "../../support/messages";
import { channels, type Host, hosts, now, providersOf, secrets } from "../../support/providers";

type Type = keyof typeof channels;

describe("a channel", () => {
  let internet: Internet;
  let providers: ReturnType<typeof providersOf>;
  const closers: (() => void)[] = [];
  let sent: unknown[] = [];
  before(async () => {
    internet = await Internet.open();
  });
  after(() => internet.close());
  beforeEach(() => {
    providers = providersOf();
    sent = [];
    for (const type of Object.keys(hosts) as Host[]) serve(type, providers[type].answer);
  });
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  function serve(type: Host, answer: Parameters<Internet["serve"]>[1]): void {
    closers.push(internet.serve(hosts[type], answer));
  }

  /** Has a provider answer something else from now on. */
  function answerWith(type: Host, answer: InternetAnswer): { readonly asked: () => number } {
    let asked = 0;
    closers.splice(Object.keys(hosts).indexOf(type), 1)[0]?.();
    serve(type, () => {
      asked += 1;
      return answer;
    });
    return { asked: () => asked };
  }

  function ports(values: Readonly<Record<string, string>> = {}): ChannelPorts {
    const send =
      (kind: string) =>
      async (...args: unknown[]) =>
        void sent.push([kind, ...args]);
    return {
      secret: async (name) => ({ ...secrets, ...values })[name] ?? "",
      fetch: throughInternet(internet.url),
      now: () => now,
      sendToQueue: send("sqs"),
      publishToTopic: send("sns"),
    };
  }

  const id = "3f9d";
  const posting = (thread?: string) => ({ id, at: now, ...(thread !== undefined && { thread }) });
  const post = (type: Type, what: Message, thread?: string) =>
    openChannel(channels[type], ports()).post(what, posting(thread));
  /** Posts an urgent message, a further one, and the one that ends the incident. */
  const story = async (type: Type): Promise<string | undefined> => {
    const { thread } = await post(type, message());
    await post(type, contained, thread);
    await post(type, released, thread);
    return thread;
  };

  it("of Slack has a thread for an incident", async () => {
    const thread = await story("slack");
    const heads = providers.slack.messages.map(({ header, thread: of, broadcast }) => [
      header,
      of,
      broadcast,
    ]);
    expect(thread).to.equal("1795000000.000100");
    expect(heads).to.deep.equal([
      [
        "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
        undefined,
        false,
      ],
      ["[Cordon] Isolated: i-0a1b2c3d4e5f60718", thread, false],
      ["[Cordon] Released: i-0a1b2c3d4e5f60718", thread, false],
    ]);
  });

  it("of Slack shows a further urgent message in the channel, too", async () => {
    const { thread } = await post("slack", message());
    await post("slack", message({ heading: "Isolated in part" }), thread);
    expect(providers.slack.messages.map(({ broadcast }) => broadcast)).to.deep.equal([false, true]);
  });

  it("of Slack begins another thread where somebody deleted the first", async () => {
    const posted = await post("slack", contained, "1700000000.000100");
    expect(posted).to.deep.equal({ thread: "1795000000.000100" });
    expect(providers.slack.messages.map(({ thread }) => thread)).to.deep.equal([undefined]);
  });

  it("of Teams gets a card a message", async () => {
    expect(await story("teams")).to.equal(undefined);
    expect(providers.teams.cards.map((card) => linesOf(card)[0])).to.deep.equal([
      "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
      "[Cordon] Isolated: i-0a1b2c3d4e5f60718",
      "[Cordon] Released: i-0a1b2c3d4e5f60718",
    ]);
  });

  it("of PagerDuty has an alert for an incident, open until the incident is over", async () => {
    const { thread } = await post("pagerduty", message());
    await post("pagerduty", contained, thread);
    expect([thread, providers.pagerduty.alerts[0]?.isOpen]).to.deep.equal([incidentId, true]);
    await post("pagerduty", released, thread);
    expect(providers.pagerduty.alerts).to.deep.equal([
      {
        key: incidentId,
        summaries: [
          "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
        ],
        isOpen: false,
      },
    ]);
  });

  it("of PagerDuty goes to the host of the account's region", async () => {
    closers.push(internet.serve("events.eu.pagerduty.com", providers.pagerduty.answer));
    const asked = answerWith("pagerduty", { status: 500 });
    const client = openChannel({ ...channels.pagerduty, region: "eu" }, ports());
    await client.post(message(), posting());
    expect([providers.pagerduty.alerts.length, asked.asked()]).to.deep.equal([1, 0]);
  });

  it("of Opsgenie goes to the host of the account's region", async () => {
    closers.push(internet.serve("api.opsgenie.com", providers.opsgenie.answer));
    const asked = answerWith("opsgenie", { status: 500 });
    const client = openChannel({ ...channels.opsgenie, region: "us" }, ports());
    await client.post(message(), posting());
    expect([providers.opsgenie.alerts.length, asked.asked()]).to.deep.equal([1, 0]);
  });

  it("of Opsgenie has an alert for an incident, with what follows as notes", async () => {
    expect(await story("opsgenie")).to.equal(incidentId);
    const [alert, ...others] = providers.opsgenie.alerts;
    expect(others).to.deep.equal([]);
    expect(alert).to.deep.include({ alias: incidentId, count: 1, isOpen: false });
    expect(alert?.notes.map((note) => note.split("\n")[0])).to.deep.equal([
      "[Cordon] Isolated: i-0a1b2c3d4e5f60718",
      "[Cordon] Released: i-0a1b2c3d4e5f60718",
    ]);
  });

  it("of Opsgenie alerts again about what is urgent, since somebody may have closed it", async () => {
    const { thread } = await post("opsgenie", message());
    providers.opsgenie.alerts[0]!.isOpen = false;
    await post("opsgenie", message({ heading: "Acts although contained" }), thread);
    expect(
      providers.opsgenie.alerts.map(({ isOpen, notes }) => [isOpen, notes.length]),
    ).to.deep.equal([
      [false, 0],
      [true, 1],
    ]);
  });

  for (const type of ["pagerduty", "opsgenie"] as const) {
    it(`of ${type} pages nobody about what is not urgent, and asks for no secret then`, async () => {
      for (const each of [contained, released, digest]) {
        const unread = { ...ports(), secret: () => Promise.reject(new Error("read")) };
        const posted = await openChannel(channels[type], unread).post(each, posting());
        expect(posted).to.deep.equal({});
      }
      expect(providers[type].alerts).to.deep.equal([]);
    });

    it(`of ${type} keeps an alert open that ends under an urgent message`, async () => {
      const { thread } = await post(type, message());
      await post(type, message({ origin: { ...origin, closes: true } }), thread);
      expect(providers[type].alerts.map(({ isOpen }) => isOpen)).to.deep.equal([true]);
    });

    it(`of ${type} has an alert of its own for an urgent message without an incident`, async () => {
      expect(await post(type, { ...digest, urgency: "urgent" })).to.deep.equal({});
      expect(providers[type].alerts.map(({ isOpen }) => isOpen)).to.deep.equal([true]);
    });
  }

  it("of Jira has an issue for an incident, and moves it to the status of closed ones", async () => {
    expect(await story("jira")).to.equal("SEC-1");
    expect(providers.jira.issues.map(({ summary }) => summary)).to.deep.equal([
      "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
    ]);
    const [ticket] = providers.jira.tickets;
    expect(ticket?.status).to.equal("Done");
    expect(ticket?.comments.map((each) => each.split("\n")[0])).to.deep.equal([
      "[Cordon] Isolated: i-0a1b2c3d4e5f60718",
      "[Cordon] Released: i-0a1b2c3d4e5f60718",
    ]);
  });

  it("of Jira says so in the issue where nothing leads to that status", async () => {
    const client = openChannel({ ...channels.jira, done: "Closed" }, ports());
    const { thread } = await client.post(message(), posting());
    await client.post(released, posting(thread));
    const [ticket] = providers.jira.tickets;
    expect(ticket?.status).to.equal("To Do");
    expect(ticket?.comments[0]).to.contain(
      "No transition leads from here to the status Closed: Cordon left the issue where it is.",
    );
  });

  it("of Jira leaves the status alone where none is set", async () => {
    const { done: _, ...channel } = channels.jira;
    const client = openChannel(channel, ports());
    const { thread } = await client.post(message(), posting());
    await client.post(released, posting(thread));
    expect(
      providers.jira.tickets.map(({ status, comments }) => [status, comments.length]),
    ).to.deep.equal([["To Do", 1]]);
  });

  for (const [what, each] of [
    ["a further message", contained],
    ["the end", released],
  ] as const) {
    it(`of Jira opens another issue for ${what} where somebody deleted the first`, async () => {
      expect(await post("jira", each, "SEC-99")).to.deep.equal({ thread: "SEC-1" });
      expect(providers.jira.issues).to.have.length(1);
    });

    it(`of ServiceNow opens another record for ${what} where somebody deleted the first`, async () => {
      const gone = "f".repeat(32);
      expect(await post("servicenow", each, gone)).to.deep.equal({
        thread: "00000000000000000000000000000001",
      });
      expect(providers.servicenow.records).to.have.length(1);
    });
  }

  it("of ServiceNow has a record for an incident, and resolves it", async () => {
    const thread = await story("servicenow");
    const [record, ...others] = providers.servicenow.records;
    expect(others).to.deep.equal([]);
    expect(record).to.deep.include({
      sysId: thread,
      short:
        "[Cordon] URGENT Approval required: no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
      correlation: incidentId,
      state: "6",
    });
    expect(record?.notes.map((note) => note.split("\n")[0])).to.deep.equal([
      "[Cordon] Isolated: i-0a1b2c3d4e5f60718",
      "[Cordon] Released: i-0a1b2c3d4e5f60718",
    ]);
  });

  it("of a web server is signed, and the same message is taken once", async () => {
    await post("webhook", message());
    await post("webhook", message());
    expect(providers.webhook.taken.map(({ id: of }) => of)).to.deep.equal([id]);
    expect(JSON.parse(providers.webhook.taken[0]?.body ?? "")).to.deep.include({
      format: "cordon-message/1",
      id: "3f9d",
      at: "2026-11-30T10:30:00.000Z",
      urgency: "urgent",
      about: "incidents",
    });
  });

  for (const [type, arn] of [
    ["sqs", channels.sqs.queue],
    ["sns", channels.sns.topic],
  ] as const) {
    it(`of ${type} gets the same JSON, with attributes to filter by`, async () => {
      await post("webhook", message());
      await post(type, message());
      await post(type, digest);
      const [first, second] = sent as [unknown[], unknown[]];
      expect(first).to.deep.equal([
        type,
        arn,
        providers.webhook.taken[0]?.body,
        {
          format: "cordon-message/1",
          urgency: "urgent",
          about: "incidents",
          account: "222233334444",
          severity: 8,
          incident: incidentId,
        },
      ]);
      expect(second[3]).to.deep.equal({
        format: "cordon-message/1",
        urgency: "normal",
        about: "operations",
      });
    });
  }

  it("shows times in its time zone", async () => {
    const channel = { ...channels.slack, timeZone: "Europe/Berlin" };
    await openChannel(channel, ports()).post(message(), posting());
    expect(providers.slack.messages[0]?.shown).to.contain(
      "Others depend on it since 30 Nov 2026, 11:20:05 GMT+1.",
    );
  });

  it("shows times in UTC where it has none", async () => {
    await post("slack", message());
    expect(providers.slack.messages[0]?.shown).to.contain(
      "Others depend on it since 2026-11-30T10:20:05Z.",
    );
  });

  const spoiled: readonly (readonly [Host, string])[] = [
    ["slack", "xoxp-17653672481-s3cret"],
    ["slack", "https://hooks.slack.com/services/T0/B0/s3cret"],
    ["teams", "http://prod-00.westeurope.logic.azure.com/s3cret"],
    ["teams", "s3cret"],
    ["pagerduty", "s3cret"],
    ["opsgenie", "s3cret key"],
    ["webhook", "https://hooks.example.com/s3cret"],
    ["webhook", '{"url":"https://hooks.example.com/s3cret"}'],
    ["webhook", '{"url":"http://h/s3cret","key":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}'],
    ["webhook", '{"url":"https://h/s3cret","key":"whsec_c2hvcnQ="}'],
    ["webhook", '{"url":"https://h/s3cret","key":}'],
    ["jira", "s3"],
    ["servicenow", "s3cret"],
    ["servicenow", "\n"],
  ];
  for (const [type, value] of spoiled) {
    it(`of ${type} refuses a secret of another form, and does not say it: ${value.slice(0, 9)}`, async () => {
      const name = `/cordon/${type}`;
      const client = openChannel(channels[type], ports({ [name]: value }));
      const error = await errorOf(client.post(message(), posting()));
      expect(error).to.be.instanceOf(ChannelRefused);
      expect(error.message).to.match(new RegExp(`^The secret ${name} must be \\S`));
      expect(String(error.stack)).not.to.contain("s3cret");
    });
  }

  const wrongSecrets: readonly (readonly [Host, string, string])[] = [
    ["slack", "xoxb-1-wr0ng", "Slack, with the secret /cordon/slack, answered invalid_auth"],
    [
      "teams",
      "https://prod-00.westeurope.logic.azure.com/workflows/5f1?sig=wr0ngwr0ng",
      'Teams, with the secret /cordon/teams, answered 401: {"error":{"code":"DirectApiAuthorizationRequired","message":"The signature is not valid."}}',
    ],
    [
      "pagerduty",
      "wr0ngwr0ngwr0ngwr0ngwr0ngwr0ng00",
      'PagerDuty, with the secret /cordon/pagerduty, answered 400: {"status":"invalid event","message":"Event object is invalid","errors":["\'routing_key\' is invalid"]}',
    ],
    [
      "opsgenie",
      "wr0ng-wr0ng-wr0ng-wr0ng",
      'Opsgenie, with the secret /cordon/opsgenie, answered 401: {"message":"Could not authenticate","took":0,"requestId":"4f3e"}',
    ],
    [
      "webhook",
      '{"url":"https://hooks.example.com/wr0ng","key":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
      "The webhook of the secret /cordon/webhook answered 401",
    ],
    [
      "jira",
      "wr0ng-token",
      'Jira at https://example.atlassian.net, with the token of /cordon/jira, answered 401: {"errorMessages":[],"errors":{"authorization":"You are not authenticated."}}',
    ],
    [
      "servicenow",
      "wr0ng password",
      'ServiceNow at https://example.service-now.com, with the secret /cordon/servicenow, answered 401: {"error":{"message":"User Not Authenticated","detail":""},"status":"failure"}',
    ],
  ];
  for (const [type, value, said] of wrongSecrets) {
    it(`of ${type} is refused with another's secret, and names which one`, async () => {
      const client = openChannel(channels[type], ports({ [`/cordon/${type}`]: value }));
      const error = await errorOf(client.post(message(), posting()));
      expect([error.constructor, error.message]).to.deep.equal([ChannelRefused, said]);
      expect(String(error.stack)).not.to.contain("wr0ng");
    });
  }

  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>Log in" };
  const outages: readonly (readonly [string, InternetAnswer])[] = [
    ["429", { status: 429 }],
    ["500", { status: 500, body: "<html>Oops" }],
    ["503", { status: 503, headers: { "content-type": "application/json" }, body: "{}" }],
  ];
  for (const type of Object.keys(hosts) as Host[]) {
    for (const [status, answer] of outages) {
      it(`of ${type} may be tried again after ${status}`, async () => {
        const provider = answerWith(type, answer);
        const error = await errorOf(post(type, message()));
        expect(error).not.to.be.instanceOf(ChannelRefused);
        expect(error.message).to.contain(`answered ${status}`);
        expect(provider.asked()).to.equal(1);
      });
    }

    it(`of ${type} is not led elsewhere, where its secret would go, too`, async () => {
      const location = `https://${hosts[type]}/`;
      const provider = answerWith(type, { status: 307, headers: { location } });
      const error = await errorOf(post(type, message()));
      expect(error).to.be.instanceOf(ChannelRefused);
      expect([error.message.slice(-12), provider.asked()]).to.deep.equal(["answered 307", 1]);
    });

    it(`of ${type} may be tried again where nobody answers`, async () => {
      closers.splice(Object.keys(hosts).indexOf(type), 1)[0]?.();
      const error = await errorOf(post(type, message()));
      expect(error).not.to.be.instanceOf(ChannelRefused);
      expect(error.message).to.match(/ did not answer: [A-Z_]+$/);
    });
  }

  for (const type of ["slack", "teams", "pagerduty", "opsgenie", "jira", "servicenow"] as const) {
    it(`of ${type} takes no page of a proxy for its provider's answer`, async () => {
      answerWith(type, page);
      const error = await errorOf(post(type, message()));
      expect(error).not.to.be.instanceOf(ChannelRefused);
      expect(error.message).to.match(/ answered 200 with something else than expected$/);
    });
  }

  const codes: readonly (readonly [string, boolean])[] = [
    ["channel_not_found", true],
    ["is_archived", true],
    ["token_revoked", true],
    ["a_code_of_tomorrow", true],
    ["ratelimited", false],
    ["internal_error", false],
  ];
  for (const [code, isRefused] of codes) {
    it(`of Slack ${isRefused ? "is refused" : "may be tried again"} after ${code}, which comes with 200`, async () => {
      answerWith("slack", {
        status: 200,
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({ ok: false, error: code }),
      });
      const error = await errorOf(post("slack", message()));
      expect([error instanceof ChannelRefused, error.message]).to.deep.equal([
        isRefused,
        `Slack, with the secret /cordon/slack, answered ${code}`,
      ]);
    });
  }

  it("of Teams takes a text for an answer", async () => {
    answerWith("teams", { status: 200, headers: { "content-type": "text/plain" }, body: "taken" });
    expect(await post("teams", message())).to.deep.equal({});
  });

  it("of a web server takes any answer of 2xx", async () => {
    answerWith("webhook", page);
    expect(await post("webhook", message())).to.deep.equal({});
  });

  it("repeats no part of an address that is a secret", async () => {
    answerWith("webhook", {
      status: 404,
      headers: { "content-type": "application/json" },
      body: '{"error":"no route for 9f2c61b7"}',
    });
    const error = await errorOf(post("webhook", message()));
    expect(error.message).to.match(/answered 404: \{"error":"no route for …"\}$/);
  });

  it("repeats no secret that a provider repeats", async () => {
    const key = secrets["/cordon/pagerduty"];
    answerWith("pagerduty", {
      status: 400,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ errors: [`${key} is not\nknown`] }),
    });
    const error = await errorOf(post("pagerduty", message()));
    expect(error.message).to.match(/answered 400: \{"errors":\["… is not\\nknown"\]\}$/);
  });
});
