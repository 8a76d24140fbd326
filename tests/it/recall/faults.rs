//! Faults that other alerting and on-call software has, or had, as nights in which they would show.

use super::night::{check, check_with};
use callsurge::recall::RecallPolicy;

/// Elsewhere the first acknowledgement stops the paging of everybody else.
#[test]
fn the_first_yes_does_not_stop_the_asking() {
    check(
        "
        0:00 L2 start a2 by 3:00 people 1-20
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
        0:05 tick
          > offer 10 11 12 13 14 until 0:25 (wave 2)
        ",
    );
}

/// Elsewhere a step whose people had no channel was passed over silently, and directors were called.
#[test]
fn who_cannot_be_reached_is_replaced_by_the_next_and_not_by_silence() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-7
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 failed 1
        0:01 L2 failed 2
        0:01 L2 failed 3
        0:01 L2 failed 4
          > offer 6 7 until 0:21 (wave 2)
        0:01 L2 failed 5
        0:01 L2 failed 6
        0:01 L2 failed 7
          > L2 unfilled a1 certain
        ",
    );
}

/// Elsewhere a paused escalation never went on.
#[test]
fn a_hold_ends_by_itself() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-12
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 hold 0:15
        0:12 tick
        0:15 .
          > offer 6 7 8 9 10 until 0:35 (wave 2)
        0:16 tick
        ",
    );
}

/// Elsewhere an escalation of months ago paged somebody after a restart.
#[test]
fn after_a_long_downtime_nothing_is_asked_that_is_too_late() {
    let mut night = super::night::Night::new(RecallPolicy::DEFAULT);
    let script = "0:00 L2 start a1 by 1:00 people 1-12\n";
    night.tell(script);
    let mut out = Vec::new();
    let four_months = super::night::minute(120 * 24 * 60);
    night.campaigns.apply(four_months, callsurge::recall::Input::Tick, &mut out);
    let kinds: Vec<_> = out.iter().map(|e| e.kind.purpose()).collect();
    assert_eq!(kinds, [callsurge::recall::Purpose::Unfilled]);
}

/// Elsewhere a slow receiver and a retry made two incidents of one.
#[test]
fn a_recall_that_is_started_twice_asks_once() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-3
          > offer 1 2 3 until 0:20 (wave 1)
        0:00 L2 start a1 by 3:00 people 1-3 = refused known
        0:01 L2 people 1-3
        ",
    );
}

/// Elsewhere an acknowledgement that was delivered twice, or late, undid what came after it.
#[test]
fn a_redelivered_reply_gets_its_first_result_and_changes_nothing() {
    check(
        "
        0:00 L2 start a2 by 3:00 people 1-3
          > offer 1 2 3 until 0:20 (wave 1)
        0:01 L2 1 yes 30 #1 = coming 0:31
          > thank 1 by 0:31
        0:02 L2 1 yes 30 #2 = coming 0:31
        0:03 L2 1 no #3 = declined
        0:04 L2 1 yes 30 #1 = coming 0:31
        0:05 L2 1 no #4 = declined
        ",
    );
}

/// Elsewhere who had acknowledged was paged on by another rule.
#[test]
fn who_comes_is_asked_by_nobody_else() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-2
          > offer 1 2 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
          > L2 filled
        0:02 L3 start a2 by 3:00 people 1-3
          > offer 3 until 0:22 (wave 1)
          > L3 unfilled a1 foreseen
        ",
    );
}

/// Elsewhere rows that were claimed and never sent stood still for good.
#[test]
fn a_channel_that_sends_nothing_does_not_stall_the_next_wave() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-10
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 queued 1
        0:05 .
          > offer 6 7 8 9 10 until 0:25 (wave 2)
        0:21 tick
        ",
    );
}

/// Elsewhere a provider's late word that a message did arrive was ignored.
#[test]
fn a_message_that_arrives_after_a_failure_counts() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-2
          > offer 1 2 until 0:20 (wave 1)
        0:01 L2 failed 1
        0:01 L2 failed 2
          > L2 unfilled a1 certain
        0:02 L2 delivered 1
        0:03 L2 1 yes = coming 0:33
          > thank 1 by 0:33
          > L2 filled
        ",
    );
}

/// Elsewhere a repeat count was off by one and a window of no length paged nobody without a word.
#[test]
fn a_need_of_nobody_is_met_and_says_so() {
    check(
        "
        0:00 L2 start a0 by 3:00 people 1-2
          > L2 filled
        0:01 L2 need a1 by 3:00
          > offer 1 2 until 0:21 (wave 1)
        ",
    );
}

#[test]
fn a_need_beyond_all_arithmetic_is_refused_and_changes_nothing() {
    check(
        "
        0:00 L2 start a100001 by 3:00 people 1-2 = refused need
        0:00 L2 start a1 by 3:00 people 1-2
          > offer 1 2 until 0:20 (wave 1)
        0:01 L2 need a4294967295 by 3:00 = refused need
        0:01 L2 need a100000 by 3:00
          > L2 unfilled a99998 foreseen
        ",
    );
}

/// Elsewhere "completed" was shown although nobody had been told anything.
#[test]
fn nobody_to_ask_is_unfilled_and_never_filled() {
    check(
        "
        0:00 L2 start a2 by 3:00 people
          > L2 unfilled a2 certain
        0:01 L2 down
          > L2 closed need 2 asked 0 accepted 0 came 0 no-shows 0 waves 0
        ",
    );
}

/// Elsewhere acknowledgements counted without end, whoever was already coming.
#[test]
fn one_too_many_hears_so_at_once() {
    check_with(
        RecallPolicy { reserve_percent: 0, ..RecallPolicy::DEFAULT },
        "
        0:00 L2 start a1 by 3:00 people 1-3
          > offer 1 2 3 until 0:20 (wave 1)
        0:01 L2 2 yes = coming 0:31
          > thank 2 by 0:31
          > L2 filled
          > withdraw 1 3 (filled)
        0:01 L2 1 yes = donotcome
          > too late 1
        0:02 L2 1 yes = donotcome
        ",
    );
}

#[test]
fn a_wrong_number_blocks_the_contact_once() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-2
          > offer 1 2 until 0:20 (wave 1)
        0:01 L2 1 wrong = blocked
          > block 1 contact 1
        0:02 L2 1 wrong = blocked
        0:03 L2 delivered 1
        0:04 L2 2 yes = coming 0:34
          > thank 2 by 0:34
          > L2 filled
        0:05 L2 2 wrong = blocked
          > block 2 contact 2
          > L2 unfilled a1 certain
        0:06 L2 2 yes = blocked
        ",
    );
}

#[test]
fn a_wrong_number_is_blocked_even_when_the_recall_is_over() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-2
          > offer 1 2 until 0:20 (wave 1)
        0:01 L2 down
          > withdraw 1 2 (stooddown)
          > L2 closed need 1 asked 2 accepted 0 came 0 no-shows 0 waves 1
        0:02 L2 1 wrong = blocked
          > block 1 contact 1
        0:03 L2 1 yes = donotcome
        ",
    );
}

/// Who does not turn up, does so after all.
#[test]
fn a_no_show_who_comes_after_all_is_at_work() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-1
          > offer 1 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
          > L2 filled
        1:01 .
          > no show 1
          > L2 unfilled a1 certain
        1:05 on 1 = here
          > arrived 1
          > L2 filled
        ",
    );
}
