import { expect } from "chai";
import fc from "fast-check";
import { Html, html } from "../../../../functions/flows/approval/html";

describe("HTML of templates [C5]", () => {
  it("escapes what is put in, in elements and attributes, and nothing that a template wrote", () => {
    const hostile = `<script>"it's" & so</script>`;
    expect(
      html`<p title="${hostile}">${hostile}${html`<b>${1}</b>`}${undefined}</p>`.text,
    ).to.equal(
      `<p title="&lt;script&gt;&quot;it&apos;s&quot; &amp; so&lt;/script&gt;">&lt;script&gt;&quot;it&apos;s&quot; &amp; so&lt;/script&gt;<b>1</b></p>`,
    );
    expect(html`<ul>${["a", "<"].map((each) => html`<li>${each}</li>`)}</ul>`.text).to.equal(
      "<ul><li>a</li><li>&lt;</li></ul>",
    );
    expect(html`${new Html("<hr>")}`.text).to.equal("<hr>");
  });

  it("lets no text begin or end a tag, an attribute or an entity", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { text: written } = html`${text}`;
        return !/[<>"']/.test(written) && !/&(?!(lt|gt|quot|apos|amp);)/.test(written);
      }),
      { numRuns: 5_000 },
    );
  });
});
