//! Lines of a calendar: folded ones joined, each parted into name, parameters and value.

/// One property with the line that it begins in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) line: u64,
    /// In capital letters.
    pub(super) name: String,
    parameters: Vec<(String, String)>,
    pub(super) value: String,
}

impl Property {
    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value as text: escapes undone.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match (c, c == '\\') {
                (_, true) => match chars.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(other) => text.push(other),
                    None => {}
                },
                (plain, false) => text.push(plain),
            }
        }
        text.trim().to_owned()
    }
}

/// Joins folded lines and parts them. Lines without a colon are left out: they say nothing.
pub(super) fn unfold(text: &str) -> Vec<Property> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut joined: Vec<(u64, String)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        match (line.strip_prefix([' ', '\t']), joined.last_mut()) {
            (Some(more), Some((_, begun))) => begun.push_str(more),
            (_, _) => joined.push((at as u64 + 1, line.to_owned())),
        }
    }
    joined.into_iter().filter_map(|(line, text)| part(line, &text)).collect()
}

fn part(line: u64, text: &str) -> Option<Property> {
    let colon = outside_quotes(text, ':').next()?;
    let (head, value) = (&text[..colon], text[colon + 1..].to_owned());
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in outside_quotes(head, ';').chain([head.len()]) {
        pieces.push(&head[from..at]);
        from = (at + 1).min(head.len());
    }
    let (name, rest) = pieces.split_first()?;
    let parameters = rest
        .iter()
        .filter_map(|piece| piece.split_once('='))
        .map(|(name, value)| (name.to_ascii_uppercase(), value.trim_matches('"').to_owned()))
        .collect();
    Some(Property { line, name: name.trim().to_ascii_uppercase(), parameters, value })
}

fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_keep_the_number_of_their_first() {
        let text = "BEGIN:VEVENT\r\nDTSTART;TZID=\"Europe/Berlin\";X=a:\r\n 20261025T\r\n\t023000\r\n\
                    junk\r\nSUMMARY:a\\, b\\n c: d\r\n";
        let found = unfold(text);
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].line, &*found[1].name), (2, "DTSTART"));
        assert_eq!(found[1].parameter("TZID"), Some("Europe/Berlin"));
        assert_eq!(found[1].value, "20261025T023000");
        assert_eq!((found[2].line, &*found[2].text()), (6, "a, b\n c: d"));
    }

    #[test]
    fn a_colon_in_quotes_parts_nothing() {
        let found = unfold("ATTENDEE;CN=\"Wang; Wei: 王\":mailto:w@example.com\n");
        assert_eq!(found[0].value, "mailto:w@example.com");
        assert_eq!(found[0].parameter("CN"), Some("Wang; Wei: 王"));
    }
}
