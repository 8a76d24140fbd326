//! Writing families one by one through the encoder of the `prometheus` crate.

use super::MetricsError;
use super::catalogue::{Family, Kind};
use prometheus::TextEncoder;
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};

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
        let metrics = samples.into_iter().map(|(labels, value)| {
            let mut metric = Metric::from_label(labels);
            set_value(&mut metric, family.kind, value);
            metric
        });
        self.metrics(family, metrics.collect()).map(|_| ())
    }

    /// Appends a family of finished metrics and gives them back for the next family.
    pub(super) fn metrics(
        &mut self,
        family: &Family,
        metrics: Vec<Metric>,
    ) -> Result<Vec<Metric>, MetricsError> {
        if metrics.is_empty() {
            return Ok(metrics);
        }
        let mut proto = MetricFamily::default();
        proto.set_name(family.name.to_owned());
        proto.set_help(family.help.to_owned());
        proto.set_field_type(match family.kind {
            Kind::Counter => MetricType::COUNTER,
            Kind::Gauge => MetricType::GAUGE,
            Kind::Histogram => MetricType::HISTOGRAM,
        });
        proto.set_metric(metrics);
        let [proto] = {
            let families = [proto];
            self.append(&families)?;
            families
        };
        let mut proto = proto;
        Ok(proto.take_metric())
    }
}

/// Sets the value that the kind of the family reads.
pub(super) fn set_value(metric: &mut Metric, kind: Kind, value: f64) {
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
