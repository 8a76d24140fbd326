//! A reading of PromQL that is enough to check names: selectors, windows, grouping labels.

/// A selector: the metric, and its matchers.
#[derive(Debug, PartialEq)]
pub(super) struct Selector {
    pub(super) metric: String,
    /// Label and matcher, such as `unit` and `=~"$unit"`.
    pub(super) matchers: Vec<(String, String)>,
    /// Whether an aggregation or `rate` and the like reads it.
    pub(super) inside: Vec<String>,
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// The selectors of an expression: every name that holds `_` or `:` and is no function, and `up`.
pub(super) fn selectors(expr: &str) -> Vec<Selector> {
    let mut found = Vec::new();
    let mut calls: Vec<String> = Vec::new();
    let mut name = String::new();
    let mut rest = expr.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => while rest.next().is_some_and(|c| c != '"') {},
            c if is_name(c) => {
                name.push(c);
                if rest.peek().is_some_and(|&c| is_name(c)) {
                    continue;
                }
                let word = std::mem::take(&mut name);
                if word.starts_with("callsurge_")
                    || word.starts_with("process_")
                    || word.contains(":callsurge_")
                    || word == "up"
                {
                    let matchers = matchers(&mut rest);
                    found.push(Selector { metric: word, matchers, inside: calls.clone() });
                } else if rest.peek() == Some(&'(') {
                    calls.push(word);
                    rest.next();
                }
            }
            '(' => calls.push(String::new()),
            ')' => drop(calls.pop()),
            _ => {}
        }
    }
    found
}

/// Reads `{label op "value", ...}`, if it is there.
fn matchers(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Vec<(String, String)> {
    if rest.peek() != Some(&'{') {
        return Vec::new();
    }
    let mut text = String::new();
    let mut quoted = false;
    for c in rest.by_ref() {
        quoted ^= c == '"';
        if c == '}' && !quoted {
            break;
        }
        text.push(c);
    }
    let split = |part: &str| {
        let end = part.find(|c: char| !is_name(c)).expect("an operator");
        (part[..end].to_owned(), part[end..].to_owned())
    };
    text.trim_start_matches('{').split(',').filter(|part| !part.is_empty()).map(split).collect()
}

/// The windows: what stands in `[...]`.
pub(super) fn windows(expr: &str) -> Vec<&str> {
    expr.split('[').skip(1).filter_map(|rest| rest.split(']').next()).collect()
}

/// The labels that are grouped or joined by.
pub(super) fn groupings(expr: &str) -> Vec<&str> {
    let mut labels = Vec::new();
    for word in ["by (", "on ("] {
        for rest in expr.split(word).skip(1) {
            let inside = rest.split(')').next().unwrap_or_default();
            labels.extend(inside.split(',').map(str::trim));
        }
    }
    labels
}

#[test]
fn an_expression_is_read_as_it_is() {
    let expr = "60 * sum by (unit) (rate(callsurge_a_total{unit=~\"$unit\",q=\"\"}[5m])) > up";
    let found = selectors(expr);
    let metrics: Vec<_> = found.iter().map(|s| s.metric.as_str()).collect();
    assert_eq!(metrics, ["callsurge_a_total", "up"]);
    assert_eq!(found[0].matchers[0], ("unit".to_owned(), "=~\"$unit\"".to_owned()));
    assert_eq!(found[0].matchers[1], ("q".to_owned(), "=\"\"".to_owned()));
    assert_eq!(found[0].inside.last().map(String::as_str), Some("rate"));
    assert!(found[1].inside.is_empty());
    assert_eq!(windows(expr), ["5m"]);
    assert_eq!(groupings(expr), ["unit"]);
}
