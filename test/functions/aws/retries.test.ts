import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DeleteSecurityGroupCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { memberConfig } from "../../../functions/aws/client";
import { PatientRetries } from "../../../functions/aws/retries";
import { beginInvocation } from "../../../functions/aws/time-left";

const keys = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
const endsIn = (seconds: number) =>
  beginInvocation({ getRemainingTimeInMillis: () => seconds * 1_000 });

// The shape of EC2's errors: EC2 Developer Guide, "Troubleshooting API request errors".
const errorOf = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors><RequestID>r</RequestID></Response>`;
const success =
  '<DeleteSecurityGroupResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return></DeleteSecurityGroupResponse>';

describe("functions/aws/retries", () => {
  let server: Server;
  let requests = 0;
  /** Status and body of each answer in turn; the last one stays. */
  let answers: (readonly [number, string])[];
  const { random } = Math;

  beforeEach(async () => {
    requests = 0;
    // Pauses that are random by design, without the waiting.
    Math.random = () => 0;
    server = createServer((_request, response) => {
      const [status, body] = answers[Math.min(requests, answers.length - 1)] ?? [500, ""];
      requests += 1;
      response.writeHead(status, { "content-type": "text/xml" }).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterEach(async () => {
    Math.random = random;
    endsIn(Number.POSITIVE_INFINITY);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  /** Deletes a group through the server, and gives the name of the error or "done". */
  async function call(retryStrategy = new PatientRetries()): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const client = new EC2Client({ ...memberConfig("us-east-1", keys), endpoint, retryStrategy });
    return client.send(new DeleteSecurityGroupCommand({ GroupId: "sg-1" })).then(
      () => "done",
      (error: Error) => error.name,
    );
  }

  it("waits for its turn through thirteen throttled tries", async () => {
    const throttled = [503, errorOf("RequestLimitExceeded")] as const;
    answers = [...Array<typeof throttled>(13).fill(throttled), [200, success]];
    expect(await call()).to.equal("done");
    expect(requests).to.equal(14);
  });

  it("gives up after fourteen tries", async () => {
    answers = [[503, errorOf("RequestLimitExceeded")]];
    expect(await call()).to.equal("RequestLimitExceeded");
    expect(requests).to.equal(14);
  });

  it("never tries again when the invocation has 35 seconds left or less", async () => {
    answers = [[503, errorOf("RequestLimitExceeded")]];
    endsIn(34);
    expect(await call()).to.equal("RequestLimitExceeded");
    expect(requests).to.equal(1);
  });

  for (const code of ["InvalidGroup.NotFound", "LimitExceeded", "LimitExceededException"]) {
    it(`does not repeat what is refused for good: ${code}`, async () => {
      answers = [[400, errorOf(code)]];
      expect(await call()).to.equal(code);
      expect(requests).to.equal(1);
    });
  }

  it("repeats a call that must not run twice when it was throttled, and not when it broke", async () => {
    answers = [
      [503, errorOf("RequestLimitExceeded")],
      [503, errorOf("Unavailable")],
    ];
    expect(await call(new PatientRetries("THROTTLING"))).to.equal("Unavailable");
    expect(requests).to.equal(2);
  });
});
