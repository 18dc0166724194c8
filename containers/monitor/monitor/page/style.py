"""How the page looks: by day and by night, on a phone and on paper."""

STYLE = """
:root{color-scheme:light dark;--paper:#fbfbf9;--card:#fff;--ink:#17202b;--dim:#586575;--line:#e2e5e9;--was:#c9d0d8;
--is:#2563c9;--bad:#c0341d;--bad-soft:#fdeeea;--fine:#2f7d5b;--fine-soft:#e9f5ef;--few:#8a6d1a;--few-soft:#fbf4df;
--none:#b9c0c8}
@media(prefers-color-scheme:dark){:root{--paper:#0f141a;--card:#171e26;--ink:#e8edf3;--dim:#9aa8b7;--line:#2a343f;
--was:#46525f;--is:#6ea8ff;--bad:#ff7d66;--bad-soft:#37201d;--fine:#5fc497;--fine-soft:#16302a;--few:#e0bd5c;
--few-soft:#2f2916;--none:#4c5966}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.6rem 1rem 3rem}
h1{font-size:1.45rem;line-height:1.25;margin:.5rem 0 .2rem;text-wrap:balance}
h2{font-size:1.08rem;margin:2.4rem 0 .7rem}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
p{margin:.25rem 0;max-width:46rem}
.dim,small{color:var(--dim)} small{font-size:.8rem}
a{color:var(--is);text-underline-offset:2px}
.pill{display:inline-flex;align-items:center;gap:.4rem;padding:.12rem .6rem;border-radius:1rem;font-size:.8rem;
font-weight:600;white-space:nowrap}
.pill::before{content:"";width:.55rem;height:.55rem;border-radius:50%;background:currentColor}
.pill.violation{color:var(--bad);background:var(--bad-soft)} .pill.violation::before{border-radius:1px;rotate:45deg}
.pill.fine{color:var(--fine);background:var(--fine-soft)}
.pill.few,.pill.none{color:var(--few);background:var(--few-soft)} .pill.none{color:var(--dim);background:var(--line)}
.pill.few::before,.pill.none::before{background:none;border:2px solid}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;margin:1.2rem 0 0}
.facts div,.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem}
.facts div{padding:.6rem .8rem} .facts b{display:block;font-size:1.25rem;font-weight:600;line-height:1.3}
.facts span{font-size:.8rem;color:var(--dim)}
.card{padding:1rem;margin:0 0 .8rem;
border-left:3px solid var(--bad)} .card.plain{border-left:1px solid var(--line)}
.top{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:baseline;justify-content:space-between}
.top span{color:var(--dim);font-size:.85rem}
.two{display:grid;grid-template-columns:minmax(0,1.5fr) minmax(0,1fr);gap:1rem 1.6rem;
margin-top:.8rem}
figure{margin:0;min-width:0} figcaption{font-size:.8rem;color:var(--dim);margin-bottom:.3rem}
svg{display:block;max-width:100%;height:auto} svg.wide{width:100%;height:6rem}
svg text{font-size:12px;fill:var(--ink)}
svg .dim{fill:var(--dim)} svg .end{text-anchor:end}
.was{fill:var(--was)} .is{fill:none;stroke:var(--is);stroke-width:2}
.line{fill:none;stroke:var(--is);stroke-width:1.8}
.now{fill:var(--is)} rect.bad,circle.bad{fill:var(--bad)} rect.fine{fill:var(--is)} rect.few{fill:var(--few)}
rect.none{fill:var(--none)} .track{fill:var(--line)} .axis{stroke:var(--line)}
.limit{stroke:var(--dim);stroke-dasharray:3 3}
.key{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;vertical-align:-1px;margin:0 .3rem 0 .7rem}
.key:first-child{margin-left:0} .key.was{background:var(--was)} .key.is{background:var(--is)}
.key.bad{background:var(--bad)} .key.few{background:var(--few)} .key.none{background:var(--none)}
.scroll{overflow-x:auto} table{border-collapse:collapse;width:100%;font-size:.86rem;
font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.42rem .7rem .42rem 0;border-bottom:1px solid var(--line);vertical-align:middle}
th{font-weight:500;color:var(--dim);font-size:.8rem;white-space:nowrap} td.n,th.n{text-align:right}
td.name{overflow-wrap:anywhere;min-width:7rem} tr.violation td.name{font-weight:600}
td code{font:12px ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
td mark{background:var(--bad-soft);color:var(--bad);border-radius:3px;padding:0 .25rem}
details{margin-top:.8rem} summary{cursor:pointer;color:var(--dim);font-size:.85rem}
ul{margin:.3rem 0;padding-left:1.1rem} li{margin:.15rem 0}
td.nowrap,td.nowrap code{white-space:nowrap}
@media(max-width:640px){th{white-space:normal} svg.meter{width:4.2rem} .pill{font-size:.72rem;padding:.1rem .45rem}
td.name{min-width:5.5rem} th,td{padding-right:.45rem}
main{padding:1rem .8rem 2rem} .two{grid-template-columns:minmax(0,1fr)} .late{display:none}
svg.wide{height:4.5rem} h1{font-size:1.25rem} .facts{grid-template-columns:repeat(2,1fr)}}
@media print{.card,.facts div{break-inside:avoid} body{background:#fff}}
"""
