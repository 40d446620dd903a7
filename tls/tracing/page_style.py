"""The looks of the page about a connection.

Three colours have a meaning: the client's, the server's, and that of secrets.  All else is ink on paper, by
day and by night.

Tested by      tests/tls/test_trace_page.py: all that is written can be read
"""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --raised: #ffffff; --ink: #1f2227; --quiet: #5d636d; --line: #dcdad4; --lit: #ffe9a8;
  --client: #1d5fb4; --server: #97357f; --secret: #0b6b4f; --fault: #b3261e;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --raised: #1d2025; --ink: #e4e5e7; --quiet: #a0a6b0; --line: #343941; --lit: #453a12;
    --client: #8ab8ff; --server: #eb9fd6; --secret: #6fd3ae; --fault: #ff9d94;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 var(--sans); }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 2rem; }
header { padding-top: 5rem; }
header > p, header > ul { max-width: 44rem; }
h1 { font-size: 2.6rem; line-height: 1.15; letter-spacing: -.025em; font-weight: 650; margin: 0 0 1.25rem; }
h2 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -.015em; font-weight: 650; margin: 0 0 1rem; }
h3, h4 { font-size: 1rem; font-weight: 650; margin: 0; display: inline; }
section { padding: 4.5rem 0 0; }
section > p { max-width: 44rem; }
a { color: inherit; text-decoration-color: var(--quiet); text-underline-offset: .18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--client); outline-offset: 2px; border-radius: 3px; }
code, pre, .hex { font-family: var(--mono); font-size: .82em; font-variant-ligatures: none; }
code { overflow-wrap: anywhere; }
pre { margin: 0; line-height: 1.7; }
ul, ol { list-style: none; margin: 0; padding: 0; }
summary { cursor: pointer; }
.brand { font: 600 .85rem var(--mono); color: var(--quiet); margin: 0 0 1rem; }
.lead { font-size: 1.08rem; }
.quiet, .meaning, .section, .line, .value { color: var(--quiet); }
.section, .line { font-size: .78rem; white-space: nowrap; }
.line { font-family: var(--mono); font-size: .74rem; }
.warning { border-left: 3px solid var(--secret); padding-left: 1rem; }
.warning strong { color: var(--secret); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--raised); padding: .5rem 1rem; z-index: 3; }
.agreed { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1.25rem 2rem;
  margin: 2.5rem 0; padding: 1.75rem 0; border: solid var(--line); border-width: 1px 0; }
.agreed dt { font-size: .8rem; color: var(--quiet); }
.agreed dd { margin: 0; font: 600 .88rem/1.5 var(--mono); overflow-wrap: anywhere; }
.besides li { font-size: .9rem; color: var(--quiet); padding-left: 1rem; overflow-wrap: anywhere;
  border-left: 1px solid var(--line); }
nav { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--line);
  margin-top: 2.5rem; }
nav ul { max-width: 76rem; margin: 0 auto; padding: .75rem 2rem; display: flex; gap: .25rem 1.75rem;
  overflow-x: auto; }
nav a { text-decoration: none; font-size: .9rem; white-space: nowrap; color: var(--quiet); }
nav a:hover { color: var(--ink); }
footer { padding-top: 4rem; padding-bottom: 6rem; color: var(--quiet); font-size: .85rem; }

.client { --who: var(--client); } .server { --who: var(--server); } .peer, .failure { --who: var(--fault); }
.who { color: var(--who); font: 600 .74rem var(--mono); white-space: nowrap; }
.talk { display: grid; gap: .5rem; margin-top: 2rem; }
.talk .message { background: var(--raised); border: 1px solid var(--line);
  border-left: 3px solid var(--who);
  border-radius: 6px; max-width: 52rem; }
.talk .server .message:not([open]), .talk .server .transcript { margin-left: auto; }
.talk .message[open] { max-width: none; }
.message > summary { padding: .8rem 1.25rem; display: grid; grid-template-columns: auto auto 1fr;
  gap: 0 .9rem;
  align-items: baseline; }
.message > summary .who { grid-column: 1 / -1; }
.message > summary .meaning { grid-column: 1 / -1; font-size: .9rem; }
.message h3 { font-size: 1.12rem; }
.message > :not(summary) { margin-left: 1.25rem; margin-right: 1.25rem; }
.message > p { max-width: 46rem; }
.message > .lead { font-size: 1rem; margin-top: .25rem; }
.transcript { margin: .35rem 0 .9rem; padding-left: 1.25rem; font-size: .78rem; color: var(--quiet);
  max-width: 52rem; }
