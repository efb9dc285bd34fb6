import { expect } from "chai";
import type { CoreSettings } from "../../settings/core";
import { readNotify } from "../../settings/notify";

const core = { securityAccount: "444455556666" } as CoreSettings;
const read = (value: unknown) =>
  readNotify((key) => ({ notify: JSON.stringify(value), noticesAlone: "4" })[key], core).notify;

const arn = "arn:aws:secretsmanager:us-east-1:444455556666:secret:chat/token-a1B2c3";
const chat = { name: "chat", type: "slack", channel: "C0123456789", secret: "/cordon/slack" };
const mail = { name: "team", type: "mail", to: "security@example.com" };
const jira = {
  name: "tickets",
  type: "jira",
  site: "https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555",
  project: "SEC",
  issueType: "Service Request",
  user: "bot@example.com",
  secret: arn,
  done: "Done",
};
const owner = {
  name: "owner",
  type: "owner",
  tag: "Owner e-mail",
  from: "a@b.cc",
  domains: ["b.cc"],
};

describe("setting notify", () => {
  const channels: readonly (readonly [string, object])[] = [
    [
      "mail with every filter that it may have",
      { ...mail, urgent: true, severity: 7, about: ["incidents"], accounts: ["111122223333"] },
    ],
    [
      "chat with every filter",
      {
        ...chat,
        severity: 4.5,
        accounts: ["111122223333"],
        units: ["ou-ab12-cdef3456"],
        about: ["incidents", "operations"],
        timeZone: "Europe/Berlin",
      },
    ],
    ["a time zone without a continent", { ...chat, timeZone: "UTC" }],
    ["Teams", { name: "t", type: "teams", secret: arn }],
    ["PagerDuty", { name: "p-1", type: "pagerduty", secret: arn, urgent: true }],
    ["PagerDuty in Europe", { name: "p-1", type: "pagerduty", region: "eu", secret: arn }],
    ["Opsgenie", { name: "o", type: "opsgenie", region: "eu", secret: arn }],
    ["a webhook", { name: "w", type: "webhook", secret: "/cordon/hook" }],
    ["Jira, with its gateway for scoped tokens", jira],
    [
      "ServiceNow",
      {
        name: "s",
        type: "servicenow",
        site: "https://acme.service-now.com",
        user: "cordon",
        secret: arn,
      },
    ],
    [
      "another team's queue",
      { name: "q", type: "sqs", queue: "arn:aws:sqs:eu-west-1:777788889999:cordon-in" },
    ],
    [
      "another team's topic",
      { name: "q", type: "sns", topic: "arn:aws:sns:eu-west-1:777788889999:in" },
    ],
    ["the owner", owner],
  ];
  for (const [what, channel] of channels) {
    it(`takes ${what}`, () => {
      expect(read([channel])).to.deep.equal([channel]);
    });
  }

  it("is an empty list, or many channels, each with a name of its own", () => {
    expect(read([])).to.deep.equal([]);
    expect(read([mail, chat, jira, owner]).map(({ name }) => name)).to.deep.equal([
      "team",
      "chat",
      "tickets",
      "owner",
    ]);
  });

  const shapeless: readonly (readonly [string, string])[] = [
    ["no list", "cordon:notify must be a list, but {} was provided"],
    [
      "an entry that is no object",
      'cordon:notify[1] must be an object with name and type, but "chat" was provided',
    ],
  ];
  it(`refuses ${shapeless[0]?.[0]}`, () => {
    expect(() => read({})).to.throw(shapeless[0]?.[1]);
  });
  it(`refuses ${shapeless[1]?.[0]}`, () => {
    expect(() => read([mail, "chat"])).to.throw(shapeless[1]?.[1]);
  });

  const types =
    "mail, slack, teams, pagerduty, opsgenie, webhook, jira, servicenow, sqs, sns, owner";
  const secretWords =
    "the name of an SSM parameter that begins with a slash, but not with /aws or /ssm, or the ARN of a secret, with the six characters at its end";
  const refused: readonly (readonly [string, object, string])[] = [
    [
      "an unknown type",
      { ...chat, type: "slak" },
      `cordon:notify[1].type must be one of ${types}, such as slack, but "slak" was provided`,
    ],
    [
      "no type",
      { name: "x" },
      `cordon:notify[1].type must be one of ${types}, but nothing was provided`,
    ],
    [
      "a member that it does not have",
      { ...chat, chanel: "C0123456789", channel: undefined },
      'cordon:notify[1] of type slack has no "chanel"; did you mean channel? It may have name, about, urgent, severity, accounts, units, timeZone, secret, channel',
    ],
    [
      "a member left out",
      { ...chat, channel: undefined },
      "cordon:notify[1].channel must be the id of a channel, such as C0123456789, not its name, but nothing was provided",
    ],
    [
      "a channel by its name",
      { ...chat, channel: "#alerts" },
      'cordon:notify[1].channel must be the id of a channel, such as C0123456789, not its name, but "#alerts" was provided',
    ],
    [
      "a name with a blank",
      { ...chat, name: "on call" },
      'cordon:notify[1].name must be 1 to 32 lower-case letters or digits, with hyphens between them, but "on call" was provided',
    ],
    [
      "a parameter without a slash",
      { ...chat, secret: "slack" },
      `cordon:notify[1].secret must be ${secretWords}, but "slack" was provided`,
    ],
    [
      "a secret by its name alone",
      { ...chat, secret: arn.slice(0, -7) },
      `cordon:notify[1].secret must be ${secretWords}, but "${arn.slice(0, -7)}" was provided`,
    ],
    [
      "another account's secret",
      { ...chat, secret: arn.replace("444455556666", "777788889999") },
      `cordon:notify[1].secret must be a secret of cordon:securityAccount 444455556666, but "${arn.replace("444455556666", "777788889999")}" was provided`,
    ],
    [
      "a malformed account",
      { ...chat, accounts: ["111122223333", "1234"] },
      'cordon:notify[1].accounts[1] must be a 12-digit account id, but "1234" was provided',
    ],
    [
      "a list of no accounts, which would get nothing",
      { ...chat, accounts: [] },
      "cordon:notify[1].accounts must be a list of 1 to 50 accounts, but [] was provided",
    ],
    [
      "the root as a unit",
      { ...chat, units: ["r-ab12"] },
      'cordon:notify[1].units[0] must be the id of an organizational unit, ou-…-…, but "r-ab12" was provided',
    ],
    [
      "a severity out of range",
      { ...chat, severity: 11 },
      "cordon:notify[1].severity must be a number from 0 to 10, but 11 was provided",
    ],
    [
      "a severity by its name",
      { ...chat, severity: "high" },
      'cordon:notify[1].severity must be a number from 0 to 10, but "high" was provided',
    ],
    [
      "urgent: false, which reads as its opposite",
      { ...chat, urgent: false },
      "cordon:notify[1].urgent must be true, or left out, but false was provided",
    ],
    [
      "an unknown subject",
      { ...chat, about: ["incident"] },
      'cordon:notify[1].about[0] must be one of incidents, key-rotation, operations, but "incident" was provided',
    ],
    [
      "an unknown time zone",
      { ...chat, timeZone: "Europe/Berlim" },
      'cordon:notify[1].timeZone must be the IANA name of a time zone, such as Europe/Berlin, but "Europe/Berlim" was provided',
    ],
    [
      "an offset, which has no summer time",
      { ...chat, timeZone: "+01:00" },
      'cordon:notify[1].timeZone must be the IANA name of a time zone, such as Europe/Berlin, but "+01:00" was provided',
    ],
    [
      "units of mail, which SNS cannot filter by",
      { ...mail, name: "m", to: "a@b.cc", units: ["ou-ab12-cdef3456"] },
      'cordon:notify[1] of type mail has no "units"; did you mean',
    ],
    [
      "six accounts of mail",
      {
        ...mail,
        name: "m",
        to: "a@b.cc",
        accounts: Array.from({ length: 6 }, (_, n) => `${111122223300 + n}`),
      },
      "cordon:notify[1].accounts must be a list of 1 to 5 accounts, but [",
    ],
    [
      "plain HTTP",
      { ...jira, site: "http://example.atlassian.net" },
      'cordon:notify[1].site must be an https URL without a slash at its end, but "http://example.atlassian.net" was provided',
    ],
    [
      "a site with a password",
      { ...jira, site: "https://a:b@example.com" },
      'cordon:notify[1].site must be an https URL without a slash at its end, but "https://a:b@example.com" was provided',
    ],
    [
      "another host than ServiceNow's",
      { name: "s", type: "servicenow", site: "https://acme.example.com", user: "u", secret: arn },
      'cordon:notify[1].site must be https://INSTANCE.service-now.com, but "https://acme.example.com" was provided',
    ],
    [
      "a FIFO queue",
      { name: "q", type: "sqs", queue: "arn:aws:sqs:eu-west-1:777788889999:in.fifo" },
      'cordon:notify[1].queue must be the ARN of a standard queue, but "arn:aws:sqs:eu-west-1:777788889999:in.fifo" was provided',
    ],
    [
      "the topic of the messages itself",
      { name: "q", type: "sns", topic: "arn:aws:sns:us-east-1:444455556666:cordon-notices" },
      'cordon:notify[1].topic must be no topic of Cordon\'s own, but "arn:aws:sns:us-east-1:444455556666:cordon-notices" was provided',
    ],
    [
      "a queue of Cordon's own",
      { name: "q", type: "sqs", queue: "arn:aws:sqs:us-east-1:444455556666:cordon-triage" },
      'cordon:notify[1].queue must be no queue of Cordon\'s own, but "arn:aws:sqs:us-east-1:444455556666:cordon-triage" was provided',
    ],
    [
      "a filter of the owner",
      { ...owner, urgent: true },
      'cordon:notify[1] of type owner has no "urgent"; did you mean',
    ],
    [
      "a domain that is an address",
      { ...owner, domains: ["a@b.cc"] },
      'cordon:notify[1].domains[0] must be a domain in lower case, but "a@b.cc" was provided',
    ],
    [
      "a name that another has",
      { ...chat, name: "team" },
      'cordon:notify[1].name must be in one entry only, and notify[0] has it, but "team" was provided',
    ],
    [
      "an address that another has",
      { ...mail, name: "again" },
      'cordon:notify[1].to must be in one entry only, and notify[0] has it, but "security@example.com" was provided',
    ],
  ];
  for (const [what, channel, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => read([mail, channel])).to.throw(Error, message);
    });
  }

  it("refuses a second owner, and more channels than a message is posted to", () => {
    expect(() => read([owner, { ...owner, name: "more" }])).to.throw(
      'cordon:notify[1].type must be in one entry only, and notify[0] has it, but "owner" was provided',
    );
    const many = Array.from({ length: 21 }, (_, index) => ({ ...chat, name: `chat-${index}` }));
    expect(() => read(many)).to.throw(
      'cordon:notify must be a list of at most 20 channels, but "21 channels" was provided',
    );
  });

  it("refuses more than the function's environment may hold, with both numbers", () => {
    const accounts = Array.from({ length: 50 }, (_, n) => `${111122223300 + n}`);
    const wide = (name: string) => ({ ...chat, name, accounts });
    expect(read([wide("a"), wide("b")])).to.have.lengthOf(2);
    expect(() => read([wide("a"), wide("b"), wide("c")])).to.throw(
      "cordon:notify must take at most 2600 characters as JSON in the function that delivers to its channels, quotes counted twice, but it takes 2878, 278 too many: use fewer channels, or units in place of accounts",
    );
  });
});
