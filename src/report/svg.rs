//! Pieces of plots as SVG: plain shapes with classes; the page brings the colours, so that they
//! follow its scheme.

use super::page::escaped;
use std::fmt::Write;

/// Width of a plot.
pub(crate) const WIDTH: f64 = 960.0;
/// Height of a plot.
pub(crate) const HEIGHT: f64 = 220.0;
/// Where the axes begin.
pub(crate) const LEFT: f64 = 52.0;
/// Room right of the axes.
pub(crate) const RIGHT: f64 = 12.0;
/// Room above the axes.
pub(crate) const TOP: f64 = 14.0;
/// Room below the axes.
pub(crate) const BOTTOM: f64 = 26.0;

/// A linear scale from values to pixels.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    /// Value at the start.
    pub(crate) from: f64,
    /// Value at the end.
    pub(crate) to: f64,
    /// First pixel.
    pub(crate) start: f64,
    /// Last pixel.
    pub(crate) end: f64,
}

impl Axis {
    /// Pixel of a value.
    pub(crate) fn at(self, value: f64) -> f64 {
        let share = (value - self.from) / (self.to - self.from).max(1.0e-12);
        self.start + share.clamp(0.0, 1.0) * (self.end - self.start)
    }
}

/// The axis to the right.
pub(crate) const fn across(from: f64, to: f64) -> Axis {
    Axis { from, to, start: LEFT, end: WIDTH - RIGHT }
}

/// The axis upwards, from zero.
pub(crate) const fn up(to: f64) -> Axis {
    Axis { from: 0.0, to, start: HEIGHT - BOTTOM, end: TOP }
}

/// Begins a plot.
pub(crate) fn open(label: &str) -> String {
    let label = escaped(label);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">\
         <title>{label}</title>"
    )
}

/// Five lines with their values.
pub(crate) fn grid(svg: &mut String, y: Axis) {
    for step in 0..=4 {
        let value = y.to * f64::from(step) / 4.0;
        let at = y.at(value);
        let text = if y.to < 20.0 { format!("{value:.1}") } else { format!("{value:.0}") };
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
    }
}

/// A label below the axis.
pub(crate) fn tick(svg: &mut String, x: f64, text: &str) {
    let _ = write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{text}</text>",
        HEIGHT - 8.0
    );
}

/// A line through points.
pub(crate) fn path(svg: &mut String, class: &str, points: impl Iterator<Item = (f64, f64)>) {
    let mut d = String::new();
    for (i, (x, y)) in points.enumerate() {
        let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
    }
    if !d.is_empty() {
        let _ = write!(svg, "<path class=\"{class}\" d=\"{d}\"/>");
    }
}
