//! Writing families one by one through the encoder of the `prometheus` crate.
//!
//! Families of queues are nearly all of the page. Their labels go through the encoder once a
//! scrape instead of once a series, and the lines around them are written directly; a test holds
//! both ways to the same text.

use super::MetricsError;
use super::catalogue::{Family, Kind};
use prometheus::TextEncoder;
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};
use std::fmt::Write as _;

/// A page in the making. Families are encoded as they come, so that the protos of thousands of
/// series never exist all at once.
pub(super) struct Page {
    text: String,
    encoder: TextEncoder,
}

/// A label.
pub(super) fn label(name: &str, value: impl Into<String>) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.into());
    pair
}

/// One or zero.
pub(super) fn flag(on: bool) -> f64 {
    if on { 1.0 } else { 0.0 }
}

/// A sample, for [`Page::family`].
pub(super) type Sample = (Vec<LabelPair>, f64);

impl Page {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), encoder: TextEncoder::new() }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Appends families that a registry gathered.
    pub(super) fn append(&mut self, families: &[MetricFamily]) -> Result<(), MetricsError> {
        self.encoder.encode_utf8(families, &mut self.text).map_err(MetricsError::Family)
    }

    /// Appends a family; one without samples is left out.
    pub(super) fn family(
        &mut self,
        family: &Family,
        samples: impl IntoIterator<Item = Sample>,
    ) -> Result<(), MetricsError> {
        let metrics: Vec<Metric> = samples
            .into_iter()
            .map(|(labels, value)| {
                let mut metric = Metric::from_label(labels);
                set_value(&mut metric, family.kind, value);
                metric
            })
            .collect();
        if metrics.is_empty() {
            return Ok(());
        }
        self.append(&[proto(family, metrics)])
    }

    /// Appends a histogram without labels. `counts` are by bucket, not cumulative; the last one
    /// is of what lies above every bound.
    pub(super) fn histogram(
        &mut self,
        family: &Family,
        bounds: &[f64],
        counts: &[u64],
        sum: f64,
    ) -> Result<(), MetricsError> {
        let mut cumulative = 0;
        let mut buckets = Vec::with_capacity(bounds.len());
        for (bound, count) in bounds.iter().zip(counts) {
            cumulative += count;
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(*bound);
            bucket.set_cumulative_count(cumulative);
            buckets.push(bucket);
        }
        let mut histogram = Histogram::default();
        histogram.set_bucket(buckets);
        histogram.set_sample_count(counts.iter().sum());
        histogram.set_sample_sum(sum);
        let mut metric = Metric::default();
        metric.set_histogram(histogram);
        self.append(&[proto(family, vec![metric])])
    }

    /// Appends a family of lines whose labels are written already; one without lines is left
    /// out. The result is what the encoder would write, at a tenth of its time.
    pub(super) fn lines<'a>(&mut self, family: &Family, lines: impl IntoIterator<Item = Line<'a>>) {
        let mut lines = lines.into_iter().peekable();
        if lines.peek().is_none() {
            return;
        }
        let Family { name, help, .. } = family;
        let kind = format!("{:?}", family.kind).to_lowercase();
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        for Line { labels, further, value } in lines {
            self.text.push_str(name);
            self.text.push('{');
            self.text.push_str(labels);
            if let Some((name, value)) = further {
                self.write(format_args!(",{name}=\"{value}\""));
            }
            self.text.push_str("} ");
            // Most values are counts, and integers format several times faster.
            if value.fract() == 0.0 && value.abs() < INTEGER_MAX && value.is_sign_positive() {
                self.write(format_args!("{}", value as u64));
            } else {
                self.write(format_args!("{value}"));
            }
            self.text.push('\n');
        }
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(text);
    }
}

/// Up to here every whole number is exact as a float.
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

/// A sample whose labels are text, without braces, as [`label_texts`] gives it. `further` is one
/// label more from a closed set of plain words.
pub(super) struct Line<'a> {
    pub(super) labels: &'a str,
    pub(super) further: Option<(&'static str, &'static str)>,
    pub(super) value: f64,
}

/// The labels as the encoder writes them, without braces. Escaping stays the encoder's affair.
pub(super) fn label_texts(labels: Vec<Vec<LabelPair>>) -> Result<Vec<String>, MetricsError> {
    let mut page = Page::with_capacity(labels.len() * 64);
    page.family(&PROBE, labels.into_iter().map(|labels| (labels, 0.0)))?;
    let lines = page.text.lines().filter(|line| !line.starts_with('#'));
    let inner = lines.filter_map(|line| line.strip_prefix("x{")?.strip_suffix("} 0"));
    Ok(inner.map(str::to_owned).collect())
}

const PROBE: Family = Family { name: "x", kind: Kind::Gauge, labels: &[], help: "x" };

fn proto(family: &Family, metrics: Vec<Metric>) -> MetricFamily {
    let mut proto = MetricFamily::default();
    proto.set_name(family.name.to_owned());
    proto.set_help(family.help.to_owned());
    proto.set_field_type(kind_of(family.kind));
    proto.set_metric(metrics);
    proto
}

fn kind_of(kind: Kind) -> MetricType {
    match kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
        Kind::Histogram => MetricType::HISTOGRAM,
    }
}

/// Sets the value that the kind of the family reads.
fn set_value(metric: &mut Metric, kind: Kind, value: f64) {
    match kind {
        Kind::Counter => {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        }
        Kind::Gauge | Kind::Histogram => {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::catalogue::CALLS_EXITED;

    #[test]
    fn lines_read_as_the_encoder_writes_them() {
        let names = ["plain", "投诉 \"热线\"", "back\\slash", "two\nlines", "} 0", "x{"];
        let values = [0.0, -0.0, 7.0, -7.0, 0.25, 1.795e9, 1.5e17, 1e300, 5e-324, f64::NAN];
        let labels = |name: &str| vec![label("unit", "u"), label("queue", name)];
        let texts = label_texts(names.map(labels).to_vec()).expect("sound");
        assert_eq!(texts.len(), names.len());
        for value in values {
            let mut encoded = Page::with_capacity(0);
            let samples = names.map(|name| {
                let mut all = labels(name);
                all.push(label("reason", "key"));
                (all, value)
            });
            encoded.family(&CALLS_EXITED, samples).expect("sound");
            let mut written = Page::with_capacity(0);
            let further = Some(("reason", "key"));
            written
                .lines(&CALLS_EXITED, texts.iter().map(|labels| Line { labels, further, value }));
            assert_eq!(written.text, encoded.text);
        }
    }
}
