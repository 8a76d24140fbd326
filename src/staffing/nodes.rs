//! Gauss-Legendre nodes: 40 points that integrate polynomials up to degree 79 exactly.
//!
//! Forty suffice for a normal density over 17 standard deviations, the widest hump that a panel
//! holds: its Legendre coefficients beyond degree 79 are below 1e-16. Computed with 60 digits as
//! roots of the Legendre polynomial (Abramowitz & Stegun 25.4.29) and rounded once.

/// Half of the points of a panel; the other half mirrors it.
pub(super) const HALF: usize = 20;

/// Distance from the middle in half widths, and weight.
#[rustfmt::skip]
pub(super) const NODES: [(f64, f64); HALF] = [
    (0.038_772_417_506_050_82, 0.077_505_947_978_424_8),
    (0.116_084_070_675_255_21, 0.077_039_818_164_247_97),
    (0.192_697_580_701_371_1, 0.076_110_361_900_626_24),
    (0.268_152_185_007_253_7, 0.074_723_169_057_968_26),
    (0.341_994_090_825_758_5, 0.072_886_582_395_804_06),
    (0.413_779_204_371_605, 0.070_611_647_391_286_78),
    (0.483_075_801_686_178_7, 0.067_912_045_815_233_9),
    (0.549_467_125_095_128_2, 0.064_804_013_456_601_04),
    (0.612_553_889_667_980_2, 0.061_306_242_492_928_94),
    (0.671_956_684_614_179_6, 0.057_439_769_099_391_55),
    (0.727_318_255_189_927_1, 0.053_227_846_983_936_82),
    (0.778_305_651_426_519_4, 0.048_695_807_635_072_23),
    (0.824_612_230_833_311_7, 0.043_870_908_185_673_27),
    (0.865_959_503_212_259_5, 0.038_782_167_974_472_016),
    (0.902_098_806_968_874_3, 0.033_460_195_282_547_844),
    (0.932_812_808_278_676_5, 0.027_937_006_980_023_4),
    (0.957_916_819_213_791_7, 0.022_245_849_194_166_96),
    (0.977_259_949_983_774_3, 0.016_421_058_381_907_89),
    (0.990_726_238_699_457, 0.010_498_284_531_152_813),
    (0.998_237_709_710_559_3, 0.004_521_277_098_533_191),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_powers_integrate_exactly() {
        for power in (0..80).step_by(2) {
            let sum: f64 = NODES.iter().map(|&(x, w)| 2.0 * w * x.powi(power)).sum();
            let exact = 2.0 / f64::from(power + 1);
            assert!((sum - exact).abs() < 1e-15, "x^{power}: {sum} is not {exact}");
        }
    }
}
