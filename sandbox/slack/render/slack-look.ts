/** How a channel looks in Slack's light theme, as far as the blocks that we use go. */

export const pageStyle = `
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.46 Lato,"Noto Sans","DejaVu Sans",system-ui,sans-serif,"Noto Color Emoji"}
main{width:760px;padding:20px 24px 24px}
article{display:flex;gap:10px;margin-bottom:14px}
.avatar{flex:none;width:36px;height:36px;border-radius:8px;background:#0b6e69;color:#fff;font-weight:900;font-size:20px;display:grid;place-items:center}
.body{min-width:0;flex:1}
.from{display:flex;align-items:center;gap:6px;line-height:1.2;margin-bottom:3px}
.app{font-size:10px;font-weight:700;background:#1d1c1d1f;color:#616061;border-radius:2px;padding:1px 3px}
time{font-size:12px;color:#616061}
h3{font-size:18px;line-height:1.35;font-weight:900;margin:6px 0 6px}
.section,.context{margin:4px 0}
.context{font-size:13px;color:#616061}
a{color:#1264a3;text-decoration:none}
b{font-weight:900}
code{font:12px/1.5 "DejaVu Sans Mono",monospace;background:#1d1c1d0a;border:1px solid #1d1c1d21;border-radius:3px;padding:2px 3px 1px;color:#c01343}
a code{color:#1264a3}
.mention{background:#1264a31a;color:#1264a3;border-radius:3px;padding:0 2px 1px}
pre{font:12px/1.5 "DejaVu Sans Mono",monospace;background:#1d1c1d0a;border:1px solid #1d1c1d21;border-radius:4px;padding:8px;margin:4px 0;white-space:pre-wrap;word-break:break-word}
blockquote{border-left:4px solid #ddd;margin:4px 0;padding-left:12px}
ul{margin:4px 0;padding-left:24px}
hr{border:0;border-top:1px solid #1d1c1d21;margin:12px 0}
.plan{border:1px solid #1d1c1d21;border-radius:12px;padding:12px 14px 8px;margin:8px 0}
.plan-title{font-weight:700;margin-bottom:8px}
.task{display:flex;gap:10px;padding-bottom:8px;position:relative}
.task:not(:last-child)::before{content:"";position:absolute;left:8.5px;top:23px;bottom:-3px;width:1px;background:#1d1c1d21}
.icon{flex:none;width:18px;height:18px;margin-top:2px}
.icon svg{display:block}
.task-title{font-weight:700}
.task.pending .task-title{font-weight:400;color:#616061}
.details{font-size:13px;color:#454245}
.details .section{margin:1px 0}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0 2px}
.button{white-space:nowrap;border:1px solid #1d1c1d4d;border-radius:8px;padding:3px 12px 4px;font-weight:700;font-size:13px}
.button.primary{background:#007a5a;border-color:#007a5a;color:#fff}
.button.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}
.thread{margin:0 0 0 46px;border-top:1px solid #1d1c1d21;padding-top:14px}
.thread article:last-child{margin-bottom:0}
main.modals{display:flex;flex-wrap:wrap;align-items:flex-start;gap:20px;width:1120px;background:#f4f4f4;padding:20px}
.modal{width:520px;background:#fff;border-radius:8px;box-shadow:0 4px 16px #1d1c1d33;padding:18px 24px}
.modal h2{font-size:20px;line-height:1.3;margin:0 0 12px}
.modal footer{display:flex;justify-content:flex-end;gap:10px;margin-top:18px}
.input{margin:14px 0}
.input label{font-weight:700;display:block;margin-bottom:5px}
.optional{font-weight:400;color:#616061}
.hint{font-size:13px;color:#616061;margin-top:3px}
.field{border:1px solid #1d1c1d4d;border-radius:5px;padding:7px 12px;min-height:38px}
.field.tall{min-height:76px}
.field.empty{color:#868686}
.field.menu::after{content:"⌄";float:right;color:#616061}
.choice{display:flex;gap:9px;padding:4px 0}
.choice .hint{margin-top:0}
.box,.dot{flex:none;width:17px;height:17px;border:1px solid #1d1c1d99;border-radius:3px;margin-top:3px}
.dot{border-radius:50%}
.dot.on{border:5px solid #1264a3}
.box.on{background:#1264a3}
`

const circle = (inner: string, style: string) =>
  `<svg width="18" height="18" viewBox="0 0 18 18"><circle cx="9" cy="9" r="7.25" ${style}/>${inner}</svg>`
const stroke = 'fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'

/** What Slack draws before a task. */
export const statusIcons = {
  complete: circle(`<path d="M5.6 9.3l2.3 2.3 4.5-4.9" ${stroke}/>`, 'fill="#007a5a"'),
  error: circle(`<path d="M9 5.2v4.4M9 12.4v.1" ${stroke}/>`, 'fill="#e01e5a"'),
  in_progress: circle(
    '<path d="M9 1.75a7.25 7.25 0 0 1 7.25 7.25" fill="none" stroke="#1264a3" stroke-width="2" stroke-linecap="round"/>',
    'fill="none" stroke="#1264a333" stroke-width="2"',
  ),
  pending: circle('', 'fill="none" stroke="#8d8d8d" stroke-width="1.5" stroke-dasharray="2.4 2.4"'),
}
