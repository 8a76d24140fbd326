//! Pieces of pages: no script, no picture, no font from elsewhere, so that a report can be mailed.

use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2733;--paper:#fff;--faint:#8592a3;--line:#d9dfe7;\
--calls:#2b6cb0;--alarm:#d64545}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e9f0;--paper:#12161c;--faint:#8f9bab;\
--line:#2c3440;--calls:#6aa9e9;--alarm:#f07070}}\
body{font:16px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:var(--ink);\
background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}h3{font-size:1rem;margin-bottom:.2rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line)}\
td:first-child{white-space:nowrap}th{color:var(--faint);font-weight:600}.scroll{overflow-x:auto}.note{color:var(--faint)}\
svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--faint)}\
.grid{stroke:var(--line)}.calls,.expected,.upper{fill:none}\
.calls{stroke:var(--calls);stroke-width:1.6}.expected{stroke:var(--ink);stroke-width:1.2}\
.upper{stroke:var(--faint);stroke-dasharray:4 3}.alarm{fill:var(--alarm);opacity:.2}\
.heat{stroke:var(--paper);fill:var(--calls)}.day{fill:var(--calls);opacity:.6}.odd{fill:var(--alarm)}\
.score{fill:var(--calls);opacity:.6}.mark{fill:var(--alarm)}";

/// The end of a page.
pub(crate) const END: &str = "</body></html>\n";

/// The beginning of a page, up to its first heading.
pub(crate) fn begin(title: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    )
}

/// Text that is safe inside an element or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A heading.
pub(crate) fn section(page: &mut String, title: &str) {
    let _ = writeln!(page, "<h2>{}</h2>", escaped(title));
}

/// A table.
pub(crate) fn table(page: &mut String, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    page.push_str("<div class=\"scroll\"><table><thead><tr>");
    for cell in header {
        let _ = write!(page, "<th>{}</th>", escaped(cell));
    }
    page.push_str("</tr></thead><tbody>");
    for row in rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", escaped(&cell));
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div>\n");
}
