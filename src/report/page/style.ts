// The style of a page: system fonts, readable widths, light or dark as the reader's system has it.
import { FONT, palettes } from './theme.ts'

const variables = ({ text, muted, grid, background }: (typeof palettes)['light' | 'dark']) =>
  `--text:${text};--muted:${muted};--line:${grid};--back:${background}`

export const STYLE = `
:root{color-scheme:light dark;${variables(palettes.light)};--panel:#f5f7f9}
@media (prefers-color-scheme:dark){:root{${variables(palettes.dark)};--panel:#22272d}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px;max-width:1232px;background:var(--back);color:var(--text);font:15px/1.5 ${FONT}}
h1{font-size:26px;line-height:1.25;margin:0 0 12px;overflow-wrap:anywhere}
h2{font-size:19px;margin:36px 0 8px;padding-top:12px;border-top:1px solid var(--line);overflow-wrap:anywhere}
h3{font-size:15px;margin:24px 0 4px}
p{max-width:80ch;margin:4px 0;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
figure{margin:20px 0 28px}
figcaption p{color:var(--muted);font-size:14px}
.chart{overflow-x:auto;margin-top:8px;min-height:40px}
.chart svg,.chart canvas{display:block}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px 4px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{vertical-align:bottom;white-space:pre-line;font-weight:600}
.right{text-align:right}
td.right{white-space:nowrap}
pre{margin:8px 0;padding:12px;background:var(--panel);overflow:auto;max-height:480px;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
summary{cursor:pointer}
button{font:13px ${FONT};color:var(--text);background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:3px 10px;margin:4px 6px 0 0;cursor:pointer}
.vega-bindings{display:flex;flex-wrap:wrap;gap:6px 20px;margin:8px 0}
.vega-bind-name{margin-right:6px;color:var(--muted)}
select{font:14px ${FONT}}
#vg-tooltip-element{visibility:hidden;position:fixed;z-index:1000;padding:8px 10px;font:13px/1.4 ${FONT};max-width:calc(100vw - 16px);background:var(--back);color:var(--text);border:1px solid var(--muted);border-radius:4px}
#vg-tooltip-element.visible{visibility:visible}
#vg-tooltip-element td{border:0;padding:1px 8px 1px 0;max-width:420px;overflow-wrap:anywhere}
#vg-tooltip-element td.key{color:var(--muted);text-align:right}
@media (max-width:600px){body{padding:16px 12px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:6px}h1{font-size:21px}select{max-width:100%}}
@media print{
:root{color-scheme:light;${variables(palettes.light)};--panel:#f5f7f9}
body{padding:0;max-width:none}
button,#vg-tooltip-element{display:none}
.chart,.scroll,pre{overflow:visible;max-height:none}
.chart svg,.chart canvas{max-width:100%;height:auto!important}
section details::details-content{content-visibility:visible;display:block;height:auto}
figure,tr{break-inside:avoid}
h2,h3,figcaption{break-after:avoid}
th,td{padding-right:6px;overflow-wrap:break-word}
td.right{white-space:normal}
}
`
