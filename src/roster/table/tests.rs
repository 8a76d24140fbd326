//! Tables as people export them, and nasty ones.

use super::*;
use crate::ingest::encoding::Encoding;
use encoding_rs::GB18030;
use proptest::prelude::*;
use std::io::Read;

fn read(source: impl Read, encoding: Encoding, day: NaiveDate) -> Result<Table, Vec<Problem>> {
    people(&Sheet::read(source, encoding)?, day)
}

fn today() -> NaiveDate {
    "2026-11-28".parse().expect("a date")
}

fn good(text: &str) -> Vec<Row> {
    match read(text.as_bytes(), Encoding::Auto, today()) {
        Ok(table) => table.rows,
        Err(problems) => panic!("{}", shown(&problems).join("\n")),
    }
}

fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refused(text: &str, said: &[&str]) {
    let problems = shown(&read(text.as_bytes(), Encoding::Auto, today()).expect_err(text));
    assert_eq!(problems.len(), said.len(), "{problems:#?}");
    for (problem, wanted) in problems.iter().zip(said) {
        assert!(problem.starts_with(wanted), "{problem}\n  is not\n{wanted}");
    }
}

const CHINESE: &str = "工号,姓名,梯队,职场,技能,到岗承诺,语言,时区,轮换,免打扰,紧急可打扰,退出,\
    手机,邮箱,企业微信,核实日期\n\
    A01,王伟,备班、在岗,东区；西区,订单|售后,６０,中文,Asia/Shanghai,3,22：00-07：00,是,否,\
    138 0013 8000,w@example.com,wangwei,2026年11月1日\n";

#[test]
fn chinese_in_utf8_gbk_and_utf16() {
    let row = &good(CHINESE)[0];
    assert_eq!((row.staff_id.as_str(), row.name.as_str()), ("A01", "王伟"));
    assert_eq!(row.tiers, BTreeSet::from([Tier::Inside, Tier::Standby]));
    assert_eq!(row.skills, Some(BTreeSet::from(["订单".to_owned(), "售后".to_owned()])));
    assert_eq!(row.promise_minutes, Some(Some(60)));
    assert_eq!(row.quiet.flatten().map(|q| q.to_string()).as_deref(), Some("22:00-07:00"));
    assert_eq!((row.pierce, row.opted_out), (Some(true), Some(false)));
    let kinds: Vec<_> = row.contacts.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Kind::Sms, Kind::Voice, Kind::Email, Kind::Wecom]);
    assert_eq!(row.verified_on, "2026-11-01".parse().ok());

    let gbk = GB18030.encode(CHINESE).0.into_owned();
    let from_gbk = read(gbk.as_slice(), Encoding::Auto, today()).expect("GBK").rows;
    assert_eq!(from_gbk, good(CHINESE));
    let tabbed = CHINESE.replace(',', "\t");
    let utf16 = [0xfe_u8, 0xff].into_iter().chain(tabbed.encode_utf16().flat_map(u16::to_be_bytes));
    let from_utf16 = read(&*utf16.collect::<Vec<_>>(), Encoding::Auto, today()).expect("UTF-16");
    assert_eq!(from_utf16.rows, good(CHINESE));
}

#[test]
fn a_column_that_is_not_there_is_not_an_empty_cell() {
    let row = &good("id,name,tier\n1,A,L2\n")[0];
    assert_eq!((row.sites.as_ref(), row.quiet, row.opted_out), (None, None, None));
    let row = &good("id,name,tier,sites,quiet_hours,opt_out,sms\n1,A,L3,,,,\n")[0];
    assert_eq!(row.sites, Some(BTreeSet::new()));
    assert_eq!((row.quiet, row.opted_out), (Some(None), Some(false)));
    assert_eq!(row.contacts, [(Kind::Sms, None)]);
}

#[test]
fn own_columns_win_over_the_number_for_both() {
    let row = &good("id,name,tier,mobile,voice\n1,A,L2,13800138000,021-68881234\n")[0];
    let values: Vec<_> =
        row.contacts.iter().map(|(k, a)| (*k, a.clone().map(|a| a.masked()))).collect();
    let masked = |text: &str| Some(text.to_owned());
    assert_eq!(values, [(Kind::Sms, masked("138****8000")), (Kind::Voice, masked("+86****34"))]);
}