.change { color: var(--secret); font-size: .84rem; padding: .1rem 0 .1rem 1.25rem; width: 100%;
  max-width: 52rem; }
.said { border-left: 3px solid var(--who); padding: .35rem 1.25rem; width: 100%; max-width: 52rem;
  font-size: .9rem; }
.said .who { margin-right: .75rem; }
.change.server, .said.server { margin-left: auto; }
.failure { border-left: 3px solid var(--fault); color: var(--fault); padding: .75rem 1.25rem; }
.stop { font-size: .88rem; color: var(--quiet); }
.message > .stop { margin-top: -.5rem; }

.bytes { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2rem;
  border-top: 1px solid var(--line);
  margin-top: 1.25rem; padding: 1.25rem 0 1.5rem; }
.dump { position: sticky; top: 4rem; align-self: start; max-height: calc(100vh - 5.5rem); overflow: auto;
  display: flex; gap: 1rem; font-size: .76rem; scrollbar-width: thin; }
.dump pre { line-height: 1.65; font-size: 1em; }
.offsets { color: var(--quiet); user-select: none; }
.length { color: var(--quiet); }
.names { font-size: .9rem; min-width: 0; }
.names ul { border-left: 1px solid var(--line); margin-left: .3rem; padding-left: 1.1rem; }
.row { padding: .14rem 0; }
.row > .head, .row > details:not(.why) > summary { display: flex; flex-wrap: wrap; gap: 0 .8rem;
  align-items: baseline;
  padding: 0 .4rem 0 1.1rem; border-radius: 4px; }
.row > details:not(.why) > summary { list-style: none; position: relative; }
.row > details:not(.why) > summary::-webkit-details-marker { display: none; }
.row > details:not(.why) > summary::before { content: "›"; position: absolute; left: .25rem;
  color: var(--quiet);
  font-weight: 700; }
.row > details[open] > summary::before { transform: rotate(90deg); }
.row .name { font-family: var(--mono); font-size: .82rem; font-weight: 600; overflow-wrap: anywhere; }
.row .hex { color: var(--quiet); overflow-wrap: anywhere; }
.row .value { overflow-wrap: anywhere; color: var(--ink); }
.row .value:empty { display: none; }
.references { display: flex; flex-wrap: wrap; gap: 0 .8rem; margin-left: auto; }
.note { display: flex; flex-wrap: wrap; gap: 0 1.5rem; padding-right: .4rem; }
.note > .meaning, .note > .why { flex: 1 1 15rem; }
.note > .references { padding-top: .1rem; }
.row p, .why { margin: 0; max-width: 40rem; font-size: .86rem; }
.row > .meaning, .row > .why, .note { margin-left: 1.1rem; }
.why > summary { list-style: none; color: var(--quiet); }
.why > summary::-webkit-details-marker { display: none; }
.more { text-decoration: underline dotted; text-underline-offset: .2em; white-space: nowrap; }
.why[open] > :not(summary) { border-left: 2px solid var(--line); padding: .1rem 0 .3rem .9rem;
  margin: .25rem 0; }
.check > summary { font-size: .8rem; color: var(--quiet); }
.lit { background: var(--lit); border-radius: 2px; }
.row.lit { background: none; }
.row.lit > .head, .row.lit > details > summary { background: var(--lit); }
.certificate { border-top: 1px solid var(--line); padding: .9rem 0; }
.certificate > summary .value { margin-left: .8rem; }

.check pre { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: .75rem 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 .6rem; max-width: 60rem; }
.keys .check pre { background: var(--raised); }
.copy, .all { font: inherit; font-size: .78rem; color: var(--ink); background: var(--raised);
  border: 1px solid var(--line);
  border-radius: 5px; padding: .15rem .6rem; margin-bottom: .75rem; cursor: pointer; }
