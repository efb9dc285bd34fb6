import { expect } from "chai";
import { readKeyRotation } from "../../settings/key-rotation";

const valid: Readonly<Record<string, string>> = {
  accessKeyRule: "deploy",
  accessKeyMaxAgeDays: "90",
  accessKeyCheckHours: "24",
  accessKeyAttempts: "5",
  accessKeyRetrySeconds: "60",
  accessKeyPublishers: "organization",
  accessKeyPublisherAccounts: "[]",
  accessKeyWebhookParameter: "none",
  accessKeyQueues: "[]",
  accessKeyJira: "{}",
  accessKeyMail: "{}",
};

const read = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  readKeyRotation((key) => ({ ...valid, ...changes })[key], { securityAccount: "444455556666" });

describe("settings about key rotation [R8]", () => {
  it("are read; what is not given is no setting", () => {
    expect(read()).to.deep.equal({
      accessKeyRule: "deploy",
      accessKeyMaxAgeDays: 90,
      accessKeyCheckHours: "24",
      accessKeyAttempts: 5,
      accessKeyRetrySeconds: 60,
      accessKeyPublishers: "organization",
      accessKeyPublisherAccounts: [],
      accessKeyQueues: [],
    });
  });

  const queue = "arn:aws:sqs:eu-west-1:777788889999:key-rotation";
  const jira = {
    site: "https://example.atlassian.net",
    project: "SEC",
    issueType: "Service Request",
    user: "bot@example.com",
    secret: "arn:aws:secretsmanager:us-east-1:444455556666:secret:jira/token-a1B2c3",
  };

  it("take queues of other accounts, and Jira with all that it needs", () => {
    const settings = read({
      accessKeyQueues: JSON.stringify([queue]),
      accessKeyJira: JSON.stringify(jira),
    });
    expect([settings.accessKeyQueues, settings.accessKeyJira]).to.deep.equal([[queue], jira]);
  });

  it("take Jira's gateway for scoped tokens, whose URL has a path", () => {
    const site = "https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555";
    expect(read({ accessKeyJira: JSON.stringify({ ...jira, site }) }).accessKeyJira?.site).to.equal(
      site,
    );
  });

  const queues: readonly (readonly [string, string])[] = [
    [
      '["https://sqs.eu-west-1.amazonaws.com/777788889999/key-rotation"]',
      'cordon:accessKeyQueues[0] must be the ARN of a standard queue, but "https://sqs.eu-west-1.amazonaws.com/777788889999/key-rotation" was provided',
    ],
    [
      `["${queue}.fifo"]`,
      `cordon:accessKeyQueues[0] must be the ARN of a standard queue, but "${queue}.fifo" was provided`,
    ],
    [
      JSON.stringify([queue, queue]),
      `cordon:accessKeyQueues[1] must be listed once, but "${queue}" was provided`,
    ],
    [
      JSON.stringify(Array.from({ length: 11 }, (_, index) => `${queue}-${index}`)),
      'cordon:accessKeyQueues must be a list of at most 10 queues, but "11 queues" was provided',
    ],
    ["none", 'cordon:accessKeyQueues must be a list, but "none" was provided'],
  ];
  for (const [value, message] of queues) {
    it(`refuse accessKeyQueues = ${value.slice(0, 60)}`, () => {
      expect(() => read({ accessKeyQueues: value })).to.throw(Error, message);
    });
  }

  const jiras: readonly (readonly [string, unknown, string])[] = [
    [
      "plain HTTP, to this machine, too",
      { ...jira, site: "http://127.0.0.1:8080" },
      'cordon:accessKeyJira.site must be an https URL without a slash at its end, but "http://127.0.0.1:8080" was provided',
    ],
    [
      "a site with a slash at its end",
      { ...jira, site: "https://example.atlassian.net/" },
      'cordon:accessKeyJira.site must be an https URL without a slash at its end, but "https://example.atlassian.net/" was provided',
    ],
    [
      "a site with a password",
      { ...jira, site: "https://a:b@example.com" },
      'cordon:accessKeyJira.site must be an https URL without a slash at its end, but "https://a:b@example.com" was provided',
    ],
    [
      "a project that is no key",
      { ...jira, project: "Security" },
      'cordon:accessKeyJira.project must be the key of a project, such as SEC, but "Security" was provided',
    ],
    [
      "no issue type",
      { ...jira, issueType: "" },
      'cordon:accessKeyJira.issueType must be the name of a type of issue, but "" was provided',
    ],
    [
      "a user that is no address",
      { ...jira, user: "bot" },
      'cordon:accessKeyJira.user must be an e-mail address, but "bot" was provided',
    ],
    [
      "a secret by its name",
      { ...jira, secret: "jira/token" },
      'cordon:accessKeyJira.secret must be the ARN of a secret, with the six characters at its end, but "jira/token" was provided',
    ],
    [
      "another account's secret",
      { ...jira, secret: jira.secret.replace("444455556666", "777788889999") },
      'cordon:accessKeyJira.secret must be a secret of cordon:securityAccount 444455556666, but "arn:aws:secretsmanager:us-east-1:777788889999:secret:jira/token-a1B2c3" was provided',
    ],
    [
      "a member left out",
      { ...jira, user: undefined },
      "cordon:accessKeyJira.user must be an e-mail address, but nothing was provided",
    ],
    [
      "a member that it does not have",
      { ...jira, url: "https://example.com" },
      'cordon:accessKeyJira\'s member must be one of site, project, issueType, user, secret, such as user, but "url" was provided',
    ],
    [
      "a list",
      [],
      "cordon:accessKeyJira must be an object, which may be empty, but [] was provided",
    ],
  ];
  for (const [what, value, message] of jiras) {
    it(`refuse Jira with ${what}`, () => {
      expect(() => read({ accessKeyJira: JSON.stringify(value) })).to.throw(Error, message);
    });
  }

  const mail = { tag: "Owner e-mail", from: "cordon@sec.example.com", domains: ["example.com"] };

  it("take the tag, the sender and the domains of mail", () => {
    expect(read({ accessKeyMail: JSON.stringify(mail) }).accessKeyMail).to.deep.equal(mail);
  });

  const mails: readonly (readonly [string, unknown, string])[] = [
    [
      "no domains, which would be all of them",
      { ...mail, domains: [] },
      "cordon:accessKeyMail.domains must be a list of 1 to 10 domains, but [] was provided",
    ],
    [
      "domains left out",
      { ...mail, domains: undefined },
      "cordon:accessKeyMail.domains must be a list, but nothing was provided",
    ],
    [
      "a domain with a wildcard",
      { ...mail, domains: ["*.example.com"] },
      'cordon:accessKeyMail.domains[0] must be a domain in lower case, but "*.example.com" was provided',
    ],
    [
      "a domain in capitals",
      { ...mail, domains: ["Example.com"] },
      'cordon:accessKeyMail.domains[0] must be a domain in lower case, but "Example.com" was provided',
    ],
    [
      "a sender with a name beside the address",
      { ...mail, from: "Cordon <cordon@example.com>" },
      'cordon:accessKeyMail.from must be a plain e-mail address with its domain in lower case, but "Cordon <cordon@example.com>" was provided',
    ],
    [
      "a tag of AWS's own",
      { ...mail, tag: "aws:createdBy" },
      'cordon:accessKeyMail.tag must be the key of a tag, without aws: at its beginning, but "aws:createdBy" was provided',
    ],
    [
      "a member that it does not have",
      { ...mail, domain: "example.com" },
      'cordon:accessKeyMail\'s member must be one of tag, from, domains, such as domains, but "domain" was provided',
    ],
    [
      "no object",
      "owner",
      'cordon:accessKeyMail must be an object, which may be empty, but "owner" was provided',
    ],
  ];
  for (const [what, value, message] of mails) {
    it(`refuse mail with ${what}`, () => {
      expect(() => read({ accessKeyMail: JSON.stringify(value) })).to.throw(Error, message);
    });
  }

  it("take listed accounts, and the name of a parameter", () => {
    const accounts = { accessKeyPublisherAccounts: '["222233334444"]' };
    expect(
      read({
        ...accounts,
        accessKeyPublishers: "listed",
        accessKeyWebhookParameter: "/chat/key-rotation",
      }),
    ).to.include({
      accessKeyPublishers: "listed",
      accessKeyWebhookParameter: "/chat/key-rotation",
    });
  });

  const refused: readonly (readonly [string, string | undefined, string])[] = [
    [
      "accessKeyRule",
      "yes",
      'cordon:accessKeyRule must be one of deploy, none, but "yes" was provided',
    ],
    [
      "accessKeyMaxAgeDays",
      "0",
      'cordon:accessKeyMaxAgeDays must be a whole number from 1 to 3650, but "0" was provided',
    ],
    [
      "accessKeyMaxAgeDays",
      undefined,
      "cordon:accessKeyMaxAgeDays must be a whole number from 1 to 3650, but nothing was provided",
    ],
    [
      "accessKeyCheckHours",
      "2",
      'cordon:accessKeyCheckHours must be one of 1, 3, 6, 12, 24, but "2" was provided',
    ],
    [
      "accessKeyAttempts",
      "26",
      'cordon:accessKeyAttempts must be a whole number from 1 to 25, but "26" was provided',
    ],
    [
      "accessKeyRetrySeconds",
      "86401",
      'cordon:accessKeyRetrySeconds must be a whole number from 1 to 86400, but "86401" was provided',
    ],
    [
      "accessKeyPublishers",
      "everybody",
      'cordon:accessKeyPublishers must be one of organization, listed, but "everybody" was provided',
    ],
    [
      "accessKeyPublishers",
      "listed",
      "cordon:accessKeyPublisherAccounts must be a list of one account or more where cordon:accessKeyPublishers is listed, but [] was provided",
    ],
    [
      "accessKeyPublisherAccounts",
      '["222233334444"]',
      'cordon:accessKeyPublisherAccounts must be an empty list where cordon:accessKeyPublishers is organization, but ["222233334444"] was provided',
    ],
    [
      "accessKeyPublisherAccounts",
      '["2222"]',
      'cordon:accessKeyPublisherAccounts[0] must be a 12-digit account id, but "2222" was provided',
    ],
  ];
  for (const [key, value, message] of refused) {
    it(`refuse ${key} = ${value}`, () => {
      expect(() => read({ [key]: value })).to.throw(Error, message);
    });
  }

  const parameters = [undefined, "", "chat", "/aws/chat", "/chat/", "/chat access", "https://x.y"];
  for (const name of parameters) {
    it(`refuse accessKeyWebhookParameter = ${name}`, () => {
      expect(() => read({ accessKeyWebhookParameter: name })).to.throw(
        Error,
        "cordon:accessKeyWebhookParameter must be none, or the name of an SSM parameter that begins with a slash, but not with /aws or /ssm",
      );
    });
  }
});