#[test]
fn empty_lines_unknown_columns_and_quoted_line_ends() {
    let text =
        "\u{feff}id;name;tier;部门;email\n\n;;;;\n1;\"A; \"\"B\"\"\";L2;\"x\ny\";\n2;C;L2;;\n";
    let table = read(text.as_bytes(), Encoding::Auto, today()).expect("a table");
    assert_eq!(table.ignored, [4]);
    let rows: Vec<_> = table.rows.iter().map(|row| (row.line, row.name.as_str())).collect();
    assert_eq!(rows, [(4, "A; \"B\""), (6, "C")]);
}

#[test]
fn everything_wrong_is_told_at_once_with_line_and_column() {
    refused(
        "id,name,tier,mobile,email,quiet_hours,opt_out,verified_on,timezone,promise_minutes\n\
         1,A,L2,1380013800,,,,,,\n\
         1,B,L4,1.38E+10,b,22-7,maybe,2027-01-01,Shanghai,1h\n\
         ,,,,,,no,28.11.2026,,\n\
         2,C,L2\n\
         1,D,L2,,,,,,,\n\
         1,E,L2,,,,,,,\n",
        &[
            "2: column 4 (mobile): it has 10 digits",
            "3: column 3 (tier): it is none of inside",
            "3: column 4 (mobile): a spreadsheet has turned",
            "3: column 5 (email): it is no e-mail address",
            "3: column 6 (quiet_hours): it is not two times of the day",
            "3: column 7 (opt_out): it is none of yes",
            "3: column 8 (verified_on): the day is still to come",
            "3: column 9 (timezone): it is no time zone: did you mean \"Asia/Shanghai\"",
            "3: column 10 (promise_minutes): it is no whole number from 0 to 1440",
        ]
        .into_iter()
        .chain([
            "4: column 1 (id): it is empty",
            "4: column 2 (name): it is empty",
            "4: column 3 (tier): it is empty",
            "4: column 8 (verified_on): it is no date",
            "5: it has 3 cells, the first line 10",
            "6: column 1 (id): the same id stands in line 2",
            "7: column 1 (id): the same id stands in line 6",
        ])
        .collect::<Vec<_>>(),
    );
}

#[test]
fn tables_that_are_none() {
    refused("", &["it names nobody"]);
    refused("id,name,tier\n", &["it names nobody"]);
    refused(
        "13800138000,王伟,L2\n",
        &[
            "1: there is no column `id` (工号)",
            "1: there is no column `name` (姓名)",
            "1: there is no column `tier` (梯队)",
        ],
    );
    refused("id,name,tier,工号\n", &["1: the column `id` is there twice"]);
    refused("id,name,tier\n1,a\u{202e}b,L2\n", &["2: column 2 (name): it holds the invisible"]);
}

#[test]
fn a_value_that_slipped_into_another_column_is_not_repeated() {
    let number = "13912345678";
    let header = "id,name,tier,timezone,quiet_hours,pierce,opt_out,verified_on,language,rotation,\
                  promise_minutes,email,sms";
    let all = read(
        format!("{header}\n1,A{}\n", format!(",{number}x").repeat(11)).as_bytes(),
        Encoding::Auto,
        today(),
    );
    let problems = shown(&all.expect_err("slipped"));
    assert_eq!(problems.len(), 11, "{problems:#?}");
    assert!(!problems.concat().contains(&number[..7]), "{problems:#?}");
    let headless = read(format!("{number},{number},b\n").as_bytes(), Encoding::Auto, today());
    assert!(!shown(&headless.expect_err("no header")).concat().contains(number));
}

proptest! {
    /// Whatever lies there is read or refused with its place, and a good table with one byte changed
    /// never repeats a number that is wrong.
    #[test]
    fn any_file_is_read_or_refused(
        noise in prop::collection::vec(any::<u8>(), 0..200),
        at in 0..CHINESE.len(), byte: u8,
    ) {
        let mut changed = CHINESE.as_bytes().to_vec();
        changed[at] = byte;
        for bytes in [noise, changed] {
            match read(bytes.as_slice(), Encoding::Auto, today()) {
                Ok(table) => prop_assert!(!table.rows.is_empty()),
                Err(problems) => {
                    prop_assert!(!problems.is_empty());
                    prop_assert!(!shown(&problems).concat().contains("0013 80"));
                }
            }
        }
    }
}
