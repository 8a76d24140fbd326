//! Worked nights.

use super::night::{check, check_with};
use callsurge::engine::time::Span;
use callsurge::recall::{RecallPolicy, ReleaseOrder};

#[test]
fn a_wave_is_answered_and_the_need_is_met() {
    check(
        "
        0:00 L2 start a2 by 3:00 people 1-12
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
        0:02 L2 2 no = declined
        0:03 L2 3 yes 40 = coming 0:43
          > thank 3 by 0:43
          > L2 filled
        0:04 L2 4 yes = reserve 2:04
          > reserve 4 until 2:04
          > withdraw 5 6 7 8 9 (filled)
        0:04 L2 5 yes = donotcome
          > too late 5
        0:31 on 1 = here
          > arrived 1
        ",
    );
}

#[test]
fn a_whole_night_from_the_first_wave_to_the_last_one_home() {
    check(
        "
        0:00 L2 start a2 by 2:00 people 1-20
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:00 L2 sent 1
        0:00 L2 sent 2
        0:02 L2 1 yes 20 = coming 0:22
          > thank 1 by 0:22
        0:05 .
          > offer 10 11 12 13 14 until 0:25 (wave 2)
        0:10 L2 10 yes 25 = coming 0:35
          > offer 15 16 17 18 19 until 0:30 (wave 3)
          > thank 10 by 0:35
          > L2 filled
        0:11 L2 11 yes = reserve 2:11
          > reserve 11 until 2:11
          > withdraw 2 3 4 5 6 7 8 9 12 13 14 15 16 17 18 19 (filled)
        0:15 L2 1 way 5 = coming 0:20
        0:20 on 1 = here
          > arrived 1
        0:36 tick
        1:00 L2 10 no = declined
          > promote 11 by 1:30
        1:20 on 11 = here
          > arrived 11
        2:00 L2 down
        2:20 .
          > release 1
        3:20 .
          > release 11
          > L2 closed need 2 asked 19 accepted 2 came 2 no-shows 0 waves 3
        4:00 tick
        ",
    );
}

#[test]
fn silence_brings_the_next_wave_at_the_timer_until_nobody_is_left() {
    check(
        "
        0:00 L2 start a1 by 2:00 people 1-12
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 tick
        0:05 .
          > offer 6 7 8 9 10 until 0:25 (wave 2)
        0:10 .
          > offer 11 12 until 0:30 (wave 3)
        0:30 tick
          > L2 unfilled a1 certain
        ",
    );
}

#[test]
fn declines_bring_the_next_wave_at_once() {
    check(
        "
        0:00 L2 start a1 by 2:00 people 1-12
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 no = declined
        0:01 L2 2 no = declined
        0:01 L2 3 no = declined
        0:01 L2 4 no = declined
          > offer 6 7 8 9 until 0:21 (wave 2)
        0:02 L2 5 no = declined
        ",
    );
}

#[test]
fn a_place_that_falls_free_goes_to_the_first_reserve() {
    check_with(
        RecallPolicy { reserve_percent: 100, ..RecallPolicy::DEFAULT },
        "
        0:00 L2 start a2 by 4:00 people 1-9
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
        0:01 L2 2 yes = coming 0:31
          > thank 2 by 0:31
          > L2 filled
        0:02 L2 3 yes 60 = reserve 2:02
          > reserve 3 until 2:02
        0:02 L2 4 yes 10 = reserve 2:02
          > reserve 4 until 2:02
          > withdraw 5 6 7 8 9 (filled)
        0:03 L2 5 yes = donotcome
          > too late 5
        0:15 L2 1 no = declined
          > promote 3 by 1:15
        0:16 L2 1 yes = reserve 2:16
          > reserve 1 until 2:16
        1:01 tick
          > no show 2
          > promote 4 by 1:11
        1:15 on 3 = here
          > arrived 3
        1:30 on 2 = here
          > arrived 2
        1:41 .
          > no show 4
        2:16 tick
          > withdraw 1 (waited)
        ",
    );
}

