//! What a channel needs of other sections: found here, so that `check-config` refuses what the
//! service would refuse at its start.

use super::{Carrier, ChannelSettings};
use crate::config::section::Section;

/// Says what is missing for a channel. `commands`: somebody is told every order.
pub(super) fn check(
    root: &Section<'_>,
    section: &Section<'_>,
    channel: &ChannelSettings,
    commands: bool,
) {
    let at = || section.given("kind").unwrap_or_else(|| section.span());
    if matches!(channel.carrier, Carrier::TwilioVoice { .. }) && root.given("reply").is_none() {
        section.problem(
            at(),
            "a call is answered by keys, and there is no [reply] to hear them",
            "add [reply] with `external_url`; docs/replies.md tells how",
        );
    }
    if channel.reaches.is_none() {
        return;
    }
    let recall = |key| root.holds("recall", key);
    if !recall("roster") {
        if commands {
            section.problem(
                at(),
                "`command` of a [[unit]] names people, and no roster knows their contacts",
                "name it in [recall] with `roster = \"roster.db\"`",
            );
        }
    } else if !recall("key_file") && !recall("key_env") {
        section.problem(
            at(),
            "this channel reaches people, and [recall] has no key to read their contacts with",
            "give `key_file` or `key_env` in [recall]: what `callsurge roster import` was given",
        );
    }
}
