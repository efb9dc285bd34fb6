/** The approval page over an incident that waits, with a KMS of this process. */
import { createHmac } from "node:crypto";
import type { Approver } from "../../functions/flows/approval/answer";
import {
  type PagePorts,
  type PageRequest,
  type PageResponse,
  respond,
} from "../../functions/flows/approval/page";
import type { Excerpt } from "../../functions/record/approvals";
import {
  formCode,
  linkMessage,
  type PageLink,
  type PersonalLink,
  writeLink,
} from "../../functions/record/page-links";
import { AskedWorld, alice } from "./asked";

const origin = "https://abc.lambda-url.us-east-1.on.aws";
export const pageUrl = `${origin}/`;

/** What KMS computes, with a key that nobody here has. */
const codeOf = async (message: string) => createHmac("sha256", "the key").update(message).digest();

export class AskedPage {
  /** What the page handed on. */
  readonly handed: object[] = [];
  /** How often it asked KMS. */
  checks = 0;

  constructor(readonly world: AskedWorld) {}

  static async open(): Promise<AskedPage> {
    return new AskedPage(await AskedWorld.open());
  }

  /** Makes a link as Cordon does. */
  async link(changes: Partial<PersonalLink> = {}, kind: PageLink["kind"] = "answer") {
    const { record, digest, clock } = this.world;
    const expires = Math.floor(clock / 1_000) + 900;
    const about = { incident: record.id, digest, expires, ...changes };
    const link: PageLink = kind === "answer" ? { by: alice, ...about, kind } : { ...about, kind };
    return writeLink(link, await codeOf(linkMessage(link)));
  }

  /** Gives what people were asked about an excerpt of CloudTrail. */
  addExcerpt(excerpt: Excerpt): void {
    const { items } = this.world.approvals;
    for (const [index, item] of items.entries()) items[index] = { ...item, excerpt };
  }

  approver(changes: Partial<Approver> = {}): Partial<Approver> {
    return { page: { url: pageUrl, codeOf }, ...changes };
  }

  ports(changes: Partial<PagePorts> = {}, approver: Partial<Approver> = {}): PagePorts {
    return {
      now: () => new Date(this.world.clock),
      isGenuine: async (message, code) => {
        this.checks += 1;
        return (await codeOf(message)).equals(code);
      },
      ask: (request) => {
        this.handed.push(request);
        return this.world.answer(request, this.approver(approver));
      },
      ...changes,
    };
  }

  request(request: Partial<PageRequest>, ports = this.ports()): Promise<PageResponse> {
    return respond(
      {
        method: "GET",
        path: "/",
        query: "",
        headers: {},
        body: Buffer.alloc(0),
        origin,
        ...request,
      },
      ports,
    );
  }

  get(token: string, ports = this.ports()): Promise<PageResponse> {
    return this.request({ query: `link=${token}` }, ports);
  }

  /** Sends the form as a browser does; each part may be another. */
  post(
    token: string,
    fields: Readonly<Record<string, string | readonly string[] | undefined>> = {},
    {
      ports = this.ports(),
      ...changes
    }: Partial<PageRequest> & { readonly ports?: PagePorts } = {},
  ): Promise<PageResponse> {
    const all = {
      link: token,
      form: formCode(token),
      decision: "approve",
      reason: "seen in the logs",
      step: this.steps,
      ...fields,
    };
    const body = new URLSearchParams();
    for (const [name, values] of Object.entries(all)) {
      for (const value of values === undefined ? [] : [values].flat()) body.append(name, value);
    }
    return this.request(
      {
        method: "POST",
        headers: {
          origin,
          "sec-fetch-site": "same-origin",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: Buffer.from(body.toString()),
        ...changes,
      },
      ports,
    );
  }

  /** Numbers of all steps, as the form has them. */
  get steps(): readonly string[] {
    const { stages } = this.world.record.plan;
    return stages.flatMap(({ steps }): readonly unknown[] => steps).map((_, number) => `${number}`);
  }

  /** The answer that stands; undefined where nothing was changed. */
  get answer() {
    return this.world.approvals.items[0]?.answer;
  }
}