#[test]
fn l3_goes_before_l2_and_nobody_is_asked_by_both() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-10
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L3 start a1 by 3:00 people 1-9
          > offer 6 7 8 9 until 0:21 (wave 1)
        0:02 L3 6 no = declined
        0:03 L2 1 no = declined
        0:05 tick
          > offer 10 until 0:25 (wave 2)
        0:06 tick
        0:07 L2 down
          > withdraw 2 3 4 5 10 (stooddown)
          > L2 closed need 1 asked 6 accepted 0 came 0 no-shows 0 waves 2
          > offer 1 2 3 4 5 until 0:27 (wave 2)
        0:08 L3 7 no = declined
        ",
    );
}

#[test]
fn two_skills_are_filled_by_people_and_not_by_counts() {
    check(
        "
        0:00 L2 start a1,b1 by 3:00 people 1-6:ab 7-12:a 13-16:b
          > offer 1 2 3 4 5 6 7 8 9 10 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
        0:02 L2 7 yes = coming 0:32
          > thank 7 by 0:32
          > L2 filled
        0:03 L2 2 yes = reserve 2:03
          > reserve 2 until 2:03
          > withdraw 3 4 5 6 8 9 10 (filled)
        0:04 L2 3 yes = donotcome
          > too late 3
        ",
    );
}

#[test]
fn the_need_rises_and_falls_and_a_promise_is_kept() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-30
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
          > L2 filled
        0:02 L2 need a3 by 3:00
        0:05 .
          > offer 6 7 8 9 10 11 12 13 14 until 0:25 (wave 2)
        0:06 L2 6 yes = coming 0:36
          > thank 6 by 0:36
        0:07 L2 7 yes = coming 0:37
          > thank 7 by 0:37
          > L2 filled
        0:09 L2 need a1 by 3:00
        0:12 L2 6 no = declined
        0:13 L2 7 no = declined
        0:14 L2 1 no = declined
          > offer 15 16 17 18 19 until 0:34 (wave 3)
        ",
    );
}

#[test]
fn stand_down_turns_back_who_is_near_home_and_lets_come_who_is_near_work() {
    check(
        "
        0:00 L2 start a3 by 3:00 people 1-30
          > offer 1 2 3 4 5 6 7 8 9 10 11 12 until 0:20 (wave 1)
        0:01 L2 1 yes 10 = coming 0:11
          > thank 1 by 0:11
        0:01 L2 2 yes 60 = coming 1:01
          > thank 2 by 1:01
        0:04 L2 3 yes 90 = coming 1:34
          > thank 3 by 1:34
          > L2 filled
        0:11 on 1 = here
          > arrived 1
        0:40 L2 down
          > cancel 3 (stooddown)
        0:41 L2 3 yes = donotcome
          > too late 3
        1:01 on 2 = here
          > arrived 2
        2:11 .
          > release 1
        3:01 tick
          > release 2
          > L2 closed need 3 asked 12 accepted 3 came 2 no-shows 0 waves 1
        ",
    );
}

#[test]
fn a_commander_turns_back_everybody_however_near() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-3
          > offer 1 2 3 until 0:20 (wave 1)
        0:01 L2 1 yes 60 = coming 1:01
          > thank 1 by 1:01
          > L2 filled
        0:55 L2 down
        0:56 L2 cancelall
          > cancel 1 (commander)
          > L2 closed need 1 asked 3 accepted 1 came 0 no-shows 0 waves 1
        0:57 L2 1 way 2 = donotcome
        ",
    );
}

#[test]
fn a_commander_cancels_one_and_the_place_is_asked_for_again() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-9
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 yes 60 = coming 1:01
          > thank 1 by 1:01
          > L2 filled
        0:02 L2 2 yes = reserve 2:02
          > reserve 2 until 2:02
          > withdraw 3 4 5 (filled)
        0:50 L2 cancel 1
          > cancel 1 (commander)
          > promote 2 by 1:20
        0:51 L2 cancel 1
        1:00 L2 cancel 2
          > cancel 2 (commander)
          > offer 6 7 8 9 until 1:20 (wave 2)
        ",
    );
}

