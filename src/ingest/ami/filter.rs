//! Which queues are listened to.

/// Names or beginnings of names. A queue counts when it is allowed and not denied; without any
/// allowed name all are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Listened to; a `*` at the end stands for any ending.
    pub allow: Vec<String>,
    /// Passed over, even where allowed.
    pub deny: Vec<String>,
}

impl QueueFilter {
    /// Whether a queue is listened to.
    pub fn takes(&self, queue: &str) -> bool {
        let among = |names: &[String]| names.iter().any(|name| matches(name, queue));
        (self.allow.is_empty() || among(&self.allow)) && !among(&self.deny)
    }
}

fn matches(name: &str, queue: &str) -> bool {
    name.strip_suffix('*').map_or(name == queue, |start| queue.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_goes_before_allowed_and_nothing_allows_all() {
        let filter = |allow: &[&str], deny: &[&str]| QueueFilter {
            allow: allow.iter().map(|&n| n.to_owned()).collect(),
            deny: deny.iter().map(|&n| n.to_owned()).collect(),
        };
        assert!(filter(&[], &[]).takes("support"));
        assert!(filter(&["sup*"], &[]).takes("support"));
        assert!(!filter(&["sup"], &[]).takes("support"));
        assert!(!filter(&["*"], &["test*"]).takes("test-1"));
    }
}
