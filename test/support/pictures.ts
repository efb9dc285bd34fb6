/** Takes the pictures of docs/channels.md: real messages, drawn from the values that their forms send. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Incident } from "../../functions/model/incident";
import { type SlackPost, slackPost } from "../../functions/notify/forms/slack";
import { type TeamsPost, teamsPost } from "../../functions/notify/forms/teams";
import { escaped } from "../../functions/notify/forms/words";
import type { Notice } from "../../functions/notify/notice";
import { writeLink } from "../../functions/record/page-links";
import { digestOf } from "../../functions/record/seal";
import { onPage } from "./browser";
import * as builders from "./builders";
import type { AccountState } from "./memory-account";
import { answered, type Faults, SimulatedWorld } from "./simulated-world";

const size = { width: 680, height: 100 };
/** Of colours whose parts are multiples of 51, which `smallPicture` keeps. */
const css = `body{margin:0;padding:14px 18px;background:#fff;color:#000;font:13px/1.45 system-ui,sans-serif;white-space:pre-wrap;overflow-wrap:anywhere}
header,main{margin-bottom:10px;padding-bottom:10px;border-bottom:1px solid #ccc}
main{margin-top:10px;padding-top:10px;border-top:1px solid #ccc;color:#666}
pre{margin:0;font:12px/1.4 monospace;white-space:pre-wrap}
h1{margin:0 0 8px;font-size:16px;line-height:1.3}
p{margin:8px 0 0}p.Small{margin-top:3px}ul{margin:0;padding-left:22px}
a{color:#03c}footer{margin-top:14px}footer a{margin-right:8px;border:1px solid #999;border-radius:4px;padding:4px 12px;color:inherit}`;

/** Shows a containment as mail, and a plan that waits for people as a card of Teams and a post of Slack. */
export async function photographMessages(browser: Browser, folder: string): Promise<void> {
  const contained = await noticeOf(builders.standardAccount(), builders.incident());
  const policy = { stage: builders.stagePolicy({ askFrom: 7, automaticFrom: 9 }) };
  const role = builders.roleIncident();
  const waiting = await noticeOf(builders.identityAccount(), role, { policy });
  const bodies = {
    mail: shortened(mailParts(contained), "Residual risk", "Undo"),
    teams: shortened(cardParts(teamsPost(waiting)), "Planned steps", "On a phone"),
    slack: shortened(postParts(slackPost(waiting, "C0123456789")), "Planned steps", "On a phone"),
  };
  for (const [name, body] of Object.entries(bodies)) {
    await onPage(browser, { size }, async (page) => {
      await page.setContent(`<!doctype html><style>${css}</style><body>${body}</body>`);
      writeFileSync(join(folder, `message-${name}.webp`), await smallPicture(page));
    });
  }
}

/**
 * Takes a picture of a whole page as WebP without loss, of six shades a colour: text stays sharp, in a third
 * of the size that WebP with loss has.
 */
async function smallPicture(page: Page): Promise<Buffer> {
  const png = await page.screenshot({ fullPage: true });
  await page.setContent(`<img src="data:image/png;base64,${png.toString("base64")}">`);
  const webp = await page.evaluate<string>(`(() => {
    const [image] = document.images;
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height);
    pixels.data.forEach((part, at) => { pixels.data[at] = Math.round(part / 51) * 51; });
    context.putImageData(pixels, 0, 0);
    return canvas.toDataURL("image/webp", 1).split(",")[1];
  })()`);
  return Buffer.from(webp, "base64");
}

async function noticeOf(account: AccountState, about: Incident, how?: Faults): Promise<Notice> {
  const world = new SimulatedWorld(account);
  world.pageAddress = async (record) => {
    const plan = { incident: record.id, digest: digestOf(record), expires: 1_795_000_000 };
    // Any code is as long as KMS's own.
    const link = writeLink({ kind: "view", ...plan }, Buffer.alloc(32, "code"));
    return `https://abc123.lambda-url.us-east-1.on.aws/?link=${link}`;
  };
  answered(await world.answer(about, how));
  return world.notices[0]!;
}

/** Leaves a long middle out, and says so in its place. */
function shortened(parts: readonly string[], from: string, to: string): string {
  const at = (title: string) => parts.findIndex((part) => part.includes(title));
  if (at(from) === -1 || at(to) <= at(from)) throw new Error(`There is no ${from} before ${to}`);
  const gap = `<main>⋯ ${from}, and more, left out of this picture ⋯</main>`;
  return [...parts.slice(0, at(from)), gap, ...parts.slice(at(to))].join("");
}

/** Makes links of addresses, as mail programs do. */
function mailParts({ subject, text }: Notice): readonly string[] {
  const html = escaped(text.trimEnd()).replace(/https:\/\/\S+/g, "<a href>$&</a>");
  const lines = html.split("\n").map((line) => `<pre>${line || " "}</pre>`);
  return [`<header>Subject: <b>${escaped(subject)}</b></header>`, ...lines];
}

/** A part of a card of Teams, or of a post of Slack. */
interface Part {
  readonly type: string;
  readonly text?: string | Part;
  readonly style?: object;
  readonly inlines?: readonly Part[];
  readonly elements?: readonly Part[];
  readonly spacing?: string;
}

function cardParts({ attachments }: TeamsPost): readonly string[] {
  const [{ content }] = attachments as [
    { content: { body: readonly Part[]; actions?: readonly { title: string }[] } },
  ];
  const buttons = (content.actions ?? []).map(({ title }) => `<a>${escaped(title)}</a>`);
  return [...content.body.map(htmlOf), `<footer>${buttons.join("")}</footer>`];
}

function postParts({ blocks }: SlackPost): readonly string[] {
  const parts = blocks as readonly Part[];
  return parts.flatMap((part) => (part.type === "rich_text" ? part.elements! : part)).map(htmlOf);
}

function htmlOf({ type, text = "", style, inlines = [], elements = [], ...more }: Part): string {
  const inner = typeof text === "string" ? escaped(text) : htmlOf(text);
  switch (type) {
    case "RichTextBlock":
      return `<p class="${more.spacing ?? ""}">${inlines.map(htmlOf).join("")}</p>`;
    case "TextRun":
      return styled(inner, more);
    case "header":
      return `<h1>${inner}</h1>`;
    case "rich_text_section":
      return elements.map(htmlOf).join("");
    case "rich_text_list":
      return `<ul>${elements.map((each) => `<li>${htmlOf(each)}</li>`).join("")}</ul>`;
    case "link":
      return `<a href>${styled(inner, style)}</a>`;
    case "text":
    case "plain_text":
      return styled(inner, style);
    default:
      throw new Error(`The picture cannot show ${type}`);
  }
}

/** How each value of a style looks. One that is not here fails, so that no picture leaves it out. */
const looks: Readonly<Record<string, string>> = {
  "size Large": "font-size:16px",
  "weight Bolder": "font-weight:bold",
  "color Attention": "color:#c00",
  "fontType Monospace": "font:12px monospace",
  "bold true": "font-weight:bold",
  "code true": "font:12px monospace",
};

function styled(html: string, style: object = {}): string {
  const rules = Object.entries(style).map(([name, value]) => {
    const rule = looks[`${name} ${value}`];
    if (rule === undefined) throw new Error(`The picture cannot show ${name} ${value}`);
    return rule;
  });
  return `<span style="${rules.join(";")}">${html}</span>`;
}
