/** Writes the pages: what is asked, with a form for whoever may answer, and what is said otherwise. */
import { command } from "../../model/command";
import type { ExcerptView } from "../../record/excerpt";
import { formCode } from "../../record/page-links";
import { Html, html } from "./html";
import { style } from "./style";
import type { PageView, ViewedStep } from "./view";

/** What a person had entered when an answer was not taken. */
export interface Entered {
  readonly decision?: string;
  readonly reason: string;
  readonly steps: readonly number[];
  /** Why it was not taken. */
  readonly problem: string;
}

interface Form {
  readonly token: string;
  readonly by: string;
  readonly entered: Entered | undefined;
}

/** Writes the page of an approval. */
export function approvalPage(view: PageView, token: string, now: Date, entered?: Entered): string {
  const { by, state } = view;
  const form = by === undefined || state !== "waits" ? undefined : { token, by, entered };
  return page(
    view.title,
    html`<header><b>Cordon</b> · approval of incident ${view.incident}</header>
<main>
<h1>${view.title}</h1>
${entered && html`<p class="banner bad" role="alert"><b>Not answered.</b> ${entered.problem}.</p>`}
${banner(view, now, form)}
${whatHappened(view)}
${view.before && whatItDid(view.before)}
${listed("Why a person is asked", view.reasons)}
${listed("What the plan stops", view.blastRadius)}
${listed("What the plan does not stop", view.residual)}
${undo(view)}
${form === undefined ? plan(view) : html`<form method="post" action="/">${plan(view, form)}${decision(form)}</form>`}
${form === undefined && (view.state === "waits" || view.state === "soon") ? howToAnswer(view) : undefined}
</main>
<footer><p>Read at ${time(now.toISOString())}. Opening this page changes nothing.</p></footer>`,
  );
}

/** Writes a page that says one thing. */
export function plainPage(title: string, ...paragraphs: readonly (string | Html)[]): string {
  return page(
    title,
    html`<header><b>Cordon</b> · approvals</header>
<main><h1>${title}</h1><div class="card">${paragraphs.map((text) => html`<p>${text}</p>`)}</div></main>`,
  );
}

/** Says how people get a link; names no incident. */
export const howToGetALink = html`To answer a plan that waits, run <code>npx cordon page INCIDENT</code> with credentials that may answer, for example in AWS CloudShell, also on a phone. It prints a link of your own, which answers for 15 minutes.`;

function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title} · Cordon</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}

function banner(view: PageView, now: Date, form?: Form): Html {
  const { state, answer, expiresAt = "" } = view;
  switch (state) {
    case "waits":
      return html`<p class="banner"><b>Waits for an answer</b> until ${time(expiresAt)}, ${left(expiresAt, now)}. No answer means no change.${form && html`<br><a href="#decision">Go to your decision</a>`}</p>`;
    case "soon":
      return html`<p class="banner warn"><b>Cordon is about to ask.</b> Open this page again in a minute.</p>`;
    case "answered": {
      const did = answer?.decision === "approve" ? "Approved" : "Rejected";
      const part = answer?.only === undefined ? "" : `, steps ${answer.only.join(", ")} alone`;
      const then =
        answer?.decision === "approve"
          ? "Cordon reads everything again, then contains and notifies, or notifies why not."
          : "Nothing is changed.";
      return html`<p class="banner good"><b>${did}</b> by ${answer?.by} at ${time(answer?.at ?? "")}${part}: ${answer?.reason}. ${then}</p>`;
    }
    case "expired":
      return html`<p class="banner warn"><b>Nobody answered</b> until ${time(expiresAt)}. Nothing was changed.</p>`;
    case "over":
      return html`<p class="banner warn"><b>This plan waits no more.</b> Another one has taken its place, or the response was begun without it. <code>${command`npx cordon show ${view.incident}`}</code> says what became of the incident.</p>`;
  }
}

function whatHappened({ finding, resource, account, region }: PageView): Html {
  const { title, type, severity, sample, firstSeen, lastSeen, link, detective } = finding;
  return html`<section aria-labelledby="happened"><h2 id="happened">What happened</h2>
<p class="lead">${title}</p>
<dl>
<dt>Finding</dt><dd>${type}${sample ? ", a sample" : ""}</dd>
<dt>Severity</dt><dd>${severity} of 10</dd>
<dt>Resource</dt><dd>${resource}</dd>
<dt>Account</dt><dd>${account}, ${region}</dd>
${firstSeen && html`<dt>First seen</dt><dd>${time(firstSeen)}</dd>`}
<dt>Last seen</dt><dd>${time(lastSeen)}</dd>
</dl>
${noted("Seen by the detector:", finding.seen)}
${noted("Named by the finding:", finding.named)}
<p class="links">${anchor(link, "The finding in the console")}${detective && anchor(detective, "The finding in Amazon Detective")}</p></section>`;
}