.secret { color: var(--secret); display: block; font-size: .86rem; margin: .1rem 0; }
.keys { margin-top: 2rem; }
.keys ul { border-left: 1px solid var(--line); margin-left: .2rem; padding-left: 1.75rem; }
.keys li { padding-top: 1.25rem; }
.keys h4 { font-family: var(--mono); font-size: .9rem; overflow-wrap: anywhere; }
.keys p { margin: .1rem 0; font-size: .86rem; max-width: 52rem; }
.formula { color: var(--quiet); display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; }
.formula code { font-size: .76rem; min-width: 0; }
.keys .formula { max-width: none; }
.records details > .references { margin: .1rem 0; }
h4:target { background: var(--lit); }

.records li { border-left: 3px solid var(--who); margin-bottom: .35rem; padding-left: 1rem; }
.records summary > * { margin-right: .9rem; }
.records b { font-weight: 600; font-size: .9rem; }
.records summary .value, .records .meaning { font-size: .86rem; }
.records p { margin: .25rem 0; max-width: 46rem; }
.records dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.5rem;
  margin: .75rem 0 1rem;
  font-size: .88rem; }
.records dt { color: var(--quiet); }
.records dd { margin: 0; }
.records dd .meaning, .records dd .why:not([open]), .records dd .why > summary { display: inline; }
.records dd .meaning, .records dd .why > summary { margin-left: .4rem; }
.data { overflow-x: auto; padding-bottom: .75rem; }
.cost { border-collapse: collapse; margin-top: 1.5rem; font-size: .92rem; width: 100%; max-width: 52rem; }
.cost th { text-align: left; font-weight: 400; } .cost tr:first-child th { color: var(--quiet);
  font-size: .8rem; }
.cost th, .cost td { padding: .45rem 1rem .45rem 0; border-bottom: 1px solid var(--line); }
.cost td { font: .82rem var(--mono); text-align: right; } .cost th:nth-child(n + 2) { text-align: right; }
.cost meter { width: 100%; min-width: 6rem; height: .5rem; }
.cost meter::-webkit-meter-bar { background: var(--line); border: 0; border-radius: 2px; height: .5rem; }
.cost meter::-webkit-meter-optimum-value { background: var(--quiet); border-radius: 2px; }
.cost meter::-moz-meter-bar { background: var(--quiet); }
#code details { border-top: 1px solid var(--line); padding: .5rem 0; }
.source { overflow-x: auto; padding: .75rem 0; tab-size: 4; }
.source mark { background: none; color: inherit; font-weight: 700; }
.source mark:target { background: var(--lit); }

@media (max-width: 60rem) {
  .bytes { grid-template-columns: minmax(0, 1fr); gap: 1rem; }
  .dump { top: 3rem; max-height: 34vh; background: var(--raised); border-bottom: 1px solid var(--line);
  z-index: 1;
    padding-bottom: .5rem; }
  .certificate .dump, .certificate { background: none; }
}
@media (max-width: 40rem) {
  body { font-size: 15px; }
  header, main, footer { padding-left: 1.1rem; padding-right: 1.1rem; }
  header { padding-top: 2.5rem; }
  h1 { font-size: 1.9rem; }
  nav ul { padding: .7rem 1.1rem; }
  section { padding-top: 3rem; }
  .agreed { grid-template-columns: 1fr 1fr; gap: 1rem; }
  .message > summary { padding: .7rem .9rem; }
  .message > :not(summary) { margin-left: .9rem; margin-right: .9rem; }
  .dump { font-size: min(.66rem, 2.5vw); gap: .5rem; }
  .references { margin-left: 0; }
  .names ul { padding-left: .7rem; }
  .keys ul { padding-left: .8rem; }
  .keys li { padding-top: 1rem; }
  .talk .message, .transcript { max-width: none; }
  .records dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .records dd { margin-bottom: .5rem; }
}
@media print {
  :root { --paper: #fff; --raised: #fff; --ink: #000; --quiet: #444; --line: #bbb; --lit: #fff;
    --client: #1d5fb4; --server: #97357f; --secret: #0b6b4f; --fault: #b3261e; }
  body { font-size: 10pt; }
  header { padding-top: 0; }
  nav, .skip, .copy, .all, #code { display: none; }
  .dump { position: static; max-height: none; overflow: visible; font-size: 7.5pt; }
  .bytes { grid-template-columns: max-content minmax(0, 1fr); gap: .75rem; }
  .references { margin-left: 0; }
  .message, .records li, .keys li > div { break-inside: auto; }
  h2, h3, h4, summary { break-after: avoid; break-inside: avoid; }
}
"""
