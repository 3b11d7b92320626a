/** The style of the HTML report: one calm column of type, light and dark, on paper and on a phone. */

/**
 * The complete style sheet. The page's policy allows only this one, by its hash; `style` attributes do not work either. On paper, Chromium
 * repeats no head of a table that has a button: there the buttons are only their text.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#faf9f6;--panel:#fff;--ink:#1c2024;--soft:#585e66;--line:#e3e0da;--line-strong:#84888e;--accent:#17597f;--focus:#17597f;
--critical:#a1121d;--critical-bg:#fbe6e5;--high:#9a3d05;--high-bg:#fdeadb;--medium:#6d5200;--medium-bg:#f8efcd;--low:#2c5a6b;--low-bg:#e3eff3;--good:#1e6b41;--tags:#17597f;--mirroring:#8a4b8f;--bar-critical:#b8202b;--bar-high:#dd7a35;--bar-medium:#d9b23c;--bar-low:#79aebf;
--sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media(prefers-color-scheme:dark){:root{--bg:#131619;--panel:#1a1e22;--ink:#e7e5e0;--soft:#a4aab1;--line:#2c3238;--line-strong:#737b84;--accent:#86bfe4;--focus:#86bfe4;
--critical:#ffa39d;--critical-bg:#401d1f;--high:#ffb886;--high-bg:#3d2717;--medium:#eccb6c;--medium-bg:#352c12;--low:#9fcbdb;--low-bg:#1b2f37;--good:#86cfa3;--tags:#86bfe4;--mirroring:#d6a4da;--bar-critical:#e5656a;--bar-high:#e08b4d;--bar-medium:#cfac44;--bar-low:#6b9fb1}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 var(--sans);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
header.top,main,footer{max-width:76rem;margin:0 auto;padding:0 2rem}
header.top{padding-top:3.25rem}
h1,h2,h3{line-height:1.2;letter-spacing:-.015em;margin:0;font-weight:650;text-wrap:balance}
h1{font-size:2.35rem;letter-spacing:-.028em;margin:.5rem 0 .6rem}
h2{font-size:1.3rem;margin-bottom:1.15rem}
h3{font-size:.95rem;letter-spacing:-.005em}
p{margin:0 0 .6rem;max-width:68ch}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
section{margin-top:3.25rem}
h2:has(+.whom){margin-bottom:.25rem}.whom{margin-bottom:1.15rem;max-width:none}
.toc{margin-top:1.9rem}.toc ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;font-size:.93rem}
.onpaper,.applied{display:none}
code,pre,.mono{font-family:var(--mono);font-size:.88em}
.eyebrow{margin:0;color:var(--soft);font-size:.82rem;font-weight:600;letter-spacing:.01em}
.lede{font-size:1.08rem;color:var(--soft)}
.soft{color:var(--soft)}.small{font-size:.87rem}
.skip{position:absolute;left:-99rem;top:.5rem;background:var(--panel);padding:.5rem 1rem;z-index:9}
.skip:focus{left:1rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:3px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1px;margin:1.4rem 0 0;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.tiles>div{background:var(--panel);padding:1.15rem 1.3rem 1.1rem;display:flex;flex-direction:column;position:relative}
.tiles dt{color:var(--soft);font-size:.87rem}
.tiles dd{margin:0}
.tiles .figure{font-size:2rem;line-height:1.25;font-weight:620;letter-spacing:-.025em}
.tiles .note{color:var(--soft);font-size:.85rem}
.tiles .unmeasured{font-size:1.25rem;font-weight:500;color:var(--soft)}
.tiles .unseen{box-shadow:inset 3px 0 0 var(--bar-high)}
.tiles .unseen .note{font-size:.95rem;line-height:1.4;color:inherit}
.fault{display:block;font-family:inherit}
.fault::before{content:"\\26a0\\a0"}
.tiles .bar{margin:.55rem 0 .5rem}
.spark{width:100%;height:26px;margin:.4rem 0 .3rem;display:block}
.bar{display:block;width:100%;height:7px;border-radius:4px;background:var(--line)}
.track{fill:var(--line)}
rect.critical{fill:var(--bar-critical)}rect.high{fill:var(--bar-high)}rect.medium{fill:var(--bar-medium)}rect.low{fill:var(--bar-low)}rect.mirroring{fill:var(--mirroring)}
.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.line.tags,.legend .tags{color:var(--tags)}.line.mirroring,.legend .mirroring{color:var(--mirroring)}.line.open,.area.open,.legend .open{color:var(--high)}
.line.mirroring{stroke-dasharray:7 3}
.area{fill:currentColor;opacity:.12}
.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.charts,.three{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:2.25rem 3rem}
.chart{margin:0}
figcaption{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;justify-content:space-between;align-items:baseline;margin-bottom:.8rem}
.legend{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:0 1.1rem;font-size:.87rem;color:var(--soft)}
.legend b{font-weight:640}
.plot{display:flex;gap:.7rem;height:11rem}
.plot svg{flex:1;min-width:0;height:100%;display:block}
.axis{display:flex;flex-direction:column;justify-content:space-between;text-align:right;min-width:2.7rem}
.axis,.days{color:var(--soft);font-size:.8rem;line-height:1}
.days{display:flex;justify-content:space-between;margin:.55rem 0 0 3.4rem}
.whole{white-space:nowrap}
table{border-collapse:collapse;width:100%;overflow-wrap:break-word}
th,td{text-align:left;vertical-align:top;padding:.55rem .9rem .55rem 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{color:var(--soft);font-size:.84rem;border-bottom-color:var(--line-strong);vertical-align:bottom;white-space:nowrap}
td.n,th.n{text-align:right}
.scroll{overflow-x:auto}
th.mono{overflow-wrap:anywhere;min-width:13rem}
.three table{table-layout:fixed}.findings{overflow-wrap:anywhere}
.rules td.barcell{width:22%;vertical-align:middle}
.zero{color:var(--soft)}
.three table{font-size:.93rem}
.three td.barcell{vertical-align:middle}.three th:nth-child(2){width:4.6rem}.three th.n{width:2.8rem}
.three table th:first-child{padding-right:1rem}
.urgent{list-style:none;margin:0;padding:0;border-top:1px solid var(--line)}
.urgent li{display:grid;grid-template-columns:6.2rem 1fr;gap:.15rem .8rem;padding:.85rem 0;border-bottom:1px solid var(--line)}
.urgent p{margin:0;max-width:none}
.urgent .body{min-width:0}
.urgent .fix{margin-top:.35rem;max-width:85ch}.detail dd p{margin:0}
.badge{display:inline-block;padding:.06rem .55rem;border-radius:99px;font-size:.82rem;font-weight:600;line-height:1.5;justify-self:start;align-self:start;white-space:nowrap}
.badge.critical{color:var(--critical);background:var(--critical-bg)}.badge.high{color:var(--high);background:var(--high-bg)}
.badge.medium{color:var(--medium);background:var(--medium-bg)}.badge.low{color:var(--low);background:var(--low-bg)}
.badge.plain{color:var(--soft);background:none;border:1px solid var(--line-strong);padding:0 .5rem}
pre{margin:.35rem 0 0;tab-size:2;padding:.6rem .8rem;background:var(--bg);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;font-size:.85rem;line-height:1.5}
.urgent pre{background:var(--panel)}
.filters{display:grid;gap:.9rem 1.4rem;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));align-items:end;background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.3rem 1.2rem;margin-bottom:1rem}
.filters .wide{grid-column:1/-1;display:flex;flex-wrap:wrap;gap:.7rem 2.2rem}
.filters label,.filters legend{font-size:.84rem;color:var(--soft);padding:0}
.filters fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem .4rem;align-items:center}
.filters legend{float:left;margin-right:.5rem}
.filters #reset{margin-left:auto}
.pill{position:relative}
.pill input{position:absolute;inset:0;opacity:0;margin:0;width:100%;height:100%;cursor:pointer}
.pill span{display:block;border:1px solid var(--line-strong);border-radius:99px;padding:.14rem .75rem;color:var(--ink);font-size:.87rem}
.pill input:checked+span{background:var(--ink);border-color:var(--ink);color:var(--bg)}
.pill input:focus-visible+span{outline:2px solid var(--focus);outline-offset:2px}
input[type=search],select{font:inherit;font-size:.93rem;color:var(--ink);background:var(--bg);border:1px solid var(--line-strong);border-radius:6px;padding:.36rem .6rem;width:100%;height:2.3rem;display:block;margin-top:.2rem}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
.plainbtn{border:1px solid var(--line-strong);border-radius:6px;padding:.34rem .85rem;font-size:.9rem}
.plainbtn:hover:not(:disabled){border-color:var(--ink)}
.plainbtn:disabled{color:var(--soft);border-color:var(--line);cursor:default}
.countline{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;justify-content:space-between;align-items:center;margin:.2rem 0 .6rem;min-height:2.2rem}
.pager{display:flex;gap:.6rem;align-items:center;font-size:.9rem}
.findings thead th{position:sticky;top:0;background:var(--bg);z-index:1}
.findings thead button{color:var(--soft);white-space:nowrap}
.findings thead button:hover{color:var(--ink)}
.findings [aria-sort=ascending] button::after{content:" \\2191"}.findings [aria-sort=descending] button::after{content:" \\2193"}
.findings .group th{padding:1.6rem 0 .55rem;font-size:1rem;font-weight:640;border-bottom-color:var(--line-strong)}
.findings .group th span{font-weight:400;color:var(--soft);font-size:.88rem;margin-left:.5rem;white-space:nowrap}
.findings tbody tr.row:hover{background:var(--panel)}
.findings .sev{width:6.2rem}.findings .res{width:13.5rem}.findings .who{width:12rem}.findings .where{width:8.5rem}.findings .seen{width:7rem}
.findings .toggle{color:var(--accent);text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:.18em}
.findings .id{display:block;color:var(--soft)}
.fact:not(:last-child)::after{content:" · "}
.findings td.seen,.findings td.where,.findings td.who{font-size:.9rem}
.detail>td{padding:0 0 1.3rem 6.2rem;border-bottom-color:var(--line)}
.detail dl{display:grid;grid-template-columns:minmax(6rem,9rem) 1fr;gap:.35rem 1.2rem;margin:.4rem 0 0;font-size:.92rem}
.detail dt{color:var(--soft)}.detail dd{margin:0;min-width:0}
.detail pre{margin-top:0}.detail .copy{margin-top:.4rem}
.detail ol{margin:0;padding:0;list-style:none;display:grid;gap:.7rem}
.notice{border-left:3px solid var(--bar-high);padding:.2rem 0 .2rem .9rem;margin:0 0 1rem}
.ok{color:var(--good)}
tr.expiring>*{background:var(--medium-bg)}tr.expired>*{background:var(--critical-bg)}
tr.expiring td:first-child,tr.expired td:first-child{padding-left:.6rem}
details summary{cursor:pointer;color:var(--accent);padding:.2rem 0}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.6rem;margin:0 0 1.2rem}
.facts dt{color:var(--soft)}.facts dd{margin:0}
footer{padding-top:2.5rem;padding-bottom:4rem;color:var(--soft);font-size:.87rem}
@media screen and (max-width:960px){.findings .where,.findings .seen{display:none}}
@media screen and (max-width:640px){header.top,main,footer{padding-left:1.15rem;padding-right:1.15rem}header.top{padding-top:2rem}h1{font-size:1.8rem}section{margin-top:2.6rem}
.tiles{grid-template-columns:1fr 1fr;margin-top:1.2rem}.tiles>div{padding:.9rem 1rem}.tiles>div:first-child,.tiles>div:last-child:nth-child(even){grid-column:1/-1}.tiles .figure{font-size:1.6rem}
.urgent li{grid-template-columns:1fr}.rules .sevcol,.rules td.barcell,.rules th.barcell{display:none}
.filters{grid-template-columns:1fr 1fr;padding:.9rem 1rem}.filters .search{grid-column:1/-1}.filters legend{float:none;width:100%;margin-bottom:.25rem}
.findings .who{display:none}.findings .sev{width:4.9rem}.findings .res{width:auto}.findings .detail>td{padding-left:0}.detail dl{grid-template-columns:1fr;gap:0}.detail dd{margin-bottom:.5rem}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}
.findings thead th:nth-child(3),.findings td.why{display:none}}
.findings .inline{display:none}
@media screen and (max-width:640px){.findings .inline{display:block}}
@media print{:root{color-scheme:light;--bg:#fff;--panel:#fff;--ink:#000;--soft:#444;--line:#ccc;--line-strong:#777}html{font-size:12px}body{font-size:9.5pt}header.top,main,footer{max-width:none;padding:0}header.top{padding-top:0}
.filters,.pager,.skip,.copy,.csv{display:none!important}.onpaper,.applied{display:block}
details::details-content{content-visibility:visible!important;display:block!important;block-size:auto!important}.fold tbody tr:nth-child(n+91),.fold.all tbody tr:nth-child(n+101){display:none}.fold.all tbody tr:nth-child(-n+100){display:table-row}
.scroll{overflow:visible}.findings{table-layout:fixed;overflow-wrap:break-word}.findings .sev{width:8%}.findings .res{width:17%}.findings .who{width:16%}.findings .where{width:12%}.findings .seen{width:9%}.detail>td{padding-left:8%}
section{margin-top:1.6rem}.toc{margin-top:.8rem}tr,.urgent li,figure,.tiles{break-inside:avoid}thead{display:table-header-group}.findings thead th{position:static}.findings thead button{display:contents}h2,.whom,.group{break-after:avoid}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}@page{margin:1.6cm;size:landscape}}
@media(forced-colors:active){.pill input:checked+span{forced-color-adjust:none;background:Highlight;color:HighlightText}}
`;