function whatItDid({ title, rows, notes }: ExcerptView): Html {
  const cells = ({ call, outcome, from, region, times }: ExcerptView["rows"][number]) =>
    [
      ["Call", times > 1 ? `${call}, ${times} times` : call],
      ["Outcome", outcome],
      ["From", `${from}, ${region}`],
    ] as const;
  const table = html`<table role="table">
<thead role="rowgroup"><tr role="row">${["Time", "Call", "Outcome", "From"].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  (
    row,
  ) => html`<tr role="row"><th role="rowheader" scope="row">${time(row.at)}</th>${cells(row).map(([name, value]) => html`<td role="cell" data-of="${name}">${value}</td>`)}</tr>
`,
)}</tbody>
</table>`;
  return html`<section aria-labelledby="before"><h2 id="before">What it did before</h2>
<p class="note">${title}</p>
${rows.length === 0 ? undefined : table}
<ul>${items(notes)}</ul></section>`;
}

function noted(what: string, lines: readonly string[]): Html | undefined {
  return lines.length === 0 ? undefined : html`<p class="note">${what}</p><ul>${items(lines)}</ul>`;
}

/** Only an address of the web becomes a link: of any other one a click could run something. */
function anchor(address: string, text: string): Html {
  return /^https:\/\//.test(address)
    ? html`<a href="${address}" rel="noreferrer">${text}</a> `
    : html`${text}: ${address}`;
}

/** The plan; in a form each step can be left out. */
function plan({ steps }: PageView, form?: Form): Html {
  return html`<section aria-labelledby="plan"><h2 id="plan">The plan</h2>
<table role="table">
<caption>${steps.length} steps, carried out in this order.${form && " Untick what is to be left out: it stays open. A step that another one needs cannot be left out alone."}</caption>
<thead role="rowgroup"><tr role="row">${["Step", "Now", "Afterwards", "Undo"].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${steps.map((step, number) => row(step, number, form))}</tbody>
</table></section>`;
}

function row({ does, change }: ViewedStep, number: number, form?: Form): Html {
  const text = html`<b>${number}</b><span>${does}</span>`;
  const isChosen = form?.entered?.steps.includes(number) ?? true;
  const step =
    form === undefined
      ? html`<span class="step">${text}</span>`
      : html`<label class="step"><input type="checkbox" name="step" value="${number}"${isChosen ? new Html(" checked") : undefined}>${text}</label>`;
  const cells = [
    ["Now", change?.before],
    ["Afterwards", change?.after],
    ["Undo", change?.undo],
  ] as const;
  return html`<tr role="row"><th role="rowheader" scope="row">${step}</th>${cells.map(([name, value]) => html`<td role="cell" data-of="${name}">${value ?? "–"}</td>`)}</tr>
`;
}

function decision({ token, by, entered }: Form): Html {
  const choice = (value: string, text: string) =>
    html`<label class="choice"><input type="radio" name="decision" value="${value}" required${entered?.decision === value ? new Html(" checked") : undefined}><span>${text}</span></label>`;
  return html`<section aria-labelledby="decision"><h2 id="decision">Your decision</h2>
<p class="note">You answer as ${by}. An approval is answered once.</p>
<fieldset><legend>Answer</legend>
${choice("approve", "Approve: carry out the ticked steps")}
${choice("reject", "Reject the whole plan: nothing is changed")}
</fieldset>
<label class="field"><span>Why, in one line</span><input type="text" name="reason" value="${entered?.reason}" required maxlength="1000" autocomplete="off"></label>
<input type="hidden" name="link" value="${token}"><input type="hidden" name="form" value="${formCode(token)}">
<button type="submit">Send the answer</button></section>`;
}

function undo({ incident }: PageView): Html {
  return html`<section aria-labelledby="undo"><h2 id="undo">Undo</h2>
<p><code>${command`npx cordon release ${incident} --reason "WHY"`}</code> reverts every change that is still as Cordon left it; the plan says how, step by step. It reports the rest, with manual steps.</p></section>`;
}

function howToAnswer({ incident }: PageView): Html {
  return html`<section aria-labelledby="answer"><h2 id="answer">To answer</h2>
<p>This link shows the approval, and answers nothing. For a link of your own, run <code>${command`npx cordon page ${incident}`}</code>, for example in AWS CloudShell, also on a phone.</p></section>`;
}

function listed(title: string, lines: readonly string[]): Html | undefined {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return lines.length === 0
    ? undefined
    : html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><ul>${items(lines)}</ul></section>`;
}

function items(lines: readonly string[]): readonly Html[] {
  return lines.map((line) => html`<li>${line}</li>`);
}

/** A time of which the program is sure; of a detector, its own words. */
function time(text: string): Html {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return html`${text}`;
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

function left(until: string, now: Date): string {
  const minutes = Math.max(0, Math.floor((Date.parse(until) - now.getTime()) / 60_000));
  const hours = Math.floor(minutes / 60);
  return `${hours === 0 ? "" : `${hours} h `}${minutes % 60} min left`;
}
