"""How the page looks: light and dark, wide and narrow, on a screen and on paper."""

from destilation.report.page.markup import Html

STYLE = Html("""
:root { --paper: #ffffff; --panel: #f4f6f9; --ink: #1b2430; --faint: #5a6675; --edge: #d8dee6; --bar: #2f6fde;
  --area: #2f6fde22; --good: #1f8a56; --bad: #c0492b; --rest: #e3e8ef; --mark: #ffe08a; --mark-ink: #1b2430; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --panel: #1b212a; --ink: #e4e9f0; --faint: #97a3b3;
  --edge: #333d4a; --bar: #6ea0f5; --area: #6ea0f533; --good: #4cc38a; --bad: #f0805f; --rest: #2b3440;
  --mark: #6b5310; --mark-ink: #fff3cf; } }
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 19px; margin: 0 0 12px; } h3 { font-size: 15px; margin: 20px 0 8px; }
h4 { font-size: 12px; margin: 14px 0 4px; color: var(--faint); font-weight: 600; }
.lead { margin: 2px 0 0; font-size: 16px; } .note { color: var(--faint); font-size: 13px; margin: 6px 0; }
section { margin-top: 36px; padding-top: 16px; border-top: 1px solid var(--edge); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-top: 20px; font-size: 14px; }
a { color: var(--bar); }
.tiles { display: grid; grid-template-columns: repeat(5, 1fr); gap: 10px; margin-top: 14px; }
.tiles div { background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; padding: 10px 12px; }
.tiles b { display: block; font-size: 17px; line-height: 1.3; } .tiles span { color: var(--faint); font-size: 12px; }
.n, td { font-variant-numeric: tabular-nums; }
.done .meter { width: 100%; height: 10px; margin-top: 12px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: right; font-weight: 600; color: var(--faint); font-size: 12px; white-space: nowrap; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--edge); }
td { text-align: right; white-space: nowrap; } th:first-child, td:first-child { text-align: left; white-space: normal; }
td:first-child { min-width: 110px; } td:has(.meter) { width: 30%; min-width: 70px; }
#providers td:has(.meter) { width: 80px; }
.meter { display: block; width: 100%; height: 9px; border-radius: 3px; }
.bar { fill: var(--bar); }
.good { color: var(--good); fill: var(--good); } .bad { color: var(--bad); fill: var(--bad); }
.rest { fill: var(--rest); } .area { fill: var(--area); }
.line { fill: none; stroke: var(--bar); stroke-width: 2; vector-effect: non-scaling-stroke; }
.grid { stroke: var(--edge); stroke-width: 1; vector-effect: non-scaling-stroke; }
figure { margin: 0 0 20px; } figcaption { font-size: 13px; font-weight: 600; margin-bottom: 12px; }
.plot { display: flex; gap: 8px; } .canvas { flex: 1; min-width: 0; }
.canvas svg { display: block; width: 100%; height: 150px; }
.y { display: flex; flex-direction: column; justify-content: space-between; height: 150px; min-width: 44px;
  text-align: right; margin: -8px 0 0; } .y, .x { color: var(--faint); font-size: 11.5px; }
.y span:last-child { margin-bottom: -16px; }
.x { display: flex; justify-content: space-between; gap: 8px; margin-top: 4px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 14px 28px; margin-top: 14px; }
.texts div { background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; padding: 4px 14px; }
.texts h4 { margin: 6px 0 0; } .texts p { margin: 4px 0 8px; font-size: 13.5px; }
mark { background: var(--mark); color: var(--mark-ink); border-radius: 2px; padding: 0 1px; }
details { border: 1px solid var(--edge); border-radius: 8px; margin: 8px 0; padding: 0 14px; }
details[open] { padding-bottom: 12px; } summary { cursor: pointer; padding: 8px 0; }
summary span { color: var(--faint); } .inner { background: var(--paper); margin-top: 12px; font-size: 14px; }
.inner td { text-align: left; white-space: normal; } .inner td:first-child { width: 130px; color: var(--faint); }
pre { margin: 0; padding: 10px 12px; background: var(--panel); border-radius: 6px; overflow: hidden;
  white-space: pre-wrap; font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
ul { margin: 4px 0; padding-left: 20px; } p.good, p.bad { margin: 6px 0 0; font-size: 13px; }
footer { margin-top: 36px; color: var(--faint); font-size: 12px; }
@media (max-width: 760px) { main { padding: 16px 14px 32px; } .tiles { grid-template-columns: 1fr 1fr; }
  .pair { grid-template-columns: 1fr; } h1 { font-size: 22px; }
  .canvas svg, .y { height: 120px; } .y { min-width: 36px; }
  th, td { padding-right: 7px; } td:first-child { min-width: 78px; } table { font-size: 13px; } }
@media print { body { font-size: 11px; } main { max-width: none; padding: 0; } nav { display: none; }
  section, figure, .tiles, tr { break-inside: avoid; } #samples, #pairs { break-inside: auto; }
  .wide { overflow: visible; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
""")