#[test]
fn a_commander_asks_now_and_sends_home() {
    check(
        "
        0:00 L2 start a2 by 3:00 people 1-30
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:01 L2 now
          > offer 10 11 12 13 14 15 16 17 18 until 0:21 (wave 2)
        0:02 L2 1 yes 10 = coming 0:12
          > thank 1 by 0:12
        0:02 L2 2 yes 10 = coming 0:12
          > thank 2 by 0:12
          > L2 filled
        0:12 on 1 = here
          > arrived 1
        0:20 on 2 = here
          > arrived 2
        0:30 L2 release 1
          > release 1
        0:40 L2 release 1
          > release 2
        ",
    );
}

#[test]
fn last_in_goes_home_first_where_the_centre_wants_it_so() {
    check_with(
        RecallPolicy {
            release_order: ReleaseOrder::LastIn,
            engagement_min: Span::ZERO,
            ..RecallPolicy::DEFAULT
        },
        "
        0:00 L2 start a2 by 3:00 people 1-30
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:02 L2 1 yes 10 = coming 0:12
          > thank 1 by 0:12
        0:02 L2 2 yes 10 = coming 0:12
          > thank 2 by 0:12
          > L2 filled
        0:12 on 1 = here
          > arrived 1
        0:20 on 2 = here
          > arrived 2
        0:30 L2 down
          > release 2 1
          > L2 closed need 2 asked 9 accepted 2 came 2 no-shows 0 waves 1
        ",
    );
}

#[test]
fn a_drill_is_the_same_night_and_reserves_nobody() {
    check(
        "
        0:00 D2 start a1 by 3:00 people 1-6
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 D2 1 yes = coming 0:31
          > thank 1 by 0:31
          > D2 filled
        0:02 D3 start a1 by 3:00 people 1-1
          > offer 1 until 0:22 (wave 1)
        0:03 on 1 = refused nooffer
        0:22 .
          > D3 unfilled a1 certain
        1:30 D2 down
          > cancel 1 (stooddown)
          > D2 closed need 1 asked 5 accepted 1 came 0 no-shows 0 waves 1
        ",
    );
}

#[test]
fn a_real_recall_ends_drills_at_once() {
    check(
        "
        0:00 D2 start a1 by 3:00 people 1-6
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 D2 1 yes = coming 0:31
          > thank 1 by 0:31
          > D2 filled
        0:02 D3 start a1 by 3:00 people 1-12
          > offer 1 6 7 8 9 until 0:22 (wave 1)
        0:03 L2 start a1 by 3:00 people 1-6
          > withdraw 2 3 4 5 (realrecall)
          > cancel 1 (realrecall)
          > withdraw 1 6 7 8 9 (realrecall)
          > D3 closed need 1 asked 5 accepted 0 came 0 no-shows 0 waves 1
          > D2 closed need 1 asked 5 accepted 1 came 0 no-shows 0 waves 1
          > offer 1 2 3 4 5 until 0:23 (wave 1)
        0:04 D2 1 yes = donotcome
        0:05 D2 start a1 by 3:00 people 1-6 = refused realrecall
        ",
    );
}

#[test]
fn what_is_due_comes_before_an_input_of_the_same_instant() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-2
          > offer 1 2 until 0:20 (wave 1)
        0:00 L2 sent 1
        0:19:59 L2 2 yes = coming 0:49:59
          > thank 2 by 0:49:59
          > L2 filled
        0:20 L2 1 yes = donotcome
          > too late 1
        ",
    );
}

