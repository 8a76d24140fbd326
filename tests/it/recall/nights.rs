//! Worked nights.

use super::night::check;

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
