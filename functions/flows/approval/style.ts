/** The page's one style sheet, and its hash, by which alone a browser takes it. */
import { createHash } from "node:crypto";

// Contrasts are at least 4.5 to 1 in both schemes; targets are at least 44 pixels high.
export const style = `
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#fff;--text:#1c2430;--soft:#525d6d;--line:#d3d9e1;--mark:#1d4f91;--mark-text:#fff;--calm:#e6eef8;--warn:#fdf1d8;--warn-line:#b7791f;--bad:#fbe6e4;--bad-line:#b3261e;--good:#e3f3e8;--good-line:#2b7a4b}
@media(prefers-color-scheme:dark){:root{--ground:#0e131a;--card:#171e28;--text:#e4e9f0;--soft:#a7b2c1;--line:#2e3948;--mark:#8db8f2;--mark-text:#0b1420;--calm:#1a2a40;--warn:#332812;--warn-line:#d9a441;--bad:#3a1d1b;--bad-line:#f0867d;--good:#17301f;--good-line:#6fc48d}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.25rem;color:var(--soft);font-size:.9rem}
header b{color:var(--text);letter-spacing:.02em}
h1{font-size:1.5rem;line-height:1.25;margin:.4rem 0 1rem}
h2{font-size:1.05rem;margin:0 0 .6rem}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:0 0 1rem}
p{margin:0 0 .6rem}p:last-child,ul:last-child,dl:last-child{margin-bottom:0}
ul{margin:0 0 .6rem;padding-left:1.2rem}li{margin:.2rem 0}
.lead{font-size:1.1rem;font-weight:600}
.note{color:var(--soft);font-size:.9rem}
.banner{border-left:.35rem solid var(--mark);background:var(--calm);border-radius:.4rem;padding:.75rem 1rem;margin:0 0 1rem}
.banner.warn{border-color:var(--warn-line);background:var(--warn)}.banner.bad{border-color:var(--bad-line);background:var(--bad)}.banner.good{border-color:var(--good-line);background:var(--good)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:0 0 .6rem}
dt{color:var(--soft)}dd{margin:0}
a{color:var(--mark)}a:focus-visible,input:focus-visible,button:focus-visible,code:focus-visible{outline:.2rem solid var(--mark);outline-offset:.15rem}
.links a,.banner a{display:inline-block;padding:.7rem 1rem .7rem 0}.banner a{padding-bottom:0}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--ground);border:1px solid var(--line);border-radius:.3rem;padding:.1rem .35rem}
table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:.95rem}
caption{text-align:left;color:var(--soft);padding-bottom:.6rem}
th,td{text-align:left;vertical-align:top;padding:.6rem .75rem .6rem 0;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:600}
thead th:first-child{width:34%}tbody th{font-weight:400}
.step{display:flex;gap:.7rem;align-items:flex-start;min-height:2.75rem}
.step b{color:var(--soft);font-weight:600;flex:none;min-width:1.3rem;text-align:right}
input[type=checkbox],input[type=radio]{width:1.5rem;height:1.5rem;flex:none;margin:0;accent-color:var(--mark)}
fieldset{border:0;padding:0;margin:0 0 1rem}legend{font-weight:600;padding:0;margin:0 0 .5rem}
.choice{display:flex;gap:.8rem;align-items:center;min-height:3rem;padding:.6rem .8rem;margin:0 0 .5rem;border:1px solid var(--line);border-radius:.5rem}
.field{display:block;margin:0 0 1rem}.field span{display:block;font-weight:600;margin:0 0 .3rem}
input[type=text]{width:100%;min-height:3rem;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--soft);border-radius:.5rem;padding:.5rem .8rem}
button{width:100%;min-height:3.25rem;font:inherit;font-weight:600;color:var(--mark-text);background:var(--mark);border:0;border-radius:.5rem;cursor:pointer}
footer{color:var(--soft);font-size:.85rem;padding-bottom:2rem}
@media(max-width:44rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
table,tbody,tr,th,td,caption{display:block;width:auto}thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
tbody tr{border-top:1px solid var(--line);padding:.6rem 0}th,td{border:0;padding:.15rem 0}tbody th{width:auto}td::before{content:attr(data-of) ": ";color:var(--soft)}td{padding-left:1.9rem;font-size:.9rem}}
@media print{body{background:#fff;color:#000}section,.card{break-inside:avoid;border-color:#999}form button,.choice,.field{display:none}}
`;

const hash = createHash("sha256").update(style).digest("base64");

/**
 * Headers of every answer. A form that is sent under no-referrer has the origin "null", by which it
 * could not be told from a stranger's (Fetch standard, "append a request Origin header"): same-origin
 * tells other sites just as little.
 */
export const headers: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
  "strict-transport-security": "max-age=31536000",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};