#[test]
fn who_puts_the_arrival_off_beyond_the_deadline_gives_the_place_up() {
    check(
        "
        0:00 L2 start a1 by 1:00 people 1-9
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 yes 10 = coming 0:11
          > thank 1 by 0:11
          > L2 filled
        0:02 L2 1 yes 40 = coming 0:42
        0:03 L2 1 yes 600 = late
          > too late 1
        0:04 L2 1 yes 600 = late
        0:05 L2 2 yes 600 = late
          > offer 6 7 8 9 until 0:25 (wave 2)
          > too late 2
        0:06 L2 1 yes 50 = coming 0:56
          > thank 1 by 0:56
          > L2 filled
        0:07 L2 1 yes 55 = late
          > too late 1
        0:20 L2 6 yes 40 = coming 1:00
          > thank 6 by 1:00
          > L2 filled
        0:21 L2 1 yes 55 = late
        0:22 L2 1 yes 20 = donotcome
        0:59 L2 6 way 25 = coming 1:24
        1:24 on 6 = here
          > arrived 6
        ",
    );
}

#[test]
fn who_is_on_the_way_keeps_the_place_within_the_allowance_for_traffic() {
    check(
        "
        0:00 L2 start a2 by 1:00 people 1-9
          > offer 1 2 3 4 5 6 7 8 9 until 0:20 (wave 1)
        0:01 L2 1 yes 50 = coming 0:51
          > thank 1 by 0:51
        0:01 L2 2 yes 50 = coming 0:51
          > thank 2 by 0:51
          > L2 filled
        0:10 L2 1 way 80 = coming 1:30
        0:11 L2 1 yes 81 = late
          > too late 1
        0:12 L2 3 yes 30 = coming 0:42
          > thank 3 by 0:42
          > L2 filled
        0:50 L2 down
        0:51 L2 2 yes 200 = coming 4:11
        ",
    );
}

#[test]
fn who_was_turned_away_is_taken_while_a_place_is_free() {
    check(
        "
        0:00 L2 start a1 by 3:00 people 1-5
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
          > L2 filled
        0:02 L2 2 yes = reserve 2:02
          > reserve 2 until 2:02
          > withdraw 3 4 5 (filled)
        0:03 L2 3 yes = donotcome
          > too late 3
        0:04 L2 2 no = declined
        0:05 L2 1 no = declined
          > L2 unfilled a1 certain
        0:06 L2 3 yes = coming 0:36
          > thank 3 by 0:36
          > L2 filled
        0:07 L2 4 yes = reserve 2:07
          > reserve 4 until 2:07
        0:08 L2 5 yes = donotcome
          > too late 5
        0:09 L2 4 no = declined
        0:10 L2 3 no = declined
          > L2 unfilled a1 certain
        0:20 L2 5 yes = donotcome
        ",
    );
}

#[test]
fn who_comes_late_keeps_nobody_from_being_a_reserve() {
    check(
        "
        0:00 L2 start a1 by 1:00 people 1-5
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
          > L2 filled
        0:02 L2 2 yes 90 = late
          > too late 2
        0:03 L2 3 yes = reserve 2:03
          > reserve 3 until 2:03
          > withdraw 4 5 (filled)
        ",
    );
}

#[test]
fn who_stands_there_is_at_work_though_all_places_are_taken() {
    check_with(
        RecallPolicy { reserve_percent: 100, ..RecallPolicy::DEFAULT },
        "
        0:00 L2 start a1 by 3:00 people 1-5
          > offer 1 2 3 4 5 until 0:20 (wave 1)
        0:01 L2 1 yes = coming 0:31
          > thank 1 by 0:31
          > L2 filled
        0:02 L2 2 yes = reserve 2:02
          > reserve 2 until 2:02
          > withdraw 3 4 5 (filled)
        0:30 on 1 = here
          > arrived 1
        0:40 on 2 = here
          > arrived 2
        0:50 on 3 = refused nooffer
        1:00 L2 release 1
          > release 1
        1:10 tick
        3:00 L2 down
          > release 2
          > L2 closed need 1 asked 5 accepted 2 came 2 no-shows 0 waves 1
        ",
    );
}
